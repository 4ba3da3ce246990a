/** STUN: published vectors, round trips, and that no bytes throw. */
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatEndpoint, ipv4, ipv6, type IpEndpoint } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import { decodeStunRequest, decodeStunResponse, encodeStunRequest, encodeStunResponse, isStun } from './stun.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const tx = bytes('b7e7a701bc34d686fa87dfae');
const endpoint: fc.Arbitrary<IpEndpoint> = fc.record({
  address: fc.oneof(fc.nat(0xffffffff).map((n) => ipv4(n)), fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(0xffffffff)).map(([a, b, c, d]) => ipv6(a, b, c, d))),
  port: fc.nat(65_535),
});

describe('a response', () => {
  it('of RFC 5769 section 2.2 says 192.0.2.1:32853', () => {
    const sample = bytes(`0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
      00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96`);
    const read = decodeStunResponse(sample);
    expect(isReject(read) ? read : { tx: read.tx, seen: formatEndpoint(read.seen) }).toEqual({ tx, seen: '192.0.2.1:32853' });
  });

  it('of RFC 5769 section 2.3 says [2001:db8:1234:5678:11:2233:4455:6677]:32853', () => {
    const sample = bytes(`01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200014 0002a147 0113a9fa a5d3f179
      bc25f4b5 bed2b9d9 00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c`);
    const read = decodeStunResponse(sample);
    expect(isReject(read) ? read : formatEndpoint(read.seen)).toBe('[2001:db8:1234:5678:11:2233:4455:6677]:32853');
  });

  it('says what was written, with bytes behind it or not', () => {
    fc.assert(
      fc.property(endpoint, fc.uint8Array({ maxLength: 9 }), (seen, behind) => {
        const written = encodeStunResponse(tx, seen);
        expect(decodeStunResponse(Uint8Array.of(...written, ...behind))).toEqual({ tx, seen });
      }),
    );
  });

  it('of a relay that listens for both families on one socket says IPv4', () => {
    // 192.0.2.1:32853 as ::ffff:192.0.2.1, which is what derper 1.102.5 sends: 44 bytes.
    const sample = bytes('01010018 2112a442 b7e7a701bc34d686fa87dfae 00200014 0002a147 2112a442 b7e7a701 bc342979 3a87ddaf');
    expect(decodeStunResponse(sample)).toEqual({ tx, seen: { address: ipv4(0xc0000201), port: 32_853 } });
  });

  it('that is cut anywhere, or is one of another kind, gives no address', () => {
    fc.assert(
      fc.property(endpoint, fc.nat(40), (seen, cut) => {
        const whole = encodeStunResponse(tx, seen);
        const rest = whole.slice(0, Math.min(cut, whole.length - 1));
        expect(isReject(decodeStunResponse(rest))).toBe(true);
        for (const [high, low] of [[0x01, 0x11], [0x00, 0x01], [0x00, 0x11]] as const) expect(isReject(decodeStunResponse(Uint8Array.of(high, low, ...whole.subarray(2))))).toBe(true);
      }),
    );
  });

  it('with the plain attribute alone is understood', () => {
    expect(decodeStunResponse(bytes('0101000c 2112a442 b7e7a701bc34d686fa87dfae 00010008 00018055 c0000201'))).toEqual({ tx, seen: { address: ipv4(0xc0000201), port: 32_853 } });
  });
});

describe('a request', () => {
  it('is the forty bytes that servers want', () => {
    const request = encodeStunRequest(tx);
    expect(request).toHaveLength(40);
    expect(request.subarray(0, 36)).toEqual(bytes('00010014 2112a442 b7e7a701bc34d686fa87dfae 80220008 7461696c6e6f6465 80280004'));
    expect(new DataView(request.buffer).getUint32(36)).toBe((crc32(request.subarray(0, 32)) ^ 0x5354554e) >>> 0);
    expect(isStun(request)).toBe(true);
    expect(decodeStunRequest(request)).toEqual(tx);
  });

  it('with any byte changed is not answered', () => {
    for (let i = 0; i < 40; i++) {
      const changed = encodeStunRequest(tx);
      changed[i]! ^= 1;
      expect(isReject(decodeStunRequest(changed))).toBe(true);
    }
  });
});

it('takes any bytes without throwing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (random, cookie) => {
      if (cookie && random.length >= 20) random.set(bytes('0101002c2112a442'), 0);
      decodeStunResponse(random);
      decodeStunRequest(random);
      isStun(random);
    }),
    { numRuns: 500 },
  );
});
