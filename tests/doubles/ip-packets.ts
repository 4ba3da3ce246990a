/**
 * For the tests of app/offload: builds packets field by field, and a slow, obvious cutter of super-packets that shares no
 * code with segment.ts (it works on plain arrays, in network order, one word at a time).
 */
import * as fc from 'fast-check';

export interface PacketSpec {
  readonly family: 4 | 6;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly flow: number;
  readonly tos: number;
  readonly ttl: number;
  readonly id: number;
  /** IPv4 flags and fragment offset, as the 16-bit word. */
  readonly fragment: number;
  readonly ipOptions: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly window: number;
  readonly tcpOptions: readonly number[];
  readonly payload: readonly number[];
  readonly checksum: 'right' | 'wrong' | 'zero';
  readonly headerChecksum: 'right' | 'wrong';
}

export const PLAIN: PacketSpec = {
  family: 4, protocol: 'tcp', flow: 1, tos: 0, ttl: 64, id: 1, fragment: 0x4000, ipOptions: 0, sequence: 1_000, acknowledgement: 7, flags: 0x10, window: 500, tcpOptions: [], payload: [1, 2, 3],
  checksum: 'right', headerChecksum: 'right',
};

const u16 = (n: number): number[] => [(n >>> 8) & 255, n & 255];
const u32 = (n: number): number[] => [...u16(n >>> 16), ...u16(n & 0xffff)];
const put16 = (bytes: number[], at: number, n: number): void => void bytes.splice(at, 2, ...u16(n));
const get16 = (bytes: readonly number[], at: number): number => bytes[at]! * 256 + bytes[at + 1]!;

/** RFC 1071, word by word. */
export function slowSum(bytes: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
}

const PROTOCOL = { tcp: 6, udp: 17, icmp: 1 } as const;

function addresses(spec: PacketSpec): number[] {
  return spec.family === 4 ? [10, 0, 0, spec.flow, 10, 0, 1, 9] : [0xfd, ...new Array<number>(14).fill(0), spec.flow, 0xfd, ...new Array<number>(14).fill(1), 9];
}

export function buildPacket(spec: PacketSpec): Uint8Array {
  const protocol = PROTOCOL[spec.protocol];
  const ports = [...u16(4_000 + spec.flow), ...u16(80)];
  let l4: number[];
  let checksumAt: number;
  if (spec.protocol === 'tcp') {
    const options = [...spec.tcpOptions, ...new Array<number>((4 - (spec.tcpOptions.length & 3)) & 3).fill(1)];
    l4 = [...ports, ...u32(spec.sequence), ...u32(spec.acknowledgement), ((20 + options.length) / 4) << 4, spec.flags, ...u16(spec.window), 0, 0, 0, 0, ...options, ...spec.payload];
    checksumAt = 16;
  } else if (spec.protocol === 'udp') {
    l4 = [...ports, ...u16(8 + spec.payload.length), 0, 0, ...spec.payload];
    checksumAt = 6;
  } else {
    l4 = [8, 0, 0, 0, ...u16(spec.flow), ...u16(1), ...spec.payload];
    checksumAt = 2;
  }
  const pseudo = [...addresses(spec), 0, protocol, ...u16(l4.length)];
  const sum = ~slowSum([...pseudo, ...l4]) & 0xffff;
  const right = sum === 0 && spec.protocol === 'udp' ? 0xffff : sum;
  put16(l4, checksumAt, spec.checksum === 'zero' ? 0 : spec.checksum === 'wrong' ? right ^ 0x5a5a : right);
  if (spec.family === 6) return Uint8Array.from([0x60 | (spec.tos >> 4), (spec.tos & 15) << 4, 0, 5, ...u16(l4.length), protocol, spec.ttl, ...addresses(spec), ...l4]);
  const header = [0x45 + spec.ipOptions, spec.tos, ...u16(20 + 4 * spec.ipOptions + l4.length), ...u16(spec.id), ...u16(spec.fragment), spec.ttl, protocol, 0, 0, ...addresses(spec), ...new Array<number>(4 * spec.ipOptions).fill(1)];
  put16(header, 10, (~slowSum(header) & 0xffff) ^ (spec.headerChecksum === 'wrong' ? 0x0f0f : 0));
  return Uint8Array.from([...header, ...l4]);
}

export interface VirtioHeader {
  readonly flags: number;
  readonly type: number;
  readonly headerLength: number;
  readonly segment: number;
  readonly start: number;
  readonly offset: number;
}

export function virtioBytes(h: VirtioHeader): number[] {
  return [h.flags, h.type, ...[h.headerLength, h.segment, h.start, h.offset].flatMap((n) => [n & 255, n >>> 8])];
}

export function readVirtio(bytes: Uint8Array): VirtioHeader {
  const at = (i: number): number => bytes[i]! + bytes[i + 1]! * 256;
  return { flags: bytes[0]!, type: bytes[1]!, headerLength: at(2), segment: at(4), start: at(6), offset: at(8) };
}

