/** The packet worker that runs everywhere: node:dgram, and a TUN at the end of a message port or a descriptor. */
import type { Counters } from '../../ports/counters.ts';
import type { RelayRings } from '../../ports/relay-ring.ts';
import type { HostClock } from '../clock.ts';
import type { StartPacketThread } from '../packet-thread.ts';
import type { PortTunFar } from '../portable/port-tun.ts';
import type { WakeUps } from '../wake-ups.ts';
import type { DeviceFar } from './open-device.ts';
import type { PacketWorkerInit } from './protocol.ts';
import { linkWorkers, sharedOf } from './worker-link.ts';

export interface PortableWorkerInit {
  /** Each worker connects to it anew. */
  readonly tun: PortTunFar | DeviceFar;
  readonly peers: number;
  readonly reach: 'anywhere' | 'loopback';
  /** Over shared memory, as are the next two. */
  readonly counters: Counters;
  readonly clock: HostClock;
  readonly wakeUps: WakeUps;
  readonly relays: RelayRings;
}

export function inWorker(init: PortableWorkerInit): StartPacketThread {
  return linkWorkers((listenPort) => {
    const tun = init.tun.connect();
    const workerData: PacketWorkerInit = {
      listenPort,
      tun,
      peers: init.peers,
      reach: init.reach,
      counters: sharedOf(init.counters.buffer),
      clock: init.clock.shared,
      wakeUps: sharedOf(init.wakeUps.buffer),
      toRelays: sharedOf(init.relays.toRelays.buffer),
      fromRelays: sharedOf(init.relays.fromRelays.buffer),
    };
    return {
      entry: new URL('./packet-worker.js', import.meta.url),
      workerData,
      transfer: 'port' in tun ? [tun.port] : [],
      wakesForRelayed: false,
      // Its thread sleeps in the event loop, which the message itself wakes.
      ring: () => {},
      // The runtime closes its sockets and ports.
      ended: () => {},
    };
  }, init.wakeUps);
}
