/** Joining packets: what comes out, cut again, is what went in; and what must stay apart stays apart. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arenaOver } from '../base/batch.ts';
import { createSums } from './checksum.ts';
import { Coalescer, COALESCER_ROOM, RUNS } from './coalesce.ts';
import { createSimdSums } from './simd-sums.ts';
import { anySpec, buildPacket, PLAIN, readVirtio, slowCut, type PacketSpec, type VirtioHeader } from '../../tests/doubles/ip-packets.ts';

const GAP = 32;
const memory = new WebAssembly.Memory({ initial: Math.ceil((COALESCER_ROOM + 400_000) / 65_536) });
const arena = arenaOver(new Uint8Array(memory.buffer));
const sums = [createSums(arena), createSimdSums(memory)!];
let turn = 0;

interface Written {
  readonly header: VirtioHeader;
  readonly packet: Uint8Array;
}

function join(packets: readonly Uint8Array[], udp = true): Written[] {
  const out: Written[] = [];
  const write = (at: number, length: number): void => {
    const bytes = arena.bytes.slice(at, at + length);
    out.push({ header: readVirtio(bytes), packet: bytes.slice(10) });
  };
  const coalescer = new Coalescer({ arena, sums: sums[turn++ & 1]!, room: 0, udp, write });
  let at = COALESCER_ROOM + GAP;
  for (const packet of packets) {
    arena.bytes.set(packet, at);
    coalescer.add(at, packet.length);
    at += packet.length + GAP;
  }
  coalescer.flush();
  return out;
}

const cutAll = (written: readonly Written[]): Uint8Array[] => written.flatMap(({ header, packet }) => slowCut(header, packet));
const hex = (p: Uint8Array): string => [...p].map((b) => b.toString(16).padStart(2, '0')).join('');

/** The id of an unfragmented packet with DF means nothing (RFC 6864): with equal ids it may come back risen. */
function withoutAtomicId(p: Uint8Array): Uint8Array {
  const copy = p.slice();
  if (copy[0]! >> 4 === 4 && (copy[6]! & 0x7f) === 0x40 && copy[7] === 0) copy.fill(0, 4, 6).fill(0, 10, 12);
  return copy;
}

/** Packets by flow: protocol and addresses and, unless a fragment, ports. Other protocols are flows of their own. */
function byFlow(packets: readonly Uint8Array[]): Map<string, string[]> {
  const flows = new Map<string, string[]>();
  for (const p of packets) {
    const v6 = p[0]! >> 4 === 6;
    const l4 = v6 ? 40 : (p[0]! & 15) * 4;
    const key = `${v6} ${v6 ? p[6] : p[9]} ${hex(v6 ? p.slice(8, 40) : p.slice(12, 20))} ${hex(p.slice(l4, l4 + 4))}`;
    flows.set(key, [...(flows.get(key) ?? []), hex(withoutAtomicId(p))]);
  }
  return flows;
}

/** A stream of `n` packets of one flow, each continuing the one before. */
function stream(n: number, size: number, base: Partial<PacketSpec> = {}): PacketSpec[] {
  const first = { ...PLAIN, ...base };
  return Array.from({ length: n }, (_, i) => ({ ...first, id: (first.id + i) & 0xffff, sequence: (first.sequence + i * size) >>> 0, payload: Array.from({ length: size }, (_, j) => (i * 31 + j) & 255) }));
}

