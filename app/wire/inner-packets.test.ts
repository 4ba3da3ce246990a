/** Inner packets: headers, echoes and the checksum. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arenaOver } from '../base/batch.ts';
import { ipv4, ipv6 } from '../base/ip.ts';
import { internetChecksum } from './checksum.ts';
import { decodeEcho, encodeEcho } from './icmp-echo.ts';
import { createInnerHeader, readIpHeader } from './ip-packet.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });
const echo = fc.record({ kind: fc.constantFrom('request' as const, 'reply' as const), identifier: fc.nat(0xffff), sequence: fc.nat(0xffff), payload: fc.uint8Array({ maxLength: 200 }) });
const ends = fc.oneof(
  fc.tuple(word, word).map(([s, d]) => [ipv4(s), ipv4(d)] as const),
  fc.tuple(word, word, word, word).map(([a, b, c, d]) => [ipv6(a, b, c, d), ipv6(d, c, b, a)] as const),
);

describe('the Internet checksum', () => {
  it('sums the example of RFC 1071 section 3', () => {
    expect(internetChecksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7), 0, 8, 0)).toBe(~0xddf2 & 0xffff);
  });

  it('is 0 over data that carries it, whatever the length and place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 99 }), fc.nat(5), (bytes, lead) => {
        const data = new Uint8Array(lead + bytes.length);
        data.set(bytes, lead);
        data[lead] = data[lead + 1] = 0;
        const sum = internetChecksum(data, lead, bytes.length, 0);
        data[lead] = sum >>> 8;
        data[lead + 1] = sum & 255;
        expect(internetChecksum(data, lead, bytes.length, 0)).toBe(0);
      }),
    );
  });
});

describe('readIpHeader', () => {
  it('never throws, reads nothing outside, and says ok only for a length that was given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.nat(20), fc.constantFrom(4, 6, 0, 15), (bytes, at, version) => {
        const arena = arenaOver(Uint8Array.from([...new Array<number>(at).fill(0), ...bytes]));
        arena.bytes[at] = (version << 4) | (bytes[0]! & 15);
        const out = createInnerHeader();
        const verdict = readIpHeader(arena, at, bytes.length, out);
        if (verdict !== 'ok') return;
        expect([4, 6]).toContain(version);
        expect(out.length).toBeLessThanOrEqual(bytes.length);
        expect(out.length).toBeGreaterThanOrEqual(out.headerLength);
        expect(out.headerLength).toBeGreaterThanOrEqual(out.family === 4 ? 20 : 40);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses what is no IP packet, and lengths that lie', () => {
    const read = (bytes: Uint8Array, available = bytes.length): string => readIpHeader(arenaOver(bytes), 0, available, createInnerHeader());
    const good = encodeEcho(ipv4(1), ipv4(2), { kind: 'request', identifier: 1, sequence: 1, payload: new Uint8Array(4) });
    const changed = (at: number, value: number): Uint8Array => Uint8Array.from(good.map((byte, i) => (i === at ? value : byte)));
    expect(read(good)).toBe('ok');
    expect(read(new Uint8Array(0))).toBe('not-ip');
    expect(read(new Uint8Array(64))).toBe('not-ip');
    expect(read(good.subarray(0, 19))).toBe('not-ip');
    expect(read(changed(0, 0x44))).toBe('bad-length');
    expect(read(changed(0, 0x4f))).toBe('bad-length');
    expect(read(changed(3, 33))).toBe('bad-length');
    expect(read(changed(3, 19))).toBe('bad-length');
    expect(read(changed(0, 0x65))).toBe('bad-length');
  });
});

describe('an echo', () => {
  it('survives the way there and back, padded as WireGuard pads', () => {
    fc.assert(
      fc.property(ends, echo, fc.nat(15), ([source, destination], message, padding) => {
        const packet = encodeEcho(source, destination, message);
        const padded = new Uint8Array(packet.length + padding);
        padded.set(packet);
        const header = createInnerHeader();
        expect(readIpHeader(arenaOver(padded), 0, padded.length, header)).toBe('ok');
        expect(header.length).toBe(packet.length);
        expect([header.s0, header.s1, header.s2, header.s3]).toEqual([source.w0, source.w1, source.w2, source.w3]);
        expect([header.d0, header.d1, header.d2, header.d3]).toEqual([destination.w0, destination.w1, destination.w2, destination.w3]);
        expect(decodeEcho(padded.subarray(0, header.length), header.family, header.headerLength, header.protocol)).toEqual(message);
        if (source.family === 4) expect(internetChecksum(packet, 0, 20, 0)).toBe(0);
      }),
    );
  });

  it('is not read when any byte of it changed', () => {
    fc.assert(
      fc.property(ends, echo, fc.nat(), fc.integer({ min: 1, max: 255 }), ([source, destination], message, at, flip) => {
        const packet = encodeEcho(source, destination, message);
        const headerLength = source.family === 4 ? 20 : 40;
        const i = headerLength + (at % (packet.length - headerLength));
        packet[i]! ^= flip;
        expect(decodeEcho(packet, source.family, headerLength, source.family === 4 ? 1 : 58)).toBeUndefined();
      }),
    );
  });

  it('is not read from another protocol, a short body or another message', () => {
    const packet = encodeEcho(ipv4(1), ipv4(2), { kind: 'reply', identifier: 1, sequence: 2, payload: new Uint8Array(0) });
    expect(decodeEcho(packet, 4, 20, 17)).toBeUndefined();
    expect(decodeEcho(packet.subarray(0, 27), 4, 20, 1)).toBeUndefined();
    expect(() => encodeEcho(ipv4(1), ipv6(0, 0, 0, 1), { kind: 'reply', identifier: 1, sequence: 2, payload: new Uint8Array(0) })).toThrow();
  });
});
