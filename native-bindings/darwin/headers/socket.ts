/**
 * <sys/socket.h>, <netinet/in.h>, <netinet6/in6.h>, <fcntl.h>, <poll.h> and <sys/sysctl.h> of Darwin: numbers and struct
 * offsets as data. Calls nothing. Every sockaddr begins with its own length (u_char) and family (u_char).
 */

// <sys/socket.h>
export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_ROUTE = 17;
export const AF_LINK = 18;
export const AF_INET6 = 30;
export const SOCK_RAW = 3;
/** struct sockaddr, <sys/socket.h>. Lengths in routing messages are rounded up to 4 bytes, and a length of 0 takes 4. */
export const SOCKADDR = { length: 0, family: 1, alignment: 4 } as const;

/** struct sockaddr_in, <netinet/in.h>. */
export const SOCKADDR_IN = { size: 16, port: 2, address: 4 } as const;
/** struct sockaddr_in6, <netinet6/in6.h>. The kernel keeps the scope of a link-local address in its second 16 bits. */
export const SOCKADDR_IN6 = { size: 28, port: 2, flowInfo: 4, address: 8, scope: 24 } as const;

/** <netinet/in.h>, <netinet6/in6.h>: a socket's packets leave by this link alone (int, its index). */
export const IPPROTO_IP = 0;
export const IP_BOUND_IF = 25;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 27;
export const IPV6_BOUND_IF = 125;

/** <sys/fcntl.h>: commands of fcntl; the descriptor is closed on exec. */
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const FD_CLOEXEC = 1;

/** <poll.h>; the same numbers on Linux. */
export const POLLIN = 0x1;
/** struct pollfd, <poll.h>. */
export const POLLFD = { size: 8, fd: 0, events: 4, revents: 6 } as const;

/** <sys/sysctl.h> and <sys/socket.h>: the path {CTL_NET, PF_ROUTE, 0, family, NET_RT_*, 0} of a dump. */
export const CTL_NET = 4;
export const NET_RT_IFLIST2 = 6;
export const NET_RT_DUMP2 = 7;
