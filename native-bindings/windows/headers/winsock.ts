/** <winsock2.h> and <ws2ipdef.h> of Windows: numbers as data. Calls nothing. */
export const SOCK_DGRAM = 2;
export const IPPROTO_UDP = 17;
export const IPPROTO_IP = 0;
export const IPPROTO_IPV6 = 41;
export const SOL_SOCKET = 0xffff;
export const SO_SNDBUF = 0x1001;
export const SO_RCVBUF = 0x1002;
export const IPV6_V6ONLY = 27;
/** IP_UNICAST_IF (its index in network byte order) and IPV6_UNICAST_IF (in the host's). */
export const UNICAST_IF = 31;
export const FD_READ = 1;
export const SOCKADDR_IN = { size: 16, family: 0, port: 2, address: 4 } as const;
export const SOCKADDR_IN6 = { size: 28, family: 0, port: 2, address: 8 } as const;
export const WSADATA_SIZE = 408;
export const WINSOCK_2_2 = 0x0202;
/** WSAE*: a name that other systems have for the same. */
export const WSA_ERRORS: ReadonlyMap<number, string> = new Map([
  [10_013, 'EACCES'],
  [10_035, 'EWOULDBLOCK'],
  [10_040, 'EMSGSIZE'],
  [10_047, 'EAFNOSUPPORT'],
  [10_048, 'EADDRINUSE'],
  [10_049, 'EADDRNOTAVAIL'],
  [10_050, 'ENETDOWN'],
  [10_051, 'ENETUNREACH'],
  [10_052, 'ENETRESET'],
  [10_054, 'ECONNRESET'],
  [10_055, 'ENOBUFS'],
  [10_065, 'EHOSTUNREACH'],
]);
