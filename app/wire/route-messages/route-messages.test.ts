/**
 * Darwin's routing messages: vectors made from the public headers by tests/vectors/route-messages.py, what each means for
 * the engine, and any bytes at all.
 */
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { formatIp, formatPrefix } from '../../base/ip.ts';
import type { OsEvent } from '../../ports/os-network.ts';
import { decodeRouteMessages, type RouteMessage } from './decode.ts';
import vectors from './messages.vector.json' with { type: 'json' };
import { osEventOf, osSnapshotOf } from './os-terms.ts';

type Name = keyof typeof vectors.messages;
const bytesOf = (name: Name): Uint8Array => Uint8Array.from(Buffer.from(vectors.messages[name], 'hex'));
const all = Object.keys(vectors.messages) as Name[];
const NAMES: ReadonlyMap<number, string> = new Map([[4, 'en0'], [12, 'utun3']]);
const nameOf = (index: number): string => NAMES.get(index) ?? '';

function decoded(name: Name): RouteMessage {
  const messages = decodeRouteMessages(bytesOf(name));
  expect(messages).toHaveLength(1);
  return messages[0]!;
}

/** As one line, so that a test says what a person would. */
function said(event: OsEvent | undefined): string {
  switch (event?.kind) {
    case 'route':
      return `${event.action} ${event.route === undefined ? '?' : `${formatPrefix(event.route.prefix)} ${event.route.type} link ${event.route.link ?? '-'} via ${event.route.gateway === undefined ? '-' : formatIp(event.route.gateway)}`} by ${event.by}`;
    case 'address':
      return `${event.action} ${event.address === undefined ? '?' : `${formatIp(event.address.address)}/${event.address.bits}`} on ${event.link}`;
    case 'link':
      return `${event.action} ${event.index} ${event.link === undefined ? '-' : `${event.link.name} ${event.link.kind} ${event.link.up ? 'up' : 'down'} ${event.link.running ? 'running' : 'idle'} ${event.link.mtu}`}`;
    case 'unparsable':
      return `unparsable: ${event.why}`;
    case undefined:
      return 'no event';
    default:
      return event?.kind ?? '';
  }
}

describe('a message', () => {
  it.each([
    ['miss', 'miss'],
    ['defaultAdded', 'added 0.0.0.0/0 unicast link 4 via 192.168.1.1 by 611'],
    ['defaultRefused', 'no event'],
    ['tenDeleted', 'removed 10.0.0.0/8 unicast link 12 via - by 88'],
    ['oddMaskDeleted', 'removed 172.16.0.0/12 unicast link 4 via - by 0'],
    ['uniqueLocalChanged', 'changed fd7a:115c:a1e0::/48 unicast link 12 via fe80::1 by 0'],
    ['linkLocalAdded', 'added fe80::/64 unicast link 4 via - by 0'],
    ['defaultOfOneLink', 'added 0.0.0.0/0 other link 5 via 10.1.1.1 by 0'],
    ['neighbourAdded', 'no event'],
    ['ownAddressRoute', 'added fe80::aa/128 local link 1 via - by 0'],
    ['rejectAdded', 'added 203.0.113.9/32 unreachable link 1 via 127.0.0.1 by 0'],
    ['got', 'no event'],
    ['addressAdded', 'added 192.168.1.20/24 on 4'],
    ['addressDeleted', 'removed 2001:db8::20/64 on 4'],
    ['hardwareAddressAdded', 'no event'],
    ['linkChanged', 'changed 4 en0 physical up running 1500'],
    ['groupJoined', 'no event'],
  ] as const)('%s: %s', (name, event) => {
    expect(said(osEventOf(decoded(name), nameOf))).toBe(event);
  });

  it('about a link that the system knows no more says that it is gone', () => {
    expect(said(osEventOf(decoded('linkChanged'), () => ''))).toBe('removed 4 -');
  });

  it('tells who asked', () => {
    expect(osEventOf(decoded('defaultAdded'), nameOf)).toMatchObject({ by: 611, route: { source: { family: 4, w3: 0xc0a8_0114 } } });
  });

  it('is found one behind the other, and what is no message does not hide its neighbours', () => {
    const wrongVersion = bytesOf('addressAdded');
    wrongVersion[2] = 4;
    const bytes = Buffer.concat([bytesOf('miss'), wrongVersion, bytesOf('tenDeleted')]);
    expect(decodeRouteMessages(bytes).map((message) => said(osEventOf(message, nameOf)))).toEqual(['miss', 'unparsable: version 4, type 12', 'removed 10.0.0.0/8 unicast link 12 via - by 88']);
  });
});

