/**
 * Linux's links, addresses, routes and rules as an OsNetworkSource: a netlink socket of all their groups, awaited by one poll
 * without a time limit, so that nothing wakes and nothing is allocated between events. Decides nothing. Event thread.
 */
import { osEventOf } from '../../wire/rtnetlink-os.ts';
import type { OsEvent, OsNetworkSource } from '../../ports/os-network.ts';
import { POLLFD, POLLIN } from '../../../native-bindings/linux/headers/poll.ts';
import { Bell, createNativeMemory, libc, NetlinkSocket, openEvent, RTMGRP, SystemError } from '../../../native-bindings/linux/index.ts';
import { RouteSocket } from '../linux-net/route-socket.ts';

const GROUPS = RTMGRP.link | RTMGRP.ipv4Address | RTMGRP.ipv6Address | RTMGRP.ipv4Route | RTMGRP.ipv6Route | RTMGRP.ipv4Rule | RTMGRP.ipv6Rule;
const FOR_EVER = -1;
/** Datagrams before others in this thread have their turn: a storm does not occupy it. */
const READS_A_TURN = 64;

type Reading =
  /** No more waits now. */
  | { readonly kind: 'dry' }
  /** More may wait. */
  | { readonly kind: 'turn-over' }
  | { readonly kind: 'failed'; readonly why: string };

/** `kernel`: for snapshots; the caller's, also to close. */
export function createLinuxSource(kernel: RouteSocket): OsNetworkSource {
  let end = (): void => {};
  return {
    start(onEvent) {
      try {
        end = listen(onEvent);
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        onEvent({ kind: 'source-failed', why: error.code });
        return;
      }
      onEvent({ kind: 'source-up' });
    },
    snapshot: () => kernel.snapshot(),
    close: () => end(),
  };
}

/** Throws SystemError. */
function listen(onEvent: (event: OsEvent) => void): () => void {
  const { close, pollInBackground } = libc();
  const socket = new NetlinkSocket(GROUPS);
  const bell = new Bell(openEvent());
  const waiting = createNativeMemory(2 * POLLFD.size);
  for (const [i, fd] of [socket.fd, bell.fd].entries()) {
    waiting.view.setInt32(i * POLLFD.size + POLLFD.fd, fd, true);
    waiting.view.setInt16(i * POLLFD.size + POLLFD.events, POLLIN, true);
  }
  let isOpen = true;
  // A thread that waits in poll would hold up the end of the process.
  const atExit = (): void => bell.ring();
  process.on('exit', atExit);
  const release = (): void => {
    process.off('exit', atExit);
    socket.close();
    close(bell.fd);
  };
  const fail = (why: string): void => {
    isOpen = false;
    release();
    onEvent({ kind: 'source-failed', why });
  };
  const read = (): void => {
    const reading = readWaiting(socket, (event) => {
      if (isOpen) onEvent(event);
    });
    if (!isOpen) release();
    else if (reading.kind === 'failed') fail(reading.why);
    else if (reading.kind === 'turn-over') setImmediate(() => (isOpen ? read() : release()));
    else wait();
  };
  const wait = (): void => {
    pollInBackground(waiting.base, 2, FOR_EVER, (_, ready) => {
      if (!isOpen) release();
      else if (ready < 0) fail('poll failed');
      else read();
    });
  };
  wait();
  return () => {
    if (!isOpen) return;
    isOpen = false;
    bell.ring();
  };
}

function readWaiting(socket: NetlinkSocket, tell: (event: OsEvent) => void): Reading {
  for (let i = 0; i < READS_A_TURN; i++) {
    try {
      const messages = socket.receive('changes of the network');
      if (messages.length === 0) return { kind: 'dry' };
      for (const message of messages) {
        const event = osEventOf(message);
        if (event !== undefined) tell(event);
      }
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.code !== 'ENOBUFS') return { kind: 'failed', why: error.code };
      tell({ kind: 'lost' });
    }
  }
  return { kind: 'turn-over' };
}
