/**
 * The underlay's UDP sockets of Darwin, one a family on one port, each bound to a link: the kernel looks up the routes of that
 * link alone for what they send. Sends and receives nothing. Where the system has no IPv6, there is only the IPv4 socket.
 */
import { createNativeMemory, type NativeMemory } from '../memory.ts';
import { check, SystemError } from '../system-error.ts';
import { AF_INET, AF_INET6, F_SETFD, FD_CLOEXEC, IP_BOUND_IF, IPPROTO_IP, IPPROTO_IPV6, IPV6_BOUND_IF, IPV6_V6ONLY, SOCKADDR, SOCKADDR_IN, SOCKADDR_IN6 } from './headers/socket.ts';
import { SOCK_DGRAM } from './headers/utun.ts';
import { posix, type Posix } from './libc.ts';

/** Free ports tried until both families get the same one. */
const PORT_ATTEMPTS = 16;
const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'ENOPROTOOPT']);

export type UdpCalls = Pick<Posix, 'socket' | 'close' | 'bind' | 'setsockopt' | 'getsockname' | 'fcntl'>;

/** `port` 0: a free one. Throws SystemError (EADDRINUSE...) and then leaves nothing open. `calls`: a test brings its own. */
export function openBoundUdp(port: number, link: number, calls: UdpCalls = posix()): { readonly v4: number; readonly v6: number | undefined } {
  const memory = createNativeMemory(64);
  for (let attempt = 1; ; attempt++) {
    const v4 = bindOne(memory, 4, port, link, calls);
    try {
      return { v4: v4.fd, v6: bindOne(memory, 6, v4.port, link, calls).fd };
    } catch (error) {
      const code = error instanceof SystemError ? error.code : '';
      if (NO_IPV6.has(code)) return { v4: v4.fd, v6: undefined };
      calls.close(v4.fd);
      if (port !== 0 || code !== 'EADDRINUSE' || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function bindOne({ bytes, view, base }: NativeMemory, family: 4 | 6, port: number, link: number, calls: UdpCalls): { readonly fd: number; readonly port: number } {
  const { socket, bind, close, getsockname, setsockopt, fcntl } = calls;
  const object = `UDP/IPv${family} port ${port === 0 ? 'any' : port} on link ${link}`;
  const [domain, size] = family === 4 ? [AF_INET, SOCKADDR_IN.size] : [AF_INET6, SOCKADDR_IN6.size];
  const fd = check(socket(domain, SOCK_DGRAM, 0), 'socket', object);
  const set = (level: number, name: number, value: number, what: string): void => {
    view.setInt32(0, value, true);
    check(setsockopt(fd, level, name, base, 4), `setsockopt ${what}`, object);
  };
  try {
    check(fcntl(fd, F_SETFD, FD_CLOEXEC), 'fcntl', 'FD_CLOEXEC');
    // Before it has a port: no datagram of ours ever takes another way.
    if (family === 4) set(IPPROTO_IP, IP_BOUND_IF, link, 'IP_BOUND_IF');
    else {
      set(IPPROTO_IPV6, IPV6_V6ONLY, 1, 'IPV6_V6ONLY');
      set(IPPROTO_IPV6, IPV6_BOUND_IF, link, 'IPV6_BOUND_IF');
    }
    bytes.fill(0, 0, size);
    view.setUint8(SOCKADDR.length, size);
    view.setUint8(SOCKADDR.family, domain);
    view.setUint16(SOCKADDR_IN.port, port);
    check(bind(fd, base, size), 'bind', object);
    view.setUint32(size, size, true);
    check(getsockname(fd, base, base + size), 'getsockname', object);
    return { fd, port: view.getUint16(SOCKADDR_IN.port) };
  } catch (error) {
    close(fd);
    throw error;
  }
}
