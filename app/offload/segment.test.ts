/** Cutting super-packets, against a slow cutter that shares no code. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arenaOver, packetAt, type Arena, type PacketBatch } from '../base/batch.ts';
import { assemble } from './assembler.ts';
import { createSums, fold, swap16, type Sums } from './checksum.ts';
import { Segmenter } from './segment.ts';
import { createSimdSums } from './simd-sums.ts';
import { anySpec, buildPacket, buildSuper, bytesOf, payloadOf, PLAIN, slowCut, slowSum, virtioBytes, type VirtioHeader } from '../../tests/doubles/ip-packets.ts';

const SOURCE = 64;
const SLOTS = 70_000;
const SLOT = 2_000;

const memory = new WebAssembly.Memory({ initial: 2 });
const arena = arenaOver(new Uint8Array(memory.buffer));
const kinds: readonly (readonly [string, Sums])[] = [
  ['plain', createSums(arena)],
  ['SIMD', createSimdSums(memory)!],
];

function bench(slots: number, slot = SLOT, sums = kinds[0]![1]): { arena: Arena; batch: PacketBatch; segmenter: Segmenter } {
  const batch = { arena, count: 0, offset: Int32Array.from({ length: slots }, (_, i) => SLOTS + i * (SLOT + 64)), length: new Int32Array(slots), tag: new Int32Array(slots) };
  return { arena, batch, segmenter: new Segmenter(arena, sums, slot) };
}

/** Everything that comes out, over as many batches as it takes; undefined when it was refused. */
function cut(header: VirtioHeader, packet: Uint8Array, slots = 5, sums = kinds[0]![1]): Uint8Array[] | undefined {
  const { arena, batch, segmenter } = bench(slots, SLOT, sums);
  arena.bytes.set([...virtioBytes(header), ...packet], SOURCE - 10);
  if (segmenter.start(SOURCE, packet.length) !== 'ok') return undefined;
  const out: Uint8Array[] = [];
  for (let more = true; more; batch.count = 0) {
    more = segmenter.fill(batch);
    for (let i = 0; i < batch.count; i++) out.push(packetAt(batch, i).slice());
  }
  return out;
}

const superSpec = fc.tuple(anySpec, fc.integer({ min: 1, max: 90 })).map(([spec, segment]) => {
  const protocol = spec.protocol === 'udp' ? ('udp' as const) : ('tcp' as const);
  return buildSuper({ ...spec, protocol, ipOptions: spec.family === 4 ? spec.ipOptions : 0, payload: [...spec.payload, 1] }, segment);
});

describe('a segment that is left out', () => {
  it('is missing, and the others are as ever', () => {
    fc.assert(
      fc.property(superSpec, fc.nat(3), ({ header, packet }, before) => {
        const whole = cut(header, packet)!;
        const { arena, batch, segmenter } = bench(1);
        arena.bytes.set([...virtioBytes(header), ...packet], SOURCE - 10);
        segmenter.start(SOURCE, packet.length);
        const out: Uint8Array[] = [];
        const gone = Math.min(before, whole.length - 1);
        for (let i = 0, more = true; more; i++) {
          batch.count = 0;
          if (i === gone) segmenter.skip();
          more = segmenter.fill(batch);
          for (let n = 0; n < batch.count; n++) out.push(packetAt(batch, n).slice());
        }
        expect(out).toEqual(whole.filter((_, i) => i !== gone));
      }),
      { numRuns: 300 },
    );
  });

  it('may be a packet that is not cut', () => {
    const packet = buildPacket(PLAIN);
    const { arena, batch, segmenter } = bench(1);
    arena.bytes.set([...new Array<number>(10).fill(0), ...packet], SOURCE - 10);
    expect(segmenter.start(SOURCE, packet.length)).toBe('ok');
    segmenter.skip();
    expect([segmenter.fill(batch), batch.count]).toEqual([false, 0]);
  });
});

