/** What a packet worker opens on Windows: the adapter's packets, and sockets whose datagrams never enter the tunnel. */
import type { EndpointTable } from '../../base/endpoints.ts';
import type { Counters } from '../../ports/counters.ts';
import type { DatagramsFactory } from '../../ports/datagrams.ts';
import type { Tun } from '../../ports/tun.ts';
import { calls, handleWait, newEvent, socketCalls } from '../../../native-bindings/windows/index.ts';
import { windowsUdp } from './udp.ts';
import { systemWays } from './ways.ts';
import { ADAPTER, openWintunTun, type WintunNear } from './wintun-tun.ts';

export function openWindowsWorker(near: WintunNear, endpoints: EndpointTable, counters: Counters): { readonly tun: Tun; readonly datagrams: DatagramsFactory } {
  const adapter = new BigInt64Array(near.adapter);
  return { tun: openWintunTun(near, counters), datagrams: datagramsPast(() => Number(Atomics.load(adapter, ADAPTER.index)), endpoints, counters) };
}

/** `tunnel`: index of the interface that none of them may leave by. */
export function datagramsPast(tunnel: () => number, endpoints: EndpointTable, counters: Counters): DatagramsFactory {
  const ways = systemWays(tunnel);
  return windowsUdp({ endpoints, counters, sockets: socketCalls(), wait: handleWait(), newEvent, closeEvent: (event) => void calls().CloseHandle(event), wayTo: (to) => ways.wayTo(to), watchWays: (changed) => ways.watch(changed) });
}
