/**
 * An AF_NETLINK socket that carries whole messages as bytes: send one request, collect what the kernel answers. Knows
 * framing (struct nlmsghdr) only; what messages mean is app/wire/rtnetlink.ts. The kernel answers before `sendmsg`
 * returns, so nothing here waits.
 */
import { AF_NETLINK, IOVEC, MSG_DONTWAIT, MSG_TRUNC, MSGHDR, SOCK_CLOEXEC, SOCK_RAW } from './headers/socket.ts';
import { NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK, NETLINK_ROUTE, NLMSGHDR, SOCKADDR_NL, SOL_NETLINK } from './headers/netlink.ts';
import { libc } from './libc.ts';
import { check, errno, SystemError } from '../system-error.ts';
import { createNativeMemory, putPointer } from '../memory.ts';

const BUFFER = 4_096;
/** The kernel fills at most 32 KiB per datagram of a dump. */
const ROOM = 65_536;

export class NetlinkSocket {
  readonly fd: number;
  readonly #memory = createNativeMemory(BUFFER + ROOM);
  readonly #libc = libc();

  /** `groups`: RTMGRP_* bits of changes to be told of, without asking. Throws SystemError. Needs no capability; what is
   *  asked through it may. */
  constructor(groups = 0) {
    const { view, base, bytes } = this.#memory;
    const { socket, bind, setsockopt } = this.#libc;
    this.fd = check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), 'socket', 'NETLINK_ROUTE');
    view.setUint32(0, 1, true);
    // Older kernels lack these: errors then come without a sentence, dumps without filters.
    setsockopt(this.fd, SOL_NETLINK, NETLINK_EXT_ACK, base, 4);
    setsockopt(this.fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, base, 4);
    bytes.fill(0, 0, SOCKADDR_NL.size);
    view.setUint16(SOCKADDR_NL.family, AF_NETLINK, true);
    view.setUint32(SOCKADDR_NL.groups, groups, true);
    check(bind(this.fd, base, SOCKADDR_NL.size), 'bind', 'NETLINK_ROUTE');
  }

  /** nl_pid: whom the kernel names when it tells others of what was asked through here. */
  portId(): number {
    const { view, base } = this.#memory;
    view.setUint32(SOCKADDR_NL.size, SOCKADDR_NL.size, true);
    check(this.#libc.getsockname(this.fd, base, base + SOCKADDR_NL.size), 'getsockname', 'NETLINK_ROUTE');
    return view.getUint32(SOCKADDR_NL.portId, true);
  }

  /** Sends one message. Throws SystemError named by `what`. */
  send(message: Uint8Array, what: string): void {
    const { bytes } = this.#memory;
    if (message.length > ROOM) throw new RangeError(`a netlink message of ${message.length} bytes`);
    bytes.set(message, BUFFER);
    this.#prepare(message.length);
    check(this.#libc.sendmsg(this.fd, this.#memory.base, 0), 'sendmsg', what);
  }

  /** The messages of the next datagram, as copies; empty when none waits. Throws SystemError named by `what`. */
  receive(what: string): Uint8Array[] {
    const { bytes, view } = this.#memory;
    this.#prepare(ROOM);
    const n = this.#libc.recvmsg(this.fd, this.#memory.base, MSG_DONTWAIT);
    if (n < 0) {
      const number = errno();
      const error = new SystemError('recvmsg', what, number);
      if (error.code === 'EAGAIN') return [];
      throw error;
    }
    if ((view.getUint32(MSGHDR.flags, true) & MSG_TRUNC) !== 0) throw new Error(`netlink answered ${what} with more than ${ROOM} bytes`);
    const out: Uint8Array[] = [];
    for (let at = 0; at + NLMSGHDR.size <= n; ) {
      const length = view.getUint32(BUFFER + at + NLMSGHDR.length, true);
      if (length < NLMSGHDR.size || at + length > n) break;
      out.push(bytes.slice(BUFFER + at, BUFFER + at + length));
      at += (length + 3) & ~3;
    }
    return out;
  }

  close(): void {
    this.#libc.close(this.fd);
  }

  #prepare(length: number): void {
    const { bytes, view, base } = this.#memory;
    const iov = MSGHDR.size + 8;
    bytes.fill(0, 0, iov + IOVEC.size);
    putPointer(view, MSGHDR.iov, base + iov);
    putPointer(view, MSGHDR.iovLength, 1);
    putPointer(view, iov + IOVEC.base, base + BUFFER);
    putPointer(view, iov + IOVEC.length, length);
  }
}
