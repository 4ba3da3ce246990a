/** <linux/netlink.h> as far as the socket itself needs it: numbers and struct offsets as data. Messages are app/wire's. */

export const NETLINK_ROUTE = 0;
export const SOL_NETLINK = 270;
/** The kernel adds a sentence to its errors (Linux 4.12). */
export const NETLINK_EXT_ACK = 11;
/** The kernel refuses filters it does not know, and honours those it does (Linux 4.20). */
export const NETLINK_GET_STRICT_CHK = 12;
/** RTMGRP_*, <linux/rtnetlink.h>: whose changes a socket hears, as a bit mask. */
export const RTMGRP = { link: 0x1, ipv4Address: 0x10, ipv4Route: 0x40, ipv4Rule: 0x80, ipv6Address: 0x100, ipv6Route: 0x400, ipv6Rule: 0x4_0000 } as const;
/** struct sockaddr_nl, <linux/netlink.h>. */
export const SOCKADDR_NL = { size: 12, family: 0, portId: 4, groups: 8 } as const;
/** struct nlmsghdr, <linux/netlink.h>. */
export const NLMSGHDR = { size: 16, length: 0, type: 4, flags: 6, sequence: 8, portId: 12 } as const;
