/** Windows' TunnelMeans: a Wintun adapter, the IP helper, and sockets that name their interface. Opens; decides nothing. */
import type { Lack } from '../../../native-bindings/linux/capabilities.ts';
import { isElevated, loadWintun } from '../../../native-bindings/windows/index.ts';
import { translator } from '../../language/texts.ts';
import { createWindowsSource } from '../os-network/windows.ts';
import { WINDOWS_PLAN } from '../system/windows-plan.ts';
import { createWindowsSystem } from '../system/windows-system.ts';
import { openAdapter } from '../windows-net/adapter.ts';
import { wintunFile } from '../windows-net/wintun-file.ts';
import type { TunnelMeans } from './means.ts';
import { Problem } from './problem.ts';

const { text } = translator('en');

export const WINDOWS_MEANS: TunnelMeans = {
  system: 'windows',
  // Windows tells of no maker that would be ours alone.
  marks: { tables: [], protocols: [], priorities: undefined },
  plan: WINDOWS_PLAN,
  namesFile: undefined,
  lack(): Lack | undefined {
    const found = wintunFile();
    if (!found.ok) return { lack: found.lack, sentence: found.sentence };
    return isElevated() ? undefined : { lack: 'rights', sentence: text('problem.administrator') };
  },
  openSystem: () => createWindowsSystem(),
  openNetwork() {
    const links = createWindowsSource();
    const seen = () => links.snapshot().links;
    return { source: createWindowsSource, nameOf: (index) => seen().find((link) => link.index === index)?.name, indexOf: (name) => seen().find((link) => link.name === name)?.index, close: () => links.close() };
  },
  openDevice(name, _mover, system) {
    const found = wintunFile();
    if (!found.ok) throw new Problem(found.sentence);
    if (system.linkIndex(name) !== undefined) throw new Problem(text('problem.device-there', { device: name }));
    const adapter = openAdapter(name, loadWintun(found.file));
    return {
      name: adapter.name,
      ifindex: adapter.ifindex,
      carry: (mtu) => ({ tun: { mtu, connect: () => ({ system: 'windows', file: found.file, mtu, adapter: adapter.shared }), close: () => {} }, packetThread: 'worker' }),
      reopen: (again) => adapter.reopen(again),
      close: () => adapter.close(),
    };
  },
};