describe('what fits no form', () => {
  const changed = (name: Name, change: (bytes: Uint8Array, view: DataView) => void): string[] => {
    const bytes = bytesOf(name);
    change(bytes, new DataView(bytes.buffer));
    return decodeRouteMessages(bytes).map((message) => said(osEventOf(message, nameOf)));
  };
  it.each([
    ['a length of 0', 'miss', (b) => b.fill(0, 0, 2), 'a message of 0 bytes in 108'],
    ['a length of 3', 'miss', (_, v) => v.setUint16(0, 3, true), 'a message of 3 bytes in 108'],
    ['a length beyond the end', 'miss', (_, v) => v.setUint16(0, 109, true), 'a message of 109 bytes in 108'],
    ['a type that nobody knows', 'miss', (b) => b.fill(0x7f, 3, 4), 'type 127'],
    ['a sockaddr beyond the end', 'miss', (b) => b.fill(0xff, 92, 93), 'type 7 with sockaddrs that do not fit'],
    ['sockaddrs that are not there', 'miss', (_, v) => v.setUint32(12, 0x3, true), 'type 7 with sockaddrs that do not fit'],
    ['an address that is cut short', 'ownAddressRoute', (b) => b.fill(12, 92, 93), 'type 1 with values that do not fit'],
    ['a mask with a hole', 'oddMaskDeleted', (b) => b.fill(0x0f, 113, 114), 'type 2 with values that do not fit'],
  ] as const satisfies readonly (readonly [string, Name, (bytes: Uint8Array, view: DataView) => void, string])[])('%s is told as unparsable', (_, name, change, why) => {
    expect(changed(name, change)).toEqual([`unparsable: ${why}`]);
  });

  it('is a message of each type that ends inside its header', () => {
    for (const name of all) {
      const bytes = bytesOf(name).slice(0, 15);
      new DataView(bytes.buffer).setUint16(0, 15, true);
      expect(decodeRouteMessages(bytes), name).toEqual([{ kind: 'unparsable', why: `type ${bytes[3]} in 15 bytes` }]);
    }
  });

  it('is never a throw, and never more than there are bytes for', () => {
    const message = fc.constantFrom(...all).map(bytesOf);
    const damaged = fc.tuple(message, fc.array(fc.tuple(fc.nat(220), fc.nat(255)), { maxLength: 4 })).map(([bytes, changes]) => {
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 200 }), message, damaged), { maxLength: 6 }), (parts) => {
        const bytes = Buffer.concat(parts);
        const messages = decodeRouteMessages(bytes);
        expect(messages.length).toBeLessThanOrEqual(bytes.length / 4 + 1);
        if (bytes.length > 0) expect(messages.length).toBeGreaterThan(0);
        osSnapshotOf(messages);
        for (const one of messages) osEventOf(one, nameOf);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a dump', () => {
  it('is the links, the addresses and the routes, without neighbours and groups', () => {
    const names: readonly Name[] = ['listedLoopback', 'listedLink', 'addressAdded', 'listedGroup', 'listedTunnel', 'hardwareAddressAdded', 'listedDefault', 'listedNeighbour'];
    const { links, addresses, routes, rules } = osSnapshotOf(decodeRouteMessages(Buffer.concat(names.map(bytesOf))));
    expect(links).toEqual([
      { index: 1, name: 'lo0', up: true, running: true, kind: 'loopback', mtu: 16_384 },
      { index: 4, name: 'en0', up: true, running: true, kind: 'physical', mtu: 1_500 },
      { index: 12, name: 'utun3', up: true, running: false, kind: 'tunnel', mtu: 1_280 },
    ]);
    expect(addresses.map(({ link, address, bits }) => `${link} ${formatIp(address)}/${bits}`)).toEqual(['4 192.168.1.20/24']);
    expect(routes.map(({ prefix, gateway, link, type }) => `${formatPrefix(prefix)} ${type} ${formatIp(gateway!)} ${link}`)).toEqual(['0.0.0.0/0 unicast 192.168.1.1 4']);
    expect(rules).toEqual([]);
  });
});
