/**
 * <sys/socket.h>, <netinet/in.h> and <linux/udp.h> on 64-bit little-endian Linux: numbers and struct offsets as data.
 * Read by the socket bindings and by the fast mover, which lays these structs out in its arena. Calls nothing.
 */

// <sys/socket.h>
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0x8_0000;
export const SOL_SOCKET = 1;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_MARK = 36;
/** Each receive tells how many datagrams found the socket's queue full since it was opened, modulo 2^32 (<asm-generic/socket.h>). */
export const SO_RXQ_OVFL = 40;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;

/** struct msghdr, <sys/socket.h>. */
export const MSGHDR = { size: 56, name: 0, nameLength: 8, iov: 16, iovLength: 24, control: 32, controlLength: 40, flags: 48 } as const;
/** struct iovec, <sys/uio.h>. */
export const IOVEC = { size: 16, base: 0, length: 8 } as const;
/** struct cmsghdr, <sys/socket.h>: the value follows at `data`; `length` counts header and value (CMSG_LEN). */
export const CMSGHDR = { size: 16, length: 0, level: 8, type: 12, data: 16 } as const;

/** CMSG_LEN(n) of <sys/socket.h>. */
export function cmsgLength(bytes: number): number {
  return CMSGHDR.size + bytes;
}

/** CMSG_SPACE(n) of <sys/socket.h>. */
export function cmsgSpace(bytes: number): number {
  return CMSGHDR.size + ((bytes + 7) & ~7);
}

// <netinet/in.h>
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;
/** struct sockaddr_in, <netinet/in.h>. Port and address in network order. */
export const SOCKADDR_IN = { size: 16, family: 0, port: 2, address: 4 } as const;
/** struct sockaddr_in6, <netinet/in.h>. */
export const SOCKADDR_IN6 = { size: 28, family: 0, port: 2, flowInfo: 4, address: 8, scopeId: 24 } as const;

// <linux/udp.h>
export const SOL_UDP = 17;
/** Segment size of a send, as a 16-bit control message or socket option. */
export const UDP_SEGMENT = 103;
/** Receive merged datagrams; their size comes as a 32-bit control message. */
export const UDP_GRO = 104;
/** UDP_MAX_SEGMENTS of older kernels; newer ones take 128. */
export const UDP_MAX_SEGMENTS = 64;
/** Largest UDP payload over IPv4: 65,535 less the IP and UDP headers. */
export const UDP_MAX_PAYLOAD = 65_507;
