/**
 * Linux's messages in the terms of all systems. The vectors are what a kernel (Linux 6.x, x86-64) told a socket of all groups
 * in a network namespace of its own while the command beside each was run.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIp, formatPrefix } from '../base/ip.ts';
import type { OsEvent } from '../ports/os-network.ts';
import { osEventOf, osSnapshotOf } from './rtnetlink-os.ts';
import vectors from './rtnetlink-os.vector.json' with { type: 'json' };

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** In few words, without the index and port id that chance gave. */
function told(event: OsEvent | undefined): string {
  if (event === undefined) return 'nothing';
  switch (event.kind) {
    case 'link':
      return `link ${event.action} ${event.link?.name} ${event.link?.kind} ${event.link?.up === true ? 'up' : 'down'} ${event.link?.mtu}`;
    case 'address':
      return `address ${event.action} ${event.address === undefined ? '?' : formatIp(event.address.address)}/${event.address?.bits} ${event.address?.state}`;
    case 'route': {
      const { route } = event;
      if (route === undefined) return 'route ?';
      const { table, prefix, type, link, gateway, metric, protocol } = route;
      return `route ${event.action} ${type} ${formatPrefix(prefix)} table ${table} ${link === undefined ? '-' : 'link'} ${gateway === undefined ? '-' : formatIp(gateway)} metric ${metric} by ${protocol}`;
    }
    case 'rule': {
      const { rule } = event;
      if (rule === undefined) return 'rule ?';
      const mark = rule.mark === undefined ? '-' : `${rule.mark.toString(16)}/${rule.mask?.toString(16)}`;
      return `rule ${event.action} ${rule.family} ${rule.priority} ${rule.action} ${rule.table} ${mark}${rule.invert ? ' not' : ''}${rule.narrower ? ' narrower' : ''} ${rule.suppressPrefixLength ?? '-'}`;
    }
    default:
      return event.kind;
  }
}

const EXPECTED = [
  'link added eth9 virtual down 1500',
  'nothing',
  'link added mesh9 tunnel down 1500',
  'link added mesh8 tunnel up 1500',
  'link removed mesh8 tunnel down 1500',
  'address added 192.0.2.7/24 usable',
  'route added local 192.0.2.7/32 table 255 link - metric 0 by 2',
  'address added 2001:db8::8/64 deprecated',
  'address removed 192.0.2.7/24 usable',
  'route added unicast 0.0.0.0/0 table 254 link 192.0.2.1 metric 50 by 3',
  'route changed unicast 0.0.0.0/0 table 254 link 192.0.2.2 metric 50 by 3',
  'route removed unicast 0.0.0.0/0 table 254 link 192.0.2.2 metric 50 by 3',
  'route removed throw 10.10.10.0/24 table 52 - - metric 0 by 3',
  'route added unicast 198.51.100.0/24 table 51820 link - metric 0 by 201',
  'route added unicast 2001:db8:9::/48 table 254 link - metric 7 by 3',
  'route added unreachable 203.0.113.0/24 table 254 - - metric 0 by 3',
  'route added unicast 203.0.112.0/24 table 254 - - metric 0 by 3',
  'route added unicast 203.0.111.0/24 table 254 link fe80::1 metric 0 by 3',
  'rule added 4 5210 table 254 80000/ff0000 -',
  'rule added 4 5250 unreachable 0 80000/ff0000 -',
  'rule removed 4 5270 table 52 - -',
  'rule added 6 99 table 51820 ca6c/ffffffff not 0',
  'rule added 4 77 table 7 - narrower -',
];

describe('what a kernel told', () => {
  it.each(vectors.map(({ command, hex }, i) => [command, hex, EXPECTED[i]!] as const))('%s', (_, hex, expected) => {
    expect(told(osEventOf(bytes(hex)))).toBe(expected);
  });

  it('says who asked for it, where somebody did', () => {
    const by = vectors.map(({ hex }) => osEventOf(bytes(hex))).map((event) => (event !== undefined && 'by' in event ? event.by : undefined));
    expect(by.filter((id) => id !== undefined).length).toBeGreaterThan(10);
  });

  it('makes a snapshot', () => {
    const { links, addresses, routes, rules } = osSnapshotOf(vectors.map(({ hex }) => bytes(hex)));
    expect([links.length, addresses.length, routes.length, rules.length]).toEqual([4, 3, 10, 5]);
  });
});

describe('bytes that do not fit', () => {
  it('are an event, whatever they are: never nothing, and never thrown', () => {
    for (const { hex } of vectors) {
      for (const cut of [0, 3, 15, 16, 20, 27]) {
        const event = osEventOf(bytes(hex).subarray(0, cut));
        expect(event?.kind).toBe('unparsable');
      }
    }
  });

  it('never throw, changed anywhere', () => {
    fc.assert(
      fc.property(fc.nat(vectors.length - 1), fc.array(fc.tuple(fc.nat(1_999), fc.nat(255)), { maxLength: 12 }), fc.nat(2_000), (which, changes, cut) => {
        const message = bytes(vectors[which]!.hex);
        for (const [at, value] of changes) if (at < message.length) message[at] = value;
        expect(() => osEventOf(message)).not.toThrow();
        expect(() => osEventOf(message.subarray(0, cut))).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });

  it('never throw, made of anything', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (any) => void osEventOf(any)));
  });
});
