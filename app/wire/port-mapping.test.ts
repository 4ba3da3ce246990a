/** NAT-PMP and PCP on the wire: the layouts of RFC 6886 and RFC 6887 byte by byte, round trips, and anything at all. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBytes, ipv4, parseIp, type IpAddress } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import { decodeNatPmpRequest, decodeNatPmpResponse, encodeNatPmpRequest, encodeNatPmpResponse, type NatPmpResponse } from './nat-pmp.ts';
import { decodePcpRequest, decodePcpResponse, encodePcpRequest, encodePcpResponse, type PcpMapping } from './pcp.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(text.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const same = (bytes: Uint8Array, text: string): void => expect(toHex(bytes)).toBe(toHex(hex(text)));

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const v4 = u32.map((word) => ipv4(word));
const address: fc.Arbitrary<IpAddress> = fc.oneof(v4, fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => fromBytes(Uint8Array.of(0x20, ...bytes.subarray(1)))));
const mapping: fc.Arbitrary<PcpMapping> = fc.record({ nonce: fc.uint8Array({ minLength: 12, maxLength: 12 }), protocol: fc.nat(255), internalPort: u16, externalPort: u16, externalAddress: address });

describe('NAT-PMP', () => {
  it('asks as RFC 6886 sections 3.2 and 3.3 draw it', () => {
    same(encodeNatPmpRequest({ kind: 'address' }), '00 00');
    same(encodeNatPmpRequest({ kind: 'map', internalPort: 41_641, externalPort: 41_642, lifetimeS: 7_200 }), '00 01 0000 a2a9 a2aa 00001c20');
  });

  it('is answered as sections 3.2 and 3.3 draw it, and a refusal may be short', () => {
    expect(decodeNatPmpResponse(hex('00 80 0000 00000e10 cb007105'))).toEqual({ kind: 'address', epochS: 3_600, address: parseIp('203.0.113.5') });
    expect(decodeNatPmpResponse(hex('00 81 0000 00000e10 a2a9 c000 00000e10'))).toEqual({ kind: 'map', epochS: 3_600, internalPort: 41_641, externalPort: 49_152, lifetimeS: 3_600 });
    expect(decodeNatPmpResponse(hex('00 81 0002 00000e10'))).toEqual({ kind: 'refused', of: 'map', epochS: 3_600, result: 2 });
    expect(decodeNatPmpResponse(hex('00 80 0003 00000001 00000000'))).toEqual({ kind: 'refused', of: 'address', epochS: 1, result: 3 });
  });

  it('refuses what is cut short, of another version, or a request', () => {
    for (const bytes of ['', '00', '00 80 0000 000000', '00 80 0000 00000e10 cb0071', '00 81 0000 00000e10 a2a9 c000 000000', '01 80 0000 00000e10 cb007105', '00 00 0000 00000e10 cb007105', '00 82 0000 00000e10 a2a9 c000 00000e10']) {
      expect(isReject(decodeNatPmpResponse(hex(bytes))), bytes).toBe(true);
    }
    for (const bytes of ['', '00', '02 00', '00 02 0000 a2a9 a2aa 00001c20', '00 01 0000 a2a9 a2aa 00001c']) expect(isReject(decodeNatPmpRequest(hex(bytes))), bytes).toBe(true);
  });

  it('reads back what it wrote', () => {
    const request = fc.oneof(fc.constant({ kind: 'address' } as const), fc.record({ kind: fc.constant('map' as const), internalPort: u16, externalPort: u16, lifetimeS: u32 }));
    fc.assert(fc.property(request, (value) => void expect(decodeNatPmpRequest(encodeNatPmpRequest(value))).toEqual(value)));
    const response: fc.Arbitrary<NatPmpResponse> = fc.oneof(
      fc.record({ kind: fc.constant('address' as const), epochS: u32, address: v4 }),
      fc.record({ kind: fc.constant('map' as const), epochS: u32, internalPort: u16, externalPort: u16, lifetimeS: u32 }),
      fc.record({ kind: fc.constant('refused' as const), of: fc.constantFrom('address' as const, 'map' as const), epochS: u32, result: fc.integer({ min: 1, max: 0xffff }) }),
    );
    fc.assert(fc.property(response, (value) => void expect(decodeNatPmpResponse(encodeNatPmpResponse(value))).toEqual(value)));
  });
});

describe('PCP', () => {
  const client = parseIp('192.168.1.7')!;

  it('asks as RFC 6887 sections 7.1, 11.1 and 14.1 draw it', () => {
    same(encodePcpRequest({ kind: 'announce', client }), '02 00 0000 00000000 00000000000000000000ffffc0a80107');
    same(
      encodePcpRequest({ kind: 'map', client, lifetimeS: 7_200, mapping: { nonce: hex('0102030405060708090a0b0c'), protocol: 17, internalPort: 41_641, externalPort: 41_642, externalAddress: ipv4(0) } }),
      '02 01 0000 00001c20 00000000000000000000ffffc0a80107 0102030405060708090a0b0c 11 000000 a2a9 a2aa 00000000000000000000ffff00000000',
    );
  });

  it('is answered as sections 7.2 and 11.1 draw it, in either family', () => {
    expect(decodePcpResponse(hex('02 80 00 00 00000000 00000e10 000000000000000000000000'))).toEqual({ kind: 'announce', result: 0, lifetimeS: 0, epochS: 3_600 });
    expect(decodePcpResponse(hex('02 81 00 00 00001c20 00000e10 000000000000000000000000 0102030405060708090a0b0c 11 000000 a2a9 c000 00000000000000000000ffffcb007105'))).toEqual({
      kind: 'map', result: 0, lifetimeS: 7_200, epochS: 3_600,
      mapping: { nonce: hex('0102030405060708090a0b0c'), protocol: 17, internalPort: 41_641, externalPort: 49_152, externalAddress: parseIp('203.0.113.5') },
    });
  });

  it('refuses what is cut short, too long, of another version, or of the other direction', () => {
    const good = encodePcpResponse({ kind: 'announce', result: 0, lifetimeS: 0, epochS: 1 });
    const map = encodePcpResponse({ kind: 'map', result: 0, lifetimeS: 0, epochS: 1, mapping: { nonce: new Uint8Array(12), protocol: 17, internalPort: 1, externalPort: 2, externalAddress: ipv4(1) } });
    const long = new Uint8Array(1_101);
    long.set(good);
    for (const bytes of [good.subarray(0, 23), map.subarray(0, 59), long, Uint8Array.of(1, ...good.subarray(1)), encodePcpRequest({ kind: 'announce', client })]) expect(isReject(decodePcpResponse(bytes))).toBe(true);
    expect(isReject(decodePcpRequest(good))).toBe(true);
  });

  it('reads back what it wrote', () => {
    const request = fc.oneof(fc.record({ kind: fc.constant('announce' as const), client: address }), fc.record({ kind: fc.constant('map' as const), client: address, lifetimeS: u32, mapping }));
    fc.assert(fc.property(request, (value) => void expect(decodePcpRequest(encodePcpRequest(value))).toEqual(value)));
    const head = { result: fc.nat(255), lifetimeS: u32, epochS: u32 };
    const response = fc.oneof(fc.record({ kind: fc.constant('announce' as const), ...head }), fc.record({ kind: fc.constant('map' as const), ...head, mapping }));
    fc.assert(fc.property(response, (value) => void expect(decodePcpResponse(encodePcpResponse(value))).toEqual(value)));
  });
});

it('any bytes at all give a value or a Reject', () => {
  const bytes = fc.tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(0, 1, 2, 128, 129, 130), fc.uint8Array({ maxLength: 80 })).map(([version, op, rest]) => Uint8Array.of(version, op, ...rest));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), bytes), (any) => {
      for (const decode of [decodeNatPmpRequest, decodeNatPmpResponse, decodePcpRequest, decodePcpResponse]) expect(['kind', 'refused'].some((key) => key in decode(any))).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});