/** What a device without offloads would have been given. */
export function slowCut(header: VirtioHeader, packet: Uint8Array): Uint8Array[] {
  const whole = [...packet];
  const type = header.type & 0x7f;
  if (type === 0) {
    if ((header.flags & 1) === 0) return [packet];
    const sum = ~slowSum(whole.slice(header.start)) & 0xffff;
    put16(whole, header.start + header.offset, sum === 0 && header.offset === 6 ? 0xffff : sum);
    return [Uint8Array.from(whole)];
  }
  const udp = type === 5;
  const v6 = whole[0]! >> 4 === 6;
  const size = udp ? 8 : (whole[header.start + 12]! >> 4) * 4;
  const head = whole.slice(0, header.start + size);
  const payload = whole.slice(header.start + size);
  const out: Uint8Array[] = [];
  for (let done = 0; done < payload.length; done += header.segment) {
    const part = payload.slice(done, done + header.segment);
    const last = done + header.segment >= payload.length;
    const p = [...head, ...part];
    const l4 = header.start;
    if (v6) {
      put16(p, 4, p.length - 40);
    } else {
      put16(p, 2, p.length);
      put16(p, 4, get16(p, 4) + out.length);
      put16(p, 10, 0);
      put16(p, 10, ~slowSum(p.slice(0, l4)) & 0xffff);
    }
    if (udp) {
      put16(p, l4 + 4, part.length + 8);
    } else {
      const sequence = (get16(p, l4 + 4) * 65_536 + get16(p, l4 + 6) + done) % 2 ** 32;
      p.splice(l4 + 4, 4, ...u32(sequence));
      if (!last) p[l4 + 13]! &= ~0x09;
      if (out.length > 0) p[l4 + 13]! &= ~0x80;
    }
    const at = l4 + (udp ? 6 : 16);
    put16(p, at, 0);
    const pseudo = v6 ? p.slice(8, 40) : p.slice(12, 20);
    const sum = ~slowSum([...pseudo, 0, udp ? 17 : 6, ...u16(p.length - l4), ...p.slice(l4)]) & 0xffff;
    put16(p, at, udp && sum === 0 ? 0xffff : sum);
    out.push(Uint8Array.from(p));
  }
  return out;
}

/** A super-packet as Linux hands it over: pseudo-header sum in the checksum field, lengths of the whole. */
export function buildSuper(spec: PacketSpec & { readonly protocol: 'tcp' | 'udp' }, segment: number): { header: VirtioHeader; packet: Uint8Array } {
  const bytes = [...buildPacket({ ...spec, fragment: spec.fragment & 0x4000, checksum: 'right', headerChecksum: 'right' })];
  const start = spec.family === 4 ? 20 + 4 * spec.ipOptions : 40;
  const offset = spec.protocol === 'udp' ? 6 : 16;
  const size = spec.protocol === 'udp' ? 8 : (bytes[start + 12]! >> 4) * 4;
  const pseudo = [...addresses(spec), 0, PROTOCOL[spec.protocol], ...u16(bytes.length - start)];
  put16(bytes, start + offset, slowSum(pseudo));
  const type = spec.protocol === 'udp' ? 5 : spec.family === 4 ? 1 : 4;
  return { header: { flags: 1, type, headerLength: start + size, segment, start, offset }, packet: Uint8Array.from(bytes) };
}

/** Any bytes, mostly few (fast-check prefers short arrays). */
export const bytesOf = (max: number): fc.Arbitrary<number[]> => fc.array(fc.nat(255), { maxLength: max });

/** Of any length up to `max`, all as likely. */
export const payloadOf = (max: number): fc.Arbitrary<number[]> => fc.tuple(fc.nat(max), fc.nat(255)).map(([length, seed]) => Array.from({ length }, (_, i) => (seed + i * i * 7) & 255));

export const anySpec: fc.Arbitrary<PacketSpec> = fc.record({
  family: fc.constantFrom(4 as const, 6 as const),
  protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'icmp' as const),
  flow: fc.integer({ min: 1, max: 3 }),
  tos: fc.nat(255),
  ttl: fc.nat(255),
  id: fc.nat(65_535),
  fragment: fc.constantFrom(0, 0x4000, 0x2000, 0x0010, 0x8000),
  ipOptions: fc.constantFrom(0, 0, 0, 2),
  sequence: fc.oneof(fc.nat(0xffff_ffff), fc.constant(0xffff_fff0)),
  acknowledgement: fc.nat(0xffff_ffff),
  flags: fc.nat(255),
  window: fc.nat(65_535),
  tcpOptions: bytesOf(12),
  payload: payloadOf(300),
  checksum: fc.constantFrom('right' as const, 'right' as const, 'wrong' as const, 'zero' as const),
  headerChecksum: fc.constantFrom('right' as const, 'right' as const, 'right' as const, 'wrong' as const),
});
