/**
 * Opens the underlay's UDP sockets, one a family on one port, and asks the kernel what it can do: GSO, GRO, buffer
 * sizes, mark. Sends and receives nothing. Where the system has no IPv6, there is only the IPv4 socket.
 */
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SO_MARK,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_RXQ_OVFL,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOCKADDR_IN,
  SOCKADDR_IN6,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
  UDP_SEGMENT,
} from './headers/socket.ts';
import { libc } from './libc.ts';
import { check, SystemError } from '../system-error.ts';
import { createNativeMemory, type NativeMemory } from '../memory.ts';

export interface UdpSocket {
  readonly fd: number;
  readonly family: 4 | 6;
  readonly port: number;
  /** One send may carry several datagrams of one size (UDP_SEGMENT, Linux 4.18). */
  readonly gso: boolean;
  /** One receive may bring several datagrams of one size (UDP_GRO, Linux 5.0). */
  readonly gro: boolean;
}

export interface UdpPair {
  readonly port: number;
  readonly v4: UdpSocket;
  readonly v6: UdpSocket | undefined;
}

export interface UdpOptions {
  /** 0: a free one. */
  readonly port: number;
  /** SO_MARK, for policy routing; needs CAP_NET_ADMIN. */
  readonly mark?: number;
  /** False: pretend the kernel has none, for measurements and tests. */
  readonly offload?: boolean;
}

/** Asked for; without CAP_NET_ADMIN the kernel's own limit is what one gets. Bytes. */
const BUFFER = 7 * 1_048_576;
/** Free ports tried until both families get the same one. */
const PORT_ATTEMPTS = 16;
const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'ENOPROTOOPT']);

/** Both sockets, blocking, not connected. Throws SystemError (EADDRINUSE...) and then leaves nothing open. */
export function openUdp(options: UdpOptions): UdpPair {
  const memory = createNativeMemory(64);
  for (let attempt = 1; ; attempt++) {
    const v4 = bindOne(memory, 4, options.port, options);
    try {
      return { port: v4.port, v4, v6: bindOne(memory, 6, v4.port, options) };
    } catch (error) {
      const code = error instanceof SystemError ? error.code : '';
      if (NO_IPV6.has(code)) return { port: v4.port, v4, v6: undefined };
      libc().close(v4.fd);
      if (options.port !== 0 || code !== 'EADDRINUSE' || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

export function closeUdp(pair: UdpPair): void {
  libc().close(pair.v4.fd);
  if (pair.v6 !== undefined) libc().close(pair.v6.fd);
}

function bindOne(memory: NativeMemory, family: 4 | 6, port: number, options: UdpOptions): UdpSocket {
  const { socket, bind, close, getsockname, setsockopt } = libc();
  const { bytes, view, base } = memory;
  const object = `UDP/IPv${family} port ${port === 0 ? 'any' : port}`;
  const fd = check(socket(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), 'socket', object);
  const set = (level: number, name: number, value: number): number => {
    view.setInt32(0, value, true);
    return setsockopt(fd, level, name, base, 4);
  };
  try {
    if (family === 6) check(set(IPPROTO_IPV6, IPV6_V6ONLY, 1), 'setsockopt IPV6_V6ONLY', object);
    if (options.mark !== undefined) check(set(SOL_SOCKET, SO_MARK, options.mark), 'setsockopt SO_MARK', object);
    if (set(SOL_SOCKET, SO_RCVBUFFORCE, BUFFER) < 0) set(SOL_SOCKET, SO_RCVBUF, BUFFER);
    if (set(SOL_SOCKET, SO_SNDBUFFORCE, BUFFER) < 0) set(SOL_SOCKET, SO_SNDBUF, BUFFER);
    set(SOL_SOCKET, SO_RXQ_OVFL, 1);
    const offload = options.offload ?? true;
    const gso = offload && set(SOL_UDP, UDP_SEGMENT, 0) >= 0;
    const gro = offload && set(SOL_UDP, UDP_GRO, 1) >= 0;
    const size = family === 4 ? SOCKADDR_IN.size : SOCKADDR_IN6.size;
    bytes.fill(0, 0, size);
    view.setUint16(SOCKADDR_IN.family, family === 4 ? AF_INET : AF_INET6, true);
    view.setUint16(SOCKADDR_IN.port, port);
    check(bind(fd, base, size), 'bind', object);
    view.setUint32(size, size, true);
    check(getsockname(fd, base, base + size), 'getsockname', object);
    return { fd, family, port: view.getUint16(SOCKADDR_IN.port), gso, gro };
  } catch (error) {
    close(fd);
    throw error;
  }
}
