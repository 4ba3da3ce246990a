/**
 * Runs under Windows' Node (here: in Wine) and exercises the bindings: tables, subscriptions, what the system calls, and the end of
 * it all. Prints one line of JSON a step to its output, which windows-wine.test.ts reads.
 */
import { formatIp, formatPrefix } from '../../app/base/ip.ts';
import { createWindowsSource } from '../../app/host/os-network/windows.ts';
import { openClocks } from '../../native-bindings/windows/clocks.ts';
import { watchChanges } from '../../native-bindings/windows/notifications.ts';

const say = (step: string, value: unknown): void => console.log(JSON.stringify({ step, value }));
/** ms. */
const TOLD_WITHIN = 15_000;
/** ms. */
const AT_THE_END = 100;

function tables(): void {
  const { links, addresses, routes } = source.snapshot();
  say('links', links);
  say('addresses', addresses.map(({ link, address, bits, state }) => ({ link, address: `${formatIp(address)}/${bits}`, state })));
  say('routes', routes.map(({ prefix, gateway, link, type }) => ({ prefix: formatPrefix(prefix), gateway: gateway === undefined ? null : formatIp(gateway), link, type })));
}

const source = createWindowsSource();
say('system', `${process.platform} ${process.arch}`);
tables();
const clocks = openClocks();
say('clocks', [clocks(), clocks()]);
source.start((event) => say('event', event));
source.close();
source.close();
watchChanges(() => say('told after close', true), (why) => say('ended after close', why), true).close();
const late = setTimeout(() => finish('nothing was told'), TOLD_WITHIN);
const watch = watchChanges(
  (which) => {
    say('told', which);
    finish('told');
  },
  (why) => finish(why),
  true,
);

function finish(how: string): void {
  clearTimeout(late);
  watch.close();
  watch.close();
  // Left open: the end of the process takes it back.
  watchChanges(() => say('told at the end', true), (why) => say('ended at the end', why));
  say('end', how);
  setTimeout(() => process.exit(0), AT_THE_END);
}
