/** The prefix table against a slow model: a list that is searched for the longest match. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalIp, ipv4, ipv6, maskIp, parseIp, parsePrefix, prefixContains, type IpAddress, type IpPrefix } from '../base/ip.ts';
import { PrefixTable } from './prefix-table.ts';

/** Few distinct bits, spread over all words, so that prefixes nest and collide. */
const address: fc.Arbitrary<IpAddress> = fc.oneof(
  fc.tuple(fc.nat(3), fc.nat(3)).map(([high, low]) => ipv4((high << 30) | (low << 7))),
  fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)).map(([a, b, c, d]) => ipv6(a << 30, b << 15, c, d << 29)),
);
const prefix: fc.Arbitrary<IpPrefix> = fc.tuple(address, fc.nat(128)).map(([a, n]) => {
  const bits = n % ((a.family === 4 ? 32 : 128) + 1);
  return { address: maskIp(a, bits), bits };
});

class SlowTable {
  entries: { prefix: IpPrefix; value: number }[] = [];

  find(p: IpPrefix): { prefix: IpPrefix; value: number } | undefined {
    return this.entries.find((e) => e.prefix.bits === p.bits && equalIp(e.prefix.address, p.address));
  }

  lookup(a: IpAddress): number | undefined {
    return this.entries.filter((e) => prefixContains(e.prefix, a)).sort((x, y) => y.prefix.bits - x.prefix.bits)[0]?.value;
  }
}

describe('PrefixTable', () => {
  it('agrees with a list searched for the longest match, through sets and deletes', () => {
    const action = fc.record({ kind: fc.constantFrom('set', 'set', 'delete'), prefix, value: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), fc.array(address, { minLength: 20, maxLength: 20 }), (actions, probes) => {
        const table = new PrefixTable<number>();
        const model = new SlowTable();
        for (const a of actions) {
          const before = model.find(a.prefix);
          expect(table.get(a.prefix)).toBe(before?.value);
          if (a.kind === 'set') {
            expect(table.set(a.prefix, a.value)).toBe(before?.value);
            model.entries = [...model.entries.filter((e) => e !== before), { prefix: a.prefix, value: a.value }];
          } else {
            expect(table.delete(a.prefix)).toBe(before?.value);
            model.entries = model.entries.filter((e) => e !== before);
          }
        }
        for (const probe of [...probes, ...actions.map((a) => a.prefix.address)]) expect(table.lookupIp(probe)).toBe(model.lookup(probe));
      }),
      { numRuns: 400 },
    );
  });

  it('routes a tailnet of 10,000 peers, both families', () => {
    const table = new PrefixTable<number>();
    for (let i = 0; i < 10_000; i++) {
      table.set({ address: ipv4(0x64400000 + i), bits: 32 }, i);
      table.set({ address: ipv6(0xfd7a115c, 0xa1e00000, 0, i), bits: 128 }, i);
    }
    table.set(parsePrefix('0.0.0.0/0')!, 77_777);
    for (const i of [0, 1, 4_321, 9_999]) {
      expect(table.lookupIp(ipv4(0x64400000 + i))).toBe(i);
      expect(table.lookupIp(ipv6(0xfd7a115c, 0xa1e00000, 0, i))).toBe(i);
    }
    expect(table.lookupIp(parseIp('8.8.8.8')!)).toBe(77_777);
    expect(table.lookupIp(parseIp('2001:db8::1')!)).toBeUndefined();
  });

  it('keeps the families apart: 0.0.0.0/0 does not take IPv6', () => {
    const table = new PrefixTable<string>();
    table.set(parsePrefix('0.0.0.0/0')!, 'v4');
    expect(table.lookupIp(ipv6(0, 0, 0, 1))).toBeUndefined();
    table.set(parsePrefix('::/0')!, 'v6');
    expect(table.lookupIp(ipv6(0, 0, 0, 1))).toBe('v6');
    expect(table.lookupIp(ipv4(1))).toBe('v4');
  });
});
