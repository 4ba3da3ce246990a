/**
 * A utun of macOS as the Tun port. The event thread opens the device and keeps it, so that it outlives a crash of the packet
 * worker; the worker reads and writes through this (portable/polled-tun.ts), with a pipe for a bell.
 */
import { constants } from 'node:fs';
import type { Counters } from '../../ports/counters.ts';
import type { OsSnapshot } from '../../ports/os-network.ts';
import type { Tun } from '../../ports/tun.ts';
import { AF_INET, AF_INET6, F_SETFD, F_SETFL, FD_CLOEXEC, POLLFD, POLLIN } from '../../../native-bindings/darwin/headers/socket.ts';
import { UTUN_HEADER } from '../../../native-bindings/darwin/headers/utun.ts';
import { openBoundUdp, posix } from '../../../native-bindings/darwin/index.ts';
import { createNativeMemory } from '../../../native-bindings/memory.ts';
import { check } from '../../../native-bindings/system-error.ts';
import { polledTun } from '../portable/polled-tun.ts';
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
  // Any byte rings.
  const ring = (): void => void write(writable, waiting.base, 1);
  // A thread that waits in poll would hold up the end of the process.
  process.on('exit', ring);
  const tun = polledTun(
    {
      fd,
      mtu,
      header: UTUN_HEADER,
      prepare: (header, packet) => header.setUint32(0, packet[0]! >>> 4 === 6 ? AF_INET6 : AF_INET),
      read,
      write,
      sleep: (woken) => pollInBackground(waiting.base, 2, (_, ready) => woken(ready)),
      bell: { ring, close: () => [readable, writable].forEach((end) => void close(end)) },
    },
    counters,
  );
  return {
    ...tun,
    close() {
      process.off('exit', ring);
      tun.close();
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