/** Real-looking traffic: a few streams woven together, with single fields of single packets changed. */
const traffic = fc
  .tuple(
    fc.array(fc.record({ spec: anySpec, n: fc.integer({ min: 1, max: 12 }), size: fc.constantFrom(1, 3, 64, 200), last: fc.constantFrom(0, 1, 2), tame: fc.boolean() }), { minLength: 1, maxLength: 4 }),
    fc.array(fc.record({ at: fc.nat(40), change: fc.dictionary(fc.constantFrom('tos', 'ttl', 'id', 'flags', 'window', 'sequence', 'acknowledgement'), fc.nat(255), { maxKeys: 2 }) }), { maxLength: 4 }),
    fc.array(fc.record({ at: fc.nat(40), checksum: fc.constantFrom('wrong' as const, 'zero' as const), fragment: fc.constantFrom(0x4000, 0x2000, 0), headerChecksum: fc.constantFrom('right' as const, 'wrong' as const) }), { maxLength: 2 }),
    fc.array(fc.nat(1_000), { minLength: 60, maxLength: 60 }),
  )
  .map(([streams, changes, faults, order]) => {
    const lanes = streams.map(({ spec, n, size, last, tame }, flow) => {
      const kept: Partial<PacketSpec> = { family: spec.family, protocol: spec.protocol, tcpOptions: spec.tcpOptions, sequence: spec.sequence, id: spec.id, flow: flow + 1, tos: spec.tos };
      const made = stream(n, size, tame ? kept : { ...spec, flags: 0x10, flow: flow + 1 });
      return made.map((p, i) => (i === n - 1 ? { ...p, payload: p.payload.slice(last), flags: last === 1 ? 0x18 : p.flags } : p));
    });
    const woven: PacketSpec[] = [];
    for (const pick of order) {
      const open = lanes.filter((lane) => lane.length > 0);
      if (open.length > 0) woven.push(open[pick % open.length]!.shift()!);
    }
    for (const { at, change } of changes) if (at < woven.length) woven[at] = { ...woven[at]!, ...change };
    for (const { at, ...fault } of faults) if (at < woven.length) woven[at] = { ...woven[at]!, ...fault };
    return woven.map(buildPacket);
  });

describe('joining and cutting again', () => {
  it('gives back woven, damaged traffic, in order within each flow', () => {
    let joined = 0;
    fc.assert(
      fc.property(traffic, fc.boolean(), (packets, udp) => {
        const written = join(packets, udp);
        joined += packets.length - written.length;
        expect(byFlow(cutAll(written))).toEqual(byFlow(packets));
      }),
      { numRuns: 500 },
    );
    expect(joined, 'a test in which nothing is joined proves nothing').toBeGreaterThan(500);
  });

  it('gives back packets that have nothing to do with each other', () => {
    fc.assert(fc.property(fc.array(anySpec.map(buildPacket), { maxLength: 12 }), (packets) => void expect(byFlow(cutAll(join(packets)))).toEqual(byFlow(packets))));
  });

  it('passes any bytes without a throw and without loss', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ minLength: 20, maxLength: 120 }), { maxLength: 6 }), (packets) => void expect(cutAll(join(packets)).map(hex).toSorted()).toEqual(packets.map(hex).toSorted())));
  });
});

const one = (specs: readonly PacketSpec[], udp = true): number[] => join(specs.map(buildPacket), udp).map((w) => w.packet.length);
const both = [4, 6] as const;

describe('what is joined', () => {
  it.each(both)('a TCP stream over IPv%i becomes one super-packet', (family) => {
    const written = join(stream(10, 100, { family, tcpOptions: [1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8] }).map(buildPacket));
    const l4 = family === 4 ? 20 : 40;
    expect(written.map((w) => w.header)).toEqual([{ flags: 1, type: family === 4 ? 1 : 4, headerLength: l4 + 32, segment: 100, start: l4, offset: 16 }]);
  });
  it.each(both)('a UDP stream over IPv%i does too, where the device takes it', (family) => {
    const specs = stream(10, 100, { family, protocol: 'udp' });
    const l4 = family === 4 ? 20 : 40;
    expect(join(specs.map(buildPacket)).map((w) => w.header)).toEqual([{ flags: 1, type: 5, headerLength: l4 + 8, segment: 100, start: l4, offset: 6 }]);
    expect(one(specs, false)).toHaveLength(10);
  });
  it('a shorter packet is the last', () => expect(one([...stream(3, 100), ...stream(1, 40, { id: 4, sequence: 1_300 }), ...stream(2, 40, { id: 5, sequence: 1_340 })])).toHaveLength(2));
  it('a PSH is the last and is kept', () => {
    const specs = stream(4, 100);
    specs[2] = { ...specs[2]!, flags: 0x18 };
    const written = join(specs.map(buildPacket));
    expect(written.map((w) => [w.packet.length, w.packet[33]])).toEqual([[340, 0x18], [140, 0x10]]);
  });
  it('sequence numbers and ids that wrap', () => expect(one(stream(4, 100, { sequence: 0xffff_ff80, id: 0xfffe }))).toHaveLength(1));
  it('equal ids with DF, not without', () => {
    const fixed = (fragment: number): PacketSpec[] => stream(4, 100, { fragment }).map((p) => ({ ...p, id: 0 }));
    expect(one(fixed(0x4000))).toHaveLength(1);
    expect(one(fixed(0))).toHaveLength(4);
  });
  it('never more than 64 packets or 65,535 bytes', () => {
    expect(one(stream(130, 10)).map((length) => (length - 40) / 10)).toEqual([64, 64, 2]);
    for (const length of one(stream(60, 1_400))) expect(length).toBeLessThanOrEqual(65_535);
    expect(one(stream(60, 1_400)).map((length) => (length - 40) / 1_400)).toEqual([46, 14]);
  });
  it('streams that are woven together, up to the runs there are', () => {
    const woven = (flows: number): PacketSpec[] => {
      const lanes = Array.from({ length: flows }, (_, i) => stream(5, 50, { flow: i + 1 }));
      return [0, 1, 2, 3, 4].flatMap((i) => lanes.map((lane) => lane[i]!));
    };
    expect(one(woven(RUNS))).toHaveLength(RUNS);
    expect(one(woven(RUNS + 1)).length).toBeGreaterThan(RUNS + 1);
  });
});

