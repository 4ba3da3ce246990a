/**
 * Darwin's routing socket: whole messages as they come, without a timer and without a wake-up between them. A thread of
 * libuv's pool sleeps in `poll` on the socket and on a pipe, and a byte in the pipe ends it. What messages mean is
 * app/wire/route-messages. The reader takes any descriptor with datagrams, so that its twin test runs these very calls
 * on a socketpair.
 */
import { constants } from 'node:fs';
import { check, errno, errnoName } from '../system-error.ts';
import { createNativeMemory } from '../memory.ts';
import { AF_ROUTE, AF_UNSPEC, F_GETFL, F_SETFD, F_SETFL, FD_CLOEXEC, POLLFD, POLLIN, SOCK_RAW } from './headers/socket.ts';
import { posix } from './libc.ts';

/** The kernel's messages are shorter than 2 KiB; u_short of their length allows this. */
const ROOM = 65_536;
/** Datagrams of one wake-up; what is left wakes again, after whatever else waits for this thread. */
const BURST = 256;

export interface Reader {
  /** Ends it and closes the descriptor. Twice is fine. */
  close(): void;
}

export interface Received {
  /** One datagram; its bytes are good until the call returns. */
  datagram(bytes: Uint8Array): void;
  /** The kernel had no room and dropped some. */
  dropped(): void;
  /** Nothing more comes; the descriptor is closed. Not called after `close`. */
  ended(why: string): void;
}

/** A PF_ROUTE socket that hears every change. Throws SystemError. Needs no privilege. */
export function openRouteSocket(): number {
  return check(posix().socket(AF_ROUTE, SOCK_RAW, AF_UNSPEC), 'socket', 'AF_ROUTE');
}

/** Takes over `fd`. Throws SystemError, and closes it then. */
export function readDatagrams(fd: number, received: Received): Reader {
  const { read, write, close, pollInBackground } = posix();
  const memory = createNativeMemory(2 * POLLFD.size + ROOM);
  const into = 2 * POLLFD.size;
  const [readable, writable] = openPipe(fd, memory.view, memory.base);
  for (const [i, each] of [fd, readable].entries()) {
    memory.view.setInt32(i * POLLFD.size + POLLFD.fd, each, true);
    memory.view.setInt16(i * POLLFD.size + POLLFD.events, POLLIN, true);
  }
  let isOpen = true;
  const end = (): void => {
    for (const each of [fd, readable, writable]) close(each);
  };
  const ring = (): void => void write(writable, memory.base, 1);
  // A thread that waits in poll would hold up the end of the process.
  process.on('exit', ring);
  const readAll = (): string | undefined => {
    for (let i = 0; i < BURST; i++) {
      const n = read(fd, memory.base + into, ROOM);
      if (n > 0) received.datagram(memory.bytes.subarray(into, into + n));
      else if (n === 0) return 'the other end is closed';
      else {
        const why = errnoName(errno());
        if (why === 'EAGAIN') return undefined;
        if (why === 'ENOBUFS') received.dropped();
        else if (why !== 'EINTR') return `read: ${why}`;
      }
      if (!isOpen) return undefined;
    }
    return undefined;
  };
  const wait = (): void => {
    pollInBackground(memory.base, 2, (_, ready) => {
      if (!isOpen) return end();
      const why = ready < 0 ? 'poll failed' : readAll();
      // A listener may have closed it.
      if (!isOpen) return end();
      if (why === undefined) return wait();
      isOpen = false;
      process.off('exit', ring);
      end();
      received.ended(why);
    });
  };
  wait();
  return {
    close() {
      if (!isOpen) return;
      isOpen = false;
      process.off('exit', ring);
      ring();
    },
  };
}

/** Makes `fd` non-blocking, and a pipe beside it; all are closed on exec. Fails whole. */
function openPipe(fd: number, view: DataView, base: number): readonly [readable: number, writable: number] {
  const { close, pipe, fcntl } = posix();
  const opened = [fd];
  try {
    check(pipe(base), 'pipe', 'the end of a reader');
    const ends = [view.getInt32(0, true), view.getInt32(4, true)] as const;
    opened.push(...ends);
    check(fcntl(fd, F_SETFL, check(fcntl(fd, F_GETFL, 0), 'fcntl', 'F_GETFL') | constants.O_NONBLOCK), 'fcntl', 'O_NONBLOCK');
    for (const each of opened) check(fcntl(each, F_SETFD, FD_CLOEXEC), 'fcntl', 'FD_CLOEXEC');
    return ends;
  } catch (error) {
    for (const each of opened) close(each);
    throw error;
  }
}
