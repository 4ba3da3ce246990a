/**
 * rtnetlink byte for byte. The request bytes were printed by a C program that filled the structs of <linux/rtnetlink.h>,
 * <linux/if_addr.h>, <linux/if_link.h> and <linux/fib_rules.h> (Linux 6.x headers, gcc 12, x86-64).
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIp, parsePrefix } from '../base/ip.ts';
import { NetlinkWriter, readAttributes, readError, readHeader, NLMSG_ERROR, NLM_F_ACK_TLVS, NLM_F_CAPPED } from './netlink.ts';
import { decodeDescribed, encodeAddress, encodeDump, encodeGetLink, encodeRoute, encodeRule, encodeSetLink, type Route, type RouteType, type Rule } from './rtnetlink.ts';

const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
const route6: Route & { type: RouteType } = { destination: parsePrefix('fd00:1::/64')!, type: 'unicast', table: 51_820, scope: 0, metric: 5, oif: 7 };
const rule4: Rule = { family: 4, priority: 100, table: 51_820, fwmark: 51_820, invert: true };

describe('requests', () => {
  it('struct ifinfomsg: set a link up with its MTU', () => {
    expect(hex(encodeSetLink(7, { up: true, mtu: 1_420 }, 1))).toBe('2800000013000500010000000000000000000000070000000100000001000000080004008c050000');
  });
  it('struct ifaddrmsg: add an IPv4 address', () => {
    expect(hex(encodeAddress('add', { ifindex: 7, address: parseIp('10.7.0.1')!, bits: 24 }, 2))).toBe(
      '300000001400050602000000000000000218000007000000080002000a070001080001000a0700010800080000020000',
    );
  });
  it('struct ifaddrmsg: delete an IPv6 address', () => {
    expect(hex(encodeAddress('delete', { ifindex: 7, address: parseIp('fd00::7')!, bits: 64 }, 3))).toBe(
      '400000001500050003000000000000000a4000000700000014000200fd00000000000000000000000000000714000100fd000000000000000000000000000007',
    );
  });
  it('struct rtmsg: replace an IPv6 route in a table above 255', () => {
    expect(hex(encodeRoute('replace', route6, 4))).toBe(
      '480000001800050504000000000000000a400000000400010000000014000100fd00000100000000000000000000000008000f006cca000008000600050000000800040007000000',
    );
  });
  it('struct rtmsg: add a throw route', () => {
    expect(hex(encodeRoute('add', { destination: parsePrefix('10.0.0.0/8')!, type: 'throw', table: 52, scope: 0 }, 5))).toBe(
      '2c000000180005060500000000000000020800003404000900000000080001000a00000008000f0034000000',
    );
  });
  it('struct fib_rule_hdr: add "not fwmark"', () => {
    expect(hex(encodeRule('add', rule4, 6))).toBe('3400000020000506060000000000000002000000000000010200000008000f006cca0000080006006400000008000a006cca0000');
  });
  it('struct fib_rule_hdr: delete a suppressing rule', () => {
    expect(hex(encodeRule('delete', { family: 6, priority: 99, table: 254, invert: false, suppressPrefixLength: 0 }, 7))).toBe(
      '340000002100050007000000000000000a000000fe0000010000000008000f00fe000000080006006300000008000e0000000000',
    );
  });
  it('a dump of one routing table', () => expect(hex(encodeDump('routes', 8, 51_820))).toBe('240000001a000103080000000000000000000000000000000000000008000f006cca0000'));
  it('struct nlmsghdr: dump all routes', () => expect(hex(encodeDump('routes', 8))).toBe('1c0000001a0001030800000000000000000000000000000000000000'));
  it('ask for a link by name, zero-ended', () => {
    expect([...readAttributes(encodeGetLink('wg0', 9), 32)].map(([type, value]) => [type, hex(value)])).toEqual([[3, '77673000']]);
  });
});

describe('answers', () => {
  it('are read back as they were asked', () => {
    expect(decodeDescribed(encodeRoute('add', route6, 1))).toEqual({ kind: 'route', route: { ...route6, protocol: 4, gateway: undefined, source: undefined } });
    expect(decodeDescribed(encodeRule('add', rule4, 1))).toEqual({ kind: 'rule', rule: { ...rule4, fwmask: undefined, suppressPrefixLength: undefined } });
    expect(decodeDescribed(encodeAddress('add', { ifindex: 7, address: parseIp('fd00::7')!, bits: 64 }, 3))).toEqual({
      kind: 'address',
      address: { ifindex: 7, address: parseIp('fd00::7')!, bits: 64 },
    });
  });

  it('a default route has no destination attribute', () => {
    const message = new NetlinkWriter(24, 0, 1).fixed(12, [[0, 1, 2], [4, 1, 254], [7, 1, 1]]).uint32(4, 3).finish();
    expect(decodeDescribed(message)).toMatchObject({ kind: 'route', route: { destination: parsePrefix('0.0.0.0/0')!, table: 254, oif: 3, type: 'unicast' } });
  });

  it('a link has index, name, MTU and state', () => {
    const message = new NetlinkWriter(16, 0, 1).fixed(16, [[4, 4, 7], [8, 4, 0x1001]]).text(3, 'wg0').uint32(4, 1_420).finish();
    expect(decodeDescribed(message)).toEqual({ kind: 'link', link: { ifindex: 7, name: 'wg0', mtu: 1_420, up: true } });
  });

  it('an error has its errno and the sentence behind the capped or the repeated request', () => {
    const sentence = 'Invalid prefix';
    const capped = new NetlinkWriter(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, 5).fixed(20, [[0, 4, -22]]).text(1, sentence).finish();
    expect(readError(capped)).toEqual({ errno: 22, sentence });
    const whole = new NetlinkWriter(NLMSG_ERROR, NLM_F_ACK_TLVS, 5).fixed(32, [[0, 4, -17], [4, 4, 28]]).text(1, sentence).finish();
    expect(readError(whole)).toEqual({ errno: 17, sentence });
    expect(readError(new NetlinkWriter(NLMSG_ERROR, 0, 5).fixed(20, [[0, 4, 0]]).finish())).toEqual({ errno: 0, sentence: undefined });
  });
});

describe('bytes that do not fit', () => {
  it('never throw', () => {
    const messages = [encodeRoute('add', route6, 1), encodeRule('add', rule4, 1), encodeSetLink(1, { mtu: 3 }, 1), encodeAddress('add', { ifindex: 7, address: parseIp('::7')!, bits: 64 }, 3)];
    const mutated = fc.tuple(fc.constantFrom(...messages), fc.nat(80), fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 6 })).map(([message, keep, edits]) => {
      const bytes = message.slice(0, keep);
      for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 96 })), (bytes) => {
        readHeader(bytes);
        readError(bytes);
        decodeDescribed(bytes);
      }),
      { numRuns: 2_000 },
    );
  });
});