describe('what stays apart', () => {
  const differences: readonly (readonly [string, Partial<PacketSpec>])[] = [
    ['another flow', { flow: 9 }],
    ['another TOS', { tos: 4 }],
    ['another ECN mark', { tos: 3 }],
    ['another TTL', { ttl: 63 }],
    ['another DF', { fragment: 0 }],
    ['the reserved IP flag', { fragment: 0xc000 }],
    ['a fragment', { fragment: 0x2000 }],
    ['an id that does not rise', { id: 77 }],
    ['IP options', { ipOptions: 1 }],
    ['a gap', { sequence: 1_101 }],
    ['a repeat', { sequence: 1_000 }],
    ['another acknowledgement', { acknowledgement: 8 }],
    ['another window', { window: 501 }],
    ['other options', { tcpOptions: [1, 1, 1, 1] }],
    ['FIN', { flags: 0x11 }],
    ['SYN', { flags: 0x12 }],
    ['RST', { flags: 0x14 }],
    ['URG', { flags: 0x30 }],
    ['ECE', { flags: 0x50 }],
    ['CWR', { flags: 0x90 }],
    ['a wrong checksum', { checksum: 'wrong' }],
    ['a wrong header checksum', { headerChecksum: 'wrong' }],
    ['a longer packet', { payload: new Array<number>(101).fill(1) }],
    ['no payload', { payload: [] }],
    ['another protocol', { protocol: 'udp' }],
    ['another family', { family: 6 }],
  ];
  it.each(differences)('%s', (_, change) => {
    const [a, b] = stream(2, 100);
    expect(one([a!, b!])).toHaveLength(1);
    const packets = [a!, { ...b!, ...change }].map(buildPacket);
    expect(join(packets).map((w) => [w.header.type, hex(w.packet)])).toEqual(packets.map((p) => [0, hex(p)]));
  });

  it('a first packet with a wrong checksum', () => {
    const [a, b] = stream(2, 100);
    expect(one([{ ...a!, checksum: 'wrong' }, b!])).toHaveLength(2);
    expect(one([{ ...a!, headerChecksum: 'wrong' }, b!])).toHaveLength(2);
  });

  it('UDP without a checksum, and UDP of a wrong length', () => {
    const [a, b] = stream(2, 100, { protocol: 'udp' });
    expect(one([a!, { ...b!, checksum: 'zero' }])).toHaveLength(2);
    expect(one([{ ...a!, checksum: 'zero' }, { ...b!, checksum: 'zero' }])).toHaveLength(2);
    const short = [a!, b!].map(buildPacket);
    short[1]![25] = 50;
    expect(join(short)).toHaveLength(2);
  });

  it('a packet that is not joined never overtakes its flow', () => {
    const [a, b, c] = stream(3, 100);
    const ack = { ...b!, payload: [] };
    expect(cutAll(join([a!, ack, b!, c!].map(buildPacket))).map(hex)).toEqual([a!, ack, b!, c!].map(buildPacket).map(hex));
  });
});
