import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arenaOver } from '../base/batch.ts';
import { parseIp } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import { createInnerHeader, readIpHeader } from './ip-packet.ts';
import { decodeTsmp, encodeTsmp, encodeTsmpPacket, PROTOCOL_TSMP, type TsmpMessage } from './tsmp.ts';

const of = (bytes: Uint8Array): ReturnType<typeof decodeTsmp> => decodeTsmp(arenaOver(bytes), 0, bytes.length);
const bytes = (n: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: n, maxLength: n });
const port = fc.nat(65_535);
const message: fc.Arbitrary<TsmpMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('reject' as const),
    protocol: fc.nat(255),
    reason: fc.constantFrom('rules' as const, 'shields-up' as const, 'forwarding-off' as const, 'host-firewall' as const, 'unknown-destination' as const, 'unknown' as const),
    sourcePort: port,
    destinationPort: port,
    maybeBroken: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('ping' as const), data: bytes(8) }),
  fc.record({ kind: fc.constant('pong' as const), data: bytes(8), apiPort: fc.option(port, { nil: undefined }) }),
  fc.record({ kind: fc.constant('disco-key' as const), key: bytes(32) }),
);

describe('TSMP', () => {
  it('lays messages out as the sources describe them, byte by byte', () => {
    const reject = { kind: 'reject', protocol: 6, reason: 'rules', sourcePort: 0x1234, destinationPort: 22, maybeBroken: false } as const;
    expect([...encodeTsmp(reject)]).toEqual([0x21, 6, 0x41, 0x12, 0x34, 0, 22]);
    expect([...encodeTsmp({ ...reject, reason: 'shields-up', maybeBroken: true })]).toEqual([0x21, 6, 0x53, 0x12, 0x34, 0, 22, 1]);
    expect([...encodeTsmp({ kind: 'ping', data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) })]).toEqual([0x70, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...encodeTsmp({ kind: 'pong', data: new Uint8Array(8), apiPort: 0x0102 })]).toEqual([0x6f, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
    expect([...encodeTsmp({ kind: 'disco-key', key: new Uint8Array(32).fill(9) })]).toEqual([0x61, ...new Array<number>(32).fill(9)]);
  });

  it('knows each letter of a reason, and says unknown to others', () => {
    const reasons = [...'ASFWTz'].map((letter) => of(Uint8Array.of(0x21, 6, letter.charCodeAt(0), 0, 1, 0, 2)));
    expect(reasons.map((m) => (isReject(m) || m.kind !== 'reject' ? m : m.reason))).toEqual(['rules', 'shields-up', 'forwarding-off', 'host-firewall', 'unknown-destination', 'unknown']);
  });

  it('gives back what was encoded', () => {
    fc.assert(fc.property(message, (m) => void expect(of(encodeTsmp(m))).toEqual(m)));
  });

  it('takes any bytes at all without a throw, and refuses what is cut', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 50 }), (b) => void expect(of(b)).toBeDefined()));
    fc.assert(
      fc.property(message, fc.nat(40), (m, cut) => {
        const whole = encodeTsmp(m);
        const least = m.kind === 'reject' ? 7 : m.kind === 'pong' ? 9 : whole.length;
        expect(isReject(of(whole.subarray(0, Math.min(cut, least - 1))))).toBe(true);
      }),
    );
    expect(of(Uint8Array.of(0x7a, 1, 2))).toEqual({ refused: 'tsmp: unknown type' });
  });

  it('stands in a sound IP packet of either family', () => {
    for (const [from, to] of [['100.64.0.1', '100.64.0.2'], ['fd00::1', 'fd00::2']] as const) {
      const packet = encodeTsmpPacket(parseIp(from)!, parseIp(to)!, { kind: 'ping', data: new Uint8Array(8) });
      const header = createInnerHeader();
      expect(readIpHeader(arenaOver(packet), 0, packet.length, header)).toBe('ok');
      expect([header.protocol, header.length, header.d3 & 0xff, header.s3 & 0xff]).toEqual([PROTOCOL_TSMP, packet.length, 2, 1]);
      expect(decodeTsmp(arenaOver(packet), header.headerLength, header.length - header.headerLength)).toMatchObject({ kind: 'ping' });
    }
  });
});
