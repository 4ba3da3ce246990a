/**
 * The fast packet worker: it blocks in poll, so a bell (an eventfd) tells it that messages wait, and its raw sockets are
 * closed from here when it crashed. The TUN descriptor is the caller's: it survives the worker.
 */
import type { Counters } from '../../ports/counters.ts';
import type { RelayRings } from '../../ports/relay-ring.ts';
import { F_DUPFD_CLOEXEC } from '../../../native-bindings/linux/headers/poll.ts';
import { Bell, libc, openEvent } from '../../../native-bindings/linux/index.ts';
import type { HostClock } from '../clock.ts';
import type { StartPacketThread } from '../packet-thread.ts';
import type { WakeUps } from '../wake-ups.ts';
import { linkWorkers, sharedOf } from '../worker/worker-link.ts';
import type { FastTun } from './fast-loop.ts';
import type { FastWorkerInit } from './fast-worker.ts';
import { LANES } from './relay-lanes.ts';

export interface FastLinkInit {
  readonly tun: FastTun;
  /** SO_MARK of the sockets. */
  readonly mark?: number;
  readonly peers: number;
  /** Over shared memory, as are the next two. */
  readonly counters: Counters;
  readonly clock: HostClock;
  readonly wakeUps: WakeUps;
  readonly relays: RelayRings;
}

export function inFastWorker(init: FastLinkInit): StartPacketThread {
  return linkWorkers((listenPort) => {
    const bell = new Bell(openEvent());
    const sockets = new SharedArrayBuffer(8);
    new Int32Array(sockets).fill(-1);
    const lanes = new SharedArrayBuffer(4 * LANES);
    new Int32Array(lanes).fill(-1);
    const workerData: FastWorkerInit = {
      listenPort,
      mark: init.mark,
      tun: init.tun,
      bell: bell.fd,
      sockets,
      lanes,
      peers: init.peers,
      counters: sharedOf(init.counters.buffer),
      clock: init.clock.shared,
      wakeUps: sharedOf(init.wakeUps.buffer),
      toRelays: sharedOf(init.relays.toRelays.buffer),
      fromRelays: sharedOf(init.relays.fromRelays.buffer),
    };
    return {
      entry: new URL('./fast-worker.js', import.meta.url),
      workerData,
      transfer: [],
      wakesForRelayed: true,
      ring: () => bell.ring(),
      duplicate: (fd) => {
        const ours = libc().fcntl(fd, F_DUPFD_CLOEXEC, 0);
        return ours < 0 ? undefined : ours;
      },
      ended: () => {
        libc().close(bell.fd);
        // A thread that crashed leaves its sockets open: they would hold the port and swallow what comes there.
        for (const descriptor of [...new Int32Array(sockets), ...new Int32Array(lanes)]) if (descriptor >= 0) libc().close(descriptor);
      },
    };
  }, init.wakeUps);
}
