/**
 * Every struct layout and number of headers/ against its C header. The expected values were printed by a C program with
 * offsetof, sizeof and the macros themselves (gcc 12, glibc 2.36, Linux 6.x headers, x86-64).
 */
import { describe, expect, it } from 'vitest';
import * as netlink from './headers/netlink.ts';
import * as poll from './headers/poll.ts';
import * as socket from './headers/socket.ts';
import * as tun from './headers/tun.ts';

describe('struct layouts', () => {
  it('struct msghdr is as in <sys/socket.h>', () => {
    expect(socket.MSGHDR).toEqual({ size: 56, name: 0, nameLength: 8, iov: 16, iovLength: 24, control: 32, controlLength: 40, flags: 48 });
  });
  it('struct iovec is as in <sys/uio.h>', () => expect(socket.IOVEC).toEqual({ size: 16, base: 0, length: 8 }));
  it('struct cmsghdr, CMSG_LEN and CMSG_SPACE are as in <sys/socket.h>', () => {
    expect(socket.CMSGHDR).toEqual({ size: 16, length: 0, level: 8, type: 12, data: 16 });
    expect([socket.cmsgLength(2), socket.cmsgSpace(2), socket.cmsgLength(4), socket.cmsgSpace(4)]).toEqual([18, 24, 20, 24]);
  });
  it('struct sockaddr_in is as in <netinet/in.h>', () => expect(socket.SOCKADDR_IN).toEqual({ size: 16, family: 0, port: 2, address: 4 }));
  it('struct sockaddr_in6 is as in <netinet/in.h>', () => {
    expect(socket.SOCKADDR_IN6).toEqual({ size: 28, family: 0, port: 2, flowInfo: 4, address: 8, scopeId: 24 });
  });
  it('struct sockaddr_nl is as in <linux/netlink.h>', () => expect(netlink.SOCKADDR_NL).toEqual({ size: 12, family: 0, portId: 4, groups: 8 }));
  it('struct nlmsghdr is as in <linux/netlink.h>', () => expect(netlink.NLMSGHDR).toEqual({ size: 16, length: 0, type: 4, flags: 6, sequence: 8, portId: 12 }));
  it('struct ifreq is as in <net/if.h>', () => expect(tun.IFREQ).toEqual({ size: 40, name: 0, flags: 16 }));
  it('struct pollfd is as in <poll.h>', () => expect(poll.POLLFD).toEqual({ size: 8, fd: 0, events: 4, revents: 6 }));
});

describe('numbers', () => {
  it('of <sys/socket.h> and <asm-generic/socket.h>', () => {
    const { AF_INET, AF_INET6, AF_NETLINK, SOCK_DGRAM, SOCK_RAW, SOCK_CLOEXEC, SOL_SOCKET, SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE, SO_MARK, MSG_TRUNC, MSG_DONTWAIT } = socket;
    expect([AF_INET, AF_INET6, AF_NETLINK, SOCK_DGRAM, SOCK_RAW, SOCK_CLOEXEC]).toEqual([2, 10, 16, 2, 3, 0x80000]);
    expect([SOL_SOCKET, SO_SNDBUF, SO_RCVBUF, SO_SNDBUFFORCE, SO_RCVBUFFORCE, SO_MARK]).toEqual([1, 7, 8, 32, 33, 36]);
    expect([MSG_TRUNC, MSG_DONTWAIT]).toEqual([0x20, 0x40]);
    expect(socket.SO_RXQ_OVFL).toBe(40);
  });
  it('of <netinet/in.h> and <linux/udp.h>', () => {
    expect([socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, socket.SOL_UDP, socket.UDP_SEGMENT, socket.UDP_GRO]).toEqual([41, 26, 17, 103, 104]);
  });
  it('of <linux/if_tun.h>', () => {
    expect([tun.TUNSETIFF, tun.TUNSETOFFLOAD, tun.IFF_TUN, tun.IFF_NO_PI, tun.IFF_VNET_HDR]).toEqual([0x400454ca, 0x400454d0, 1, 0x1000, 0x4000]);
    expect([tun.TUN_F_CSUM, tun.TUN_F_TSO4, tun.TUN_F_TSO6, tun.TUN_F_USO4, tun.TUN_F_USO6]).toEqual([1, 2, 4, 0x20, 0x40]);
  });
  it('of <fcntl.h>, <sys/eventfd.h> and <poll.h>', () => {
    expect([poll.O_RDWR, poll.O_NONBLOCK, poll.O_CLOEXEC, poll.EFD_NONBLOCK, poll.EFD_CLOEXEC]).toEqual([2, 0x800, 0x80000, 0x800, 0x80000]);
    expect([poll.POLLIN, poll.POLLERR, poll.POLLHUP, poll.POLLNVAL]).toEqual([1, 8, 16, 32]);
  });
  it('of <linux/netlink.h>', () => {
    expect([netlink.NETLINK_ROUTE, netlink.SOL_NETLINK, netlink.NETLINK_EXT_ACK, netlink.NETLINK_GET_STRICT_CHK]).toEqual([0, 270, 11, 12]);
    // 1 << (RTNLGRP_* - 1); the group of IPv6 rules has no RTMGRP_* name.
    expect(netlink.RTMGRP).toEqual({ link: 1, ipv4Address: 0x10, ipv4Route: 0x40, ipv4Rule: 0x80, ipv6Address: 0x100, ipv6Route: 0x400, ipv6Rule: 1 << (19 - 1) });
  });
});
