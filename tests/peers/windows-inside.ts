/**
 * Runs under Windows' Node (here: in Wine) and exercises the bindings: tables, subscriptions, what the system calls, and the end of
 * it all. Prints one line of JSON a step to its output, which windows-wine.test.ts reads.
 */
import { createBatch, packetAt, pushPacket } from '../../app/base/batch.ts';
import { EndpointTable } from '../../app/base/endpoints.ts';
import { formatIp, formatPrefix, parseIp } from '../../app/base/ip.ts';
import { createWindowsSource } from '../../app/host/os-network/windows.ts';
import { datagramsPast } from '../../app/host/windows-net/open-worker.ts';
import { Counters } from '../../app/ports/counters.ts';
import { createNativeMemory } from '../../native-bindings/memory.ts';
import { openClocks } from '../../native-bindings/windows/clocks.ts';
import { isElevated } from '../../native-bindings/windows/elevation.ts';
import { handleWait } from '../../native-bindings/windows/handle-wait.ts';
import { netCalls, type NetCalls } from '../../native-bindings/windows/net-calls.ts';
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

/** Every call that changes something, with rows of zeros: which status, and that it comes back at all. */
function changes(): void {
  const call = netCalls();
  const { base, bytes } = createNativeMemory(4_096);
  const asked = (name: string, ask: () => number): void => {
    bytes.fill(0);
    say('status', [name, ask()]);
  };
  for (const name of ['InitializeUnicastIpAddressEntry', 'InitializeIpForwardEntry', 'InitializeIpInterfaceEntry', 'FreeInterfaceDnsSettings'] as const) call[name](base);
  const rows = ['CreateUnicastIpAddressEntry', 'DeleteUnicastIpAddressEntry', 'CreateIpForwardEntry2', 'DeleteIpForwardEntry2', 'GetIpInterfaceEntry', 'SetIpInterfaceEntry'] as const satisfies readonly (keyof NetCalls)[];
  for (const name of rows) asked(name, () => call[name](base));
  for (const name of ['SetInterfaceDnsSettings', 'GetInterfaceDnsSettings'] as const) asked(name, () => call[name]({ low: 1n, high: 2n }, base));
  asked('GetBestRoute2', () => call.GetBestRoute2(0, 0, 0, base, 0, base + 512, base + 1_024));
}

/** Of each link: its LUID by its index, its index by that LUID, its name and its GUID. */
function identities(): void {
  const call = netCalls();
  const { base, view, bytes } = createNativeMemory(4_096);
  const [luid, index, alias, guid] = [0, 8, 64, 2_048];
  for (const link of source.snapshot().links) {
    bytes.fill(0);
    const statuses = [call.ConvertInterfaceIndexToLuid(link.index, base + luid), call.ConvertInterfaceLuidToIndex(base + luid, base + index), call.ConvertInterfaceLuidToAlias(base + luid, base + alias, 257), call.ConvertInterfaceLuidToGuid(base + luid, base + guid)];
    const name = Buffer.from(bytes.subarray(alias, alias + 514)).toString('utf16le').split('\0')[0];
    say('identity', { link: link.index, statuses, index: view.getUint32(index, true), named: link.name === name, guid: bytes.subarray(guid, guid + 16).some((byte) => byte !== 0) });
  }
}

/** A datagram of our own to this computer and back, by the interface that leads there; and one where only "the tunnel" leads. */
async function datagrams(): Promise<void> {
  const { links, addresses } = source.snapshot();
  const near = addresses.find(({ address }) => formatIp(address) === '192.0.2.10');
  say('elevated', isElevated());
  if (near === undefined) return;
  for (const tunnel of [0, near.link]) {
    const [endpoints, counters] = [new EndpointTable(64), new Counters(1)];
    const factory = datagramsPast(() => tunnel, endpoints, counters);
    const [a, b] = [await factory.open(0), await factory.open(0)];
    const errors: unknown[] = [];
    a.onError((error) => errors.push(error));
    const arrived = new Promise<string>((resolve) => {
      const late = setTimeout(() => resolve('nothing'), 3_000);
      b.onReadable(() => {
        const batch = createBatch(4);
        while (b.receive(batch) > 0) {
          for (let i = 0; i < batch.count; i++) {
            clearTimeout(late);
            resolve(`${Buffer.from(packetAt(batch, i)).toString()} from ${endpoints.get(batch.tag[i] as never)?.port === a.port ? 'a' : 'somebody'}`);
          }
        }
      });
    });
    const batch = createBatch(4);
    // 203.0.113.7 is behind the default route, which is near0's.
    const to = tunnel === 0 ? '192.0.2.10' : '203.0.113.7';
    for (let i = 0; i < 2; i++) pushPacket(batch, Buffer.from('hello'), endpoints.internEndpoint({ address: parseIp(to)!, port: b.port }));
    const taken = a.send(batch);
    say('datagrams', { past: tunnel === 0 ? 'nothing' : 'near0', taken, errors, arrived: tunnel === 0 ? await arrived : 'not awaited', links: links.length > 1 });
    a.close();
    b.close();
  }
  handleWait().close();
}

const source = createWindowsSource();
say('system', `${process.platform} ${process.arch}`);
tables();
changes();
identities();
await datagrams();
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
