/**
 * A utun of macOS as the Tun port, one read or write a packet. The event thread opens the device and keeps it, so that it
 * outlives a crash of the packet worker; the worker reads and writes through this. A thread of libuv's pool sleeps in `poll` on
 * the device and on a pipe: no timer, no wake-up in between. It sets nothing up and closes no device.
 */
import { constants } from 'node:fs';
import { pushPacket, type PacketBatch } from '../../base/batch.ts';
import type { Counters } from '../../ports/counters.ts';
import type { OsSnapshot } from '../../ports/os-network.ts';
import type { Tun } from '../../ports/tun.ts';
import { AF_INET, AF_INET6, F_SETFD, F_SETFL, FD_CLOEXEC, POLLFD, POLLIN } from '../../../native-bindings/darwin/headers/socket.ts';
import { UTUN_HEADER } from '../../../native-bindings/darwin/headers/utun.ts';
import { openBoundUdp, posix } from '../../../native-bindings/darwin/index.ts';
import { createNativeMemory } from '../../../native-bindings/memory.ts';
import { check, errno, errnoName } from '../../../native-bindings/system-error.ts';
import type { BindBoth } from '../portable/udp-datagrams.ts';

/** What the packet worker needs of the device: plain values, so that they cross to it. */
export interface UtunNear {
  readonly system: 'darwin';
  readonly fd: number;
  readonly mtu: number;
  /** past-tunnel: our datagrams would take a route of ours, and their sockets are bound to the way out. */
  readonly sockets: 'any' | 'past-tunnel';
}

export function openUtunTun({ fd, mtu }: Pick<UtunNear, 'fd' | 'mtu'>, counters: Counters): Tun {
  const { read, write, close, fcntl, pipe, pollInBackground } = posix();
  const memory = createNativeMemory(UTUN_HEADER + mtu);
  const packet = memory.bytes.subarray(UTUN_HEADER, UTUN_HEADER + mtu);
  const waiting = createNativeMemory(3 * POLLFD.size);
  check(pipe(waiting.base), 'pipe', 'the end of a device');
  const [readable, writable] = [waiting.view.getInt32(0, true), waiting.view.getInt32(4, true)];
  for (const end of [readable, writable]) {
    check(fcntl(end, F_SETFD, FD_CLOEXEC), 'fcntl', 'FD_CLOEXEC');
    check(fcntl(end, F_SETFL, constants.O_NONBLOCK), 'fcntl', 'O_NONBLOCK');
  }
  for (const [i, each] of [fd, readable].entries()) {
    waiting.view.setInt32(i * POLLFD.size + POLLFD.fd, each, true);
    waiting.view.setInt16(i * POLLFD.size + POLLFD.events, POLLIN, true);
  }
  const closePipe = (): void => [readable, writable].forEach((end) => void close(end));
  const ring = (): void => void write(writable, memory.base, 1);
  /** lost: the device is gone, and poll would return at once for ever. */
  let state: 'idle' | 'waiting' | 'told' | 'lost' | 'closed' = 'idle';
  let onReadable = (): void => {};
  // A thread that waits in poll would hold up the end of the process.
  process.on('exit', ring);
  const wait = (): void => {
    state = 'waiting';
    pollInBackground(waiting.base, 2, (_, ready) => {
      if (state === 'closed') closePipe();
      else if (ready <= 0) wait();
      else {
        state = 'told';
        onReadable();
      }
    });
  };
  return {
    mtu,
    read(batch: PacketBatch) {
      batch.count = 0;
      if (state === 'closed') return 0;
      while (batch.count < batch.offset.length) {
        const n = read(fd, memory.base, UTUN_HEADER + mtu);
        if (n === 0 || (n < 0 && !['EAGAIN', 'EINTR'].includes(errnoName(errno())))) state = 'lost';
        const length = n - UTUN_HEADER;
        if (length <= 0) break;
        if (!pushPacket(batch, packet.subarray(0, length), -1)) counters.refuse('outbound: larger than the MTU');
      }
      if (batch.count === 0 && state === 'told') wait();
      return batch.count;
    },
    write(batch: PacketBatch) {
      let taken = 0;
      for (let i = 0; i < batch.count; i++) {
        const length = batch.length[i]!;
        const at = batch.offset[i]!;
        if (state !== 'closed' && length > 0 && length <= mtu) {
          packet.set(batch.arena.bytes.subarray(at, at + length));
          memory.view.setUint32(0, packet[0]! >>> 4 === 6 ? AF_INET6 : AF_INET);
          if (write(fd, memory.base, UTUN_HEADER + length) >= 0) {
            taken++;
            continue;
          }
        }
        counters.refuse('overlay: device refused to take');
      }
      return taken;
    },
    onReadable(callback) {
      onReadable = callback;
      if (state === 'idle') wait();
    },
    replaced() {
      if (state === 'lost') wait();
    },
    close() {
      if (state === 'closed') return;
      process.off('exit', ring);
      if (state === 'waiting') ring();
      else closePipe();
      state = 'closed';
    },
  };
}

/** The loopback. Bound to it, a datagram goes nowhere, and never into the tunnel. */
const NOWHERE = 1;

/** The link of the system's own default route, IPv4's before IPv6's. Ours is two halves and never counts. */
export function wayOut({ routes }: OsSnapshot): number {
  const defaults = routes.filter(({ prefix, type, link }) => prefix.bits === 0 && type === 'unicast' && link !== undefined);
  return (defaults.find(({ family }) => family === 4) ?? defaults[0])?.link ?? NOWHERE;
}

/** Sockets that leave by the way out as it is when they are opened; the node opens them anew when the network changes. */
export function socketsPastTunnel(snapshot: () => OsSnapshot, open = openBoundUdp): BindBoth {
  return (port) => open(port, wayOut(snapshot()));
}
