/**
 * Tells that something about links, addresses or routes changed, by subscription: no timer, no wake-up in between. What
 * changed is not said, because what is lost (ENOBUFS) cannot be; who hears it looks at the whole. Event thread of Linux.
 */
import { POLLFD, POLLIN } from '../../../native-bindings/linux/headers/poll.ts';
import { Bell, createNativeMemory, libc, NetlinkSocket, openEvent, RTMGRP, SystemError } from '../../../native-bindings/linux/index.ts';

const GROUPS = RTMGRP.link | RTMGRP.ipv4Address | RTMGRP.ipv6Address | RTMGRP.ipv4Route | RTMGRP.ipv6Route;
const FOR_EVER = -1;

export interface LinkEvents {
  close(): void;
}

/** `lost`: the subscription ended by itself; nothing more comes from it. Throws SystemError. */
export function subscribeLinks(event: () => void, lost: (why: string) => void): LinkEvents {
  const { close, pollInBackground } = libc();
  const socket = new NetlinkSocket(GROUPS);
  const bell = new Bell(openEvent());
  const waiting = createNativeMemory(2 * POLLFD.size);
  for (const [i, fd] of [socket.fd, bell.fd].entries()) {
    waiting.view.setInt32(i * POLLFD.size + POLLFD.fd, fd, true);
    waiting.view.setInt16(i * POLLFD.size + POLLFD.events, POLLIN, true);
  }
  let isOpen = true;
  const end = (): void => {
    socket.close();
    close(bell.fd);
  };
  // A thread that waits in poll would hold up the end of the process.
  const atExit = (): void => bell.ring();
  process.on('exit', atExit);
  const wait = (): void => {
    pollInBackground(waiting.base, 2, FOR_EVER, (_, ready) => {
      if (!isOpen) return end();
      const why = ready < 0 ? 'poll failed' : emptied(socket);
      if (why === undefined) {
        wait();
        event();
        return;
      }
      isOpen = false;
      process.off('exit', atExit);
      end();
      lost(why);
    });
  };
  wait();
  return {
    close() {
      if (!isOpen) return;
      isOpen = false;
      process.off('exit', atExit);
      bell.ring();
    },
  };
}

/** Reads what waits. Undefined: all is well, also when the kernel had to drop some. */
function emptied(socket: NetlinkSocket): string | undefined {
  for (;;) {
    try {
      if (socket.receive('changes of links').length === 0) return undefined;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.code !== 'ENOBUFS') return error.message;
    }
  }
}
