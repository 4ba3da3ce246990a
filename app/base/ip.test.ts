/** Addresses, prefixes and endpoints: text to words and back. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalIp, formatEndpoint, formatIp, formatPrefix, fromBytes, ipBytes, ipv4, ipv6, maskIp, parseEndpoint, parseIp, parsePrefix, prefixContains, type IpAddress } from './ip.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });
const address: fc.Arbitrary<IpAddress> = fc.oneof(word.map(ipv4), fc.tuple(word, word, word, word).map(([a, b, c, d]) => ipv6(a, b, c, d)));

/** Bit `i` of an address, 0 the most significant. */
function bit(a: IpAddress, i: number): number {
  return (ipBytes(a)[i >> 3]! >> (7 - (i & 7))) & 1;
}

describe('an IP address', () => {
  it('survives text and bytes', () => {
    fc.assert(
      fc.property(address, (a) => {
        expect(parseIp(formatIp(a))).toEqual(a);
        expect(fromBytes(ipBytes(a))).toEqual(a);
      }),
    );
  });

  it('is read from the usual spellings', () => {
    expect(parseIp('100.64.0.1')).toEqual(ipv4(0x64400001));
    expect(parseIp('fd7a:115c:a1e0::1')).toEqual(ipv6(0xfd7a115c, 0xa1e00000, 0, 1));
    expect(parseIp('::')).toEqual(ipv6(0, 0, 0, 0));
  });

  it('is not read from half an address, another base, or one with a zone', () => {
    for (const text of ['', '1', '1.2.3', '0x7f.0.0.1', '1.2.3.4.5', '256.1.1.1', ' 1.2.3.4', 'fe80::1%eth0', ':::', 'localhost', '1.2.3.4/8']) expect(parseIp(text), text).toBeUndefined();
  });

  it('is not made of another number of bytes', () => {
    expect(() => fromBytes([1, 2, 3])).toThrow(RangeError);
  });

  it('never makes the parsers throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:./%[\]]{0,30}$/)), (text) => {
        parseIp(text);
        parsePrefix(text);
        parseEndpoint(text);
      }),
    );
  });
});

describe('a prefix', () => {
  it('clears host bits and contains exactly the addresses that begin like it', () => {
    fc.assert(
      fc.property(address, address, fc.nat(128), (a, b, n) => {
        const width = a.family === 4 ? 32 : 128;
        const bits = n % (width + 1);
        const masked = maskIp(a, bits);
        for (let i = 0; i < width; i++) expect(bit(masked, i)).toBe(i < bits ? bit(a, i) : 0);
        const prefix = { address: masked, bits };
        expect(prefixContains(prefix, a)).toBe(true);
        const begins = a.family === b.family && Array.from({ length: bits }, (_, i) => bit(a, i) === bit(b, i)).every(Boolean);
        expect(prefixContains(prefix, b)).toBe(begins);
        expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix);
      }),
    );
  });

  it('is a host prefix without a length', () => {
    expect(parsePrefix('10.0.0.1')).toEqual({ address: ipv4(0x0a000001), bits: 32 });
    expect(parsePrefix('10.9.9.9/8')).toEqual({ address: ipv4(0x0a000000), bits: 8 });
    expect(parsePrefix('fd00::1')).toMatchObject({ bits: 128 });
  });

  it('is not read with a length that does not fit', () => {
    for (const text of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/1.5', 'fd00::/129', '/8', '10.0.0.0/8/8']) expect(parsePrefix(text), text).toBeUndefined();
  });
});

describe('an endpoint', () => {
  it('survives text', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 65_535 }), (a, port) => {
        expect(parseEndpoint(formatEndpoint({ address: a, port }))).toEqual({ address: a, port });
      }),
    );
  });

  it('needs brackets around IPv6, none around IPv4, and a port from 1 to 65535', () => {
    for (const text of ['1.2.3.4', '1.2.3.4:0', '1.2.3.4:65536', '[1.2.3.4]:1', 'fd00::1:51820', '[fd00::1]', '[fd00::1]:', 'host:1', '[fe80::1%1]:1']) expect(parseEndpoint(text), text).toBeUndefined();
  });
});

describe('equalIp', () => {
  it('tells 0.0.0.1 from ::1', () => {
    expect(equalIp(ipv4(1), ipv6(0, 0, 0, 1))).toBe(false);
    expect(equalIp(ipv4(1), ipv4(1))).toBe(true);
  });
});
