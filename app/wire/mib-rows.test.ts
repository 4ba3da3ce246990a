/** Rows of Windows' tables: vectors that a C program filled by the names of the fields (tests/vectors/mib-rows.c), and any bytes at all. */
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { formatIp, formatPrefix, parseIp, parsePrefix } from '../base/ip.ts';
import { decodeAddressRows, decodeLinkRows, decodeMetricRows, decodeRouteRows, writeInterfaceKey, writeOwnAddress, writeOwnInterface, writeRoute } from './mib-rows.ts';
import vectors from './mib-rows.vector.json' with { type: 'json' };

type Name = keyof typeof vectors.rows;

/** A row is its size, and where what bytes are that are not zero. */
function rowsOf(...names: readonly Name[]): Uint8Array {
  return Buffer.concat(
    names.map((name) => {
      let row = new Uint8Array(0);
      for (const part of vectors.rows[name]) {
        if (typeof part === 'number') row = new Uint8Array(part);
        else row.set(Buffer.from(String(part[1]), 'hex'), Number(part[0]));
      }
      return row;
    }),
  );
}

describe('routes', () => {
  const METRICS = decodeMetricRows(rowsOf('metric', 'metric6'));
  it.each([
    ['default', '0.0.0.0/0 unicast link 7 via 192.168.1.1 metric 291 by 3'],
    ['default6', '::/0 unicast link 7 via fe80::1 metric 21 by 3'],
    ['onLink', '192.168.1.0/24 unicast link 7 via - metric 291 by 2'],
    ['loopback', '127.0.0.0/8 local link 1 via - metric 0 by 2'],
    ['multicast', '224.0.0.0/4 multicast link 7 via - metric 35 by 0'],
    ['multicast6', 'ff00::/8 multicast link 7 via - metric 5 by 0'],
    ['broadcast', '255.255.255.255/32 broadcast link 7 via - metric 35 by 0'],
  ] as const)('%s', (name, text) => {
    const said = decodeRouteRows(rowsOf(name), METRICS).map(({ prefix, type, link, gateway, metric, protocol }) => `${formatPrefix(prefix)} ${type} link ${link} via ${gateway === undefined ? '-' : formatIp(gateway)} metric ${metric} by ${protocol}`);
    expect(said).toEqual([text]);
  });

  it('of other families, or longer than their family, are left out', () => {
    expect(decodeRouteRows(rowsOf('otherFamily', 'longPrefix', 'onLink'), METRICS)).toHaveLength(1);
  });
});

describe('addresses', () => {
  it('tell their state, and which are for privacy', () => {
    const said = decodeAddressRows(rowsOf('address', 'privacy', 'tentative', 'duplicate', 'unspecific')).map(({ link, address, bits, state, temporary }) => `${link} ${formatIp(address)}/${bits} ${state}${temporary ? ' temporary' : ''}`);
    expect(said).toEqual(['7 192.168.1.20/24 usable', '7 2001:db8::77/64 deprecated temporary', '7 fe80::5/64 tentative', '7 10.1.1.1/32 duplicate']);
  });
});

describe('links', () => {
  it('have names and kinds; filters are none', () => {
    expect(decodeLinkRows(rowsOf('wifi', 'unplugged', 'filter', 'switch', 'tunnel', 'loop'))).toEqual([
      { index: 7, name: 'Wi-Fi', up: true, running: true, kind: 'physical', mtu: 1_500 },
      { index: 9, name: 'Ethernet 中', up: true, running: false, kind: 'physical', mtu: 1_500 },
      { index: 11, name: 'vEthernet', up: true, running: true, kind: 'virtual', mtu: 1_500 },
      { index: 12, name: 'Bowline', up: true, running: true, kind: 'tunnel', mtu: 1_280 },
      { index: 1, name: 'Loopback', up: true, running: true, kind: 'loopback', mtu: 0 },
    ]);
  });
});

describe('any bytes', () => {
  it('give rows or none, never a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000 }), (bytes) => {
        expect(decodeRouteRows(bytes, decodeMetricRows(bytes)).length).toBeLessThanOrEqual(bytes.length / 104);
        expect(decodeAddressRows(bytes).length).toBeLessThanOrEqual(bytes.length / 80);
        expect(decodeLinkRows(bytes).length).toBeLessThanOrEqual(bytes.length / 1_352);
      }),
      { numRuns: 300 },
    );
  });
});

describe('rows that ask for a change', () => {
  const LUID = 0x35_0000_0000_0000n;
  const zeros = (name: Name): Uint8Array => new Uint8Array(Number(vectors.rows[name][0]));
  it.each([
    ['asksRoute', (row: Uint8Array) => writeRoute(row, LUID, parsePrefix('100.64.0.0/10')!)],
    ['asksRoute6', (row: Uint8Array) => writeRoute(row, LUID, parsePrefix('fd7a:115c::/48')!)],
    ['asksAddress', (row: Uint8Array) => writeOwnAddress(row, LUID, parseIp('100.64.0.9')!, 32)],
    ['asksInterface', (row: Uint8Array) => {
      // What Windows gave before it is asked to change.
      row.fill(1, 44, 48);
      row.fill(7, 144, 148);
      row.fill(0, 45, 46);
      writeInterfaceKey(row, LUID, 4);
      writeOwnInterface(row, 1_280);
    }],
  ] as const)('%s is byte for byte what C makes of the same', (name, write) => {
    const row = zeros(name);
    write(row);
    expect(Buffer.from(row).toString('hex')).toBe(Buffer.from(rowsOf(name)).toString('hex'));
  });
});
