/** Darwin's struct layouts as data, against the same structs laid out by C's rules from the public headers (tests/vectors/route-messages.py). */
import { describe, expect, it } from 'vitest';
import vectors from '../../app/wire/route-messages/messages.vector.json' with { type: 'json' };
import * as route from './headers/route.ts';
import * as socket from './headers/socket.ts';

const { layouts } = vectors;

describe('struct layouts', () => {
  it('every message begins alike', () => {
    for (const { msglen, version, type } of [layouts.rt_msghdr, layouts.rt_msghdr2, layouts.if_msghdr, layouts.if_msghdr2, layouts.ifa_msghdr, layouts.ifma_msghdr]) {
      expect(route.MESSAGE).toEqual({ size: 4, length: msglen, version, type });
    }
  });
  it('struct rt_msghdr and rt_msghdr2 are as in <net/route.h>', () => {
    const { size, index, flags, addrs: addresses, pid, seq: sequence, errno, use, inits, rmx: metrics } = layouts.rt_msghdr;
    expect(route.RT_MSGHDR).toEqual({ size, index, flags, addresses, pid, sequence, errno, use, inits, metrics });
    const two = layouts.rt_msghdr2;
    expect(route.RT_MSGHDR2).toEqual({ size: two.size, index: two.index, flags: two.flags, addresses: two.addrs });
  });
  it('struct if_msghdr and if_msghdr2 are as in <net/if.h>, with their data as in <net/if_var.h>', () => {
    const one = layouts.if_msghdr;
    const linkType = layouts.if_data.type;
    expect(route.IF_MSGHDR).toEqual({ size: one.size, addresses: one.addrs, flags: one.flags, index: one.index, linkType: one.data + linkType, mtu: one.data + layouts.if_data.mtu });
    const two = layouts.if_msghdr2;
    expect(route.IF_MSGHDR2).toEqual({ size: two.size, addresses: two.addrs, flags: two.flags, index: two.index, linkType: two.data + layouts.if_data64.type, mtu: two.data + layouts.if_data64.mtu });
  });
  it('struct ifa_msghdr and ifma_msghdr are as in <net/if.h>', () => {
    const { size, addrs: addresses, flags, index, metric } = layouts.ifa_msghdr;
    expect(route.IFA_MSGHDR).toEqual({ size, addresses, flags, index, metric });
    const group = layouts.ifma_msghdr;
    expect(route.IFMA_MSGHDR).toEqual({ size: group.size, addresses: group.addrs, flags: group.flags, index: group.index });
  });
  it('the sockaddrs are as in <netinet/in.h>, <netinet6/in6.h> and <net/if_dl.h>', () => {
    const { sockaddr_in: four, sockaddr_in6: six, sockaddr_dl: link } = layouts;
    expect(socket.SOCKADDR_IN).toEqual({ size: four.size, port: four.port, address: four.addr });
    expect(socket.SOCKADDR_IN6).toEqual({ size: six.size, port: six.port, flowInfo: six.flowinfo, address: six.addr, scope: six.scope_id });
    expect(route.SOCKADDR_DL).toEqual({ size: link.size, family: link.family, index: link.index, nameLength: link.nlen, addressLength: link.alen, data: link.data });
    expect(socket.SOCKADDR).toEqual({ length: four.len, family: four.family, alignment: 4 });
  });
});