describe.each(kinds)('%s checksums', (_, sums) => {
  it('are those of RFC 1071, section 3', () => {
    arena.bytes.set([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
    expect(swap16(sums.sum(0, 8))).toBe(0xddf2);
  });
  it('equal the slow sum at every offset and length, and copies are exact', () => {
    fc.assert(
      fc.property(fc.oneof(bytesOf(300), payloadOf(300)), fc.nat(7), fc.nat(7), (bytes, at, shift) => {
        arena.bytes.fill(0xee, 0, 1_024);
        arena.bytes.set(bytes, at);
        expect(swap16(sums.sum(at, bytes.length))).toBe(slowSum(bytes));
        const to = 512 + shift;
        expect(swap16(sums.copy(to, at, bytes.length))).toBe(slowSum(bytes));
        expect([...arena.bytes.subarray(to - 1, to + bytes.length + 1)]).toEqual([0xee, ...bytes, 0xee]);
      }),
      { numRuns: 500 },
    );
  });
  it('hold for the longest packet of the largest words', () => {
    arena.bytes.fill(0xff, 0, 65_535);
    expect(sums.sum(0, 65_535)).toBe(0x00ff);
    expect(sums.sum(0, 65_534)).toBe(0xffff);
  });
});

describe('the parts', () => {
  it('fold adds both carries', () => expect([fold(0x1_ffff), fold(0xffff_ffff), fold(0x1234)]).toEqual([1, 0xffff, 0x1234]));
  it('an unknown instruction or a missing number is a mistake of ours', () => {
    const make = (body: string): Uint8Array => assemble([{ name: 'f', parameters: 1, locals: [], body }]);
    expect(WebAssembly.validate(make('local.get 0').slice())).toBe(true);
    expect(() => make('local.got 0')).toThrow('no instruction');
    expect(() => make('local.get x')).toThrow('needs a number');
  });
});

describe('cutting', () => {
  it('gives the packets that a slow cutter gives, over any number of batches', () => {
    fc.assert(
      fc.property(superSpec, fc.integer({ min: 1, max: 9 }), fc.constantFrom(...kinds), ({ header, packet }, slots, [, sums]) => void expect(cut(header, packet, slots, sums)).toEqual(slowCut(header, packet))),
      { numRuns: 500 },
    );
  });

  it('completes a checksum that was left to it', () => {
    for (const protocol of ['tcp', 'udp'] as const) {
      const { header, packet } = buildSuper({ ...PLAIN, protocol, payload: [1, 2, 3] }, 100);
      const plain = { ...header, type: 0, segment: 0 };
      expect(cut(plain, packet)).toEqual(slowCut(plain, packet));
      expect(cut(plain, packet)).toEqual([buildPacket({ ...PLAIN, protocol, payload: [1, 2, 3] })]);
    }
  });

  it('passes a finished packet on as it is', () => {
    fc.assert(fc.property(anySpec, (spec) => void expect(cut({ flags: 0, type: 0, headerLength: 0, segment: 0, start: 0, offset: 0 }, buildPacket(spec))).toEqual([buildPacket(spec)])));
  });

  it('leaves FIN and PSH to the last segment and CWR to the first', () => {
    const { header, packet } = buildSuper({ ...PLAIN, protocol: 'tcp', flags: 0xff, payload: new Array<number>(30).fill(5) }, 10);
    expect(cut({ ...header, type: header.type | 0x80 }, packet)?.map((p) => p[33])).toEqual([0xf6, 0x76, 0x7f]);
  });

  it('refuses headers that do not fit together, and never throws', () => {
    const { header, packet } = buildSuper({ ...PLAIN, protocol: 'tcp', payload: new Array<number>(30).fill(5) }, 10);
    for (const wrong of [{ segment: 0 }, { start: 24 }, { type: 4 }, { type: 5 }, { type: 3 }, { flags: 0 }]) expect(cut({ ...header, ...wrong }, packet), JSON.stringify(wrong)).toBeUndefined();
    expect(cut(header, packet.subarray(0, 40))).toBeUndefined();
    const wild = fc.record({ flags: fc.nat(255), type: fc.nat(255), headerLength: fc.nat(65_535), segment: fc.nat(65_535), start: fc.nat(65_535), offset: fc.nat(65_535) });
    fc.assert(fc.property(wild, fc.oneof(anySpec.map(buildPacket), fc.uint8Array({ minLength: 1, maxLength: 80 })), (h, p) => void cut(h, p)));
  });

  it('refuses what is larger than a slot, whole or cut', () => {
    const { segmenter } = bench(4, 100);
    const { header, packet } = buildSuper({ ...PLAIN, protocol: 'tcp', payload: new Array<number>(300).fill(5) }, 61);
    const start = (h: VirtioHeader, p: Uint8Array): string => {
      arena.bytes.set([...virtioBytes(h), ...p], SOURCE - 10);
      return segmenter.start(SOURCE, p.length);
    };
    expect([start(header, packet), start({ ...header, segment: 60 }, packet)]).toEqual(['too-large', 'ok']);
    const plain = { ...header, flags: 0, type: 0 };
    expect([start(plain, packet.subarray(0, 101)), start(plain, packet.subarray(0, 100))]).toEqual(['too-large', 'ok']);
  });
});
