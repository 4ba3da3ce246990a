/** The composed AEAD: the compliance suite of the Crypto port, and equality with the ordinary AEAD at every length. */
import { describe, expect, it } from 'vitest';
import { cryptoCompliance } from '../../../tests/compliance/crypto.ts';
import { createNativeMemory, type NativeMemory } from '../../../native-bindings/linux/index.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { composedCrypto, createFastCrypto, SCRATCH_ROOM } from './fast-packet-key.ts';
import { createSodiumCrypto } from './sodium-crypto.ts';
import { libsodiumPrimitives, nodePrimitives, type StreamPrimitives } from './stream-primitives.ts';

const PLACE = (SCRATCH_ROOM + 1_023) & ~1_023;
const ordinary = createSodiumCrypto();
const memory = createNativeMemory(262_144);

/** Lets suites that bring their own arena run on native memory: the arena's bytes are carried there and back. */
function carried(crypto: Crypto, native: NativeMemory): Crypto {
  return {
    ...crypto,
    packetKey: (bytes) => {
      const key = crypto.packetKey(bytes);
      const there = <T>(arena: { bytes: Uint8Array }, run: () => T): T => {
        native.bytes.set(arena.bytes, PLACE);
        const result = run();
        arena.bytes.set(native.bytes.subarray(PLACE, PLACE + arena.bytes.length));
        return result;
      };
      return {
        seal: (high, low, arena, from, length, to) => there(arena, () => key.seal(high, low, native, PLACE + from, length, PLACE + to)),
        open: (high, low, arena, from, length, to) => there(arena, () => key.open(high, low, native, PLACE + from, length, PLACE + to)),
        wipe: () => key.wipe(),
      };
    },
  };
}

const room = memory.base;
const makers: readonly (readonly [string, StreamPrimitives | undefined])[] = [
  ['the node program', nodePrimitives(room + 192)],
  ["the system's libsodium", libsodiumPrimitives()],
];

for (const [name, primitives] of makers) {
  if (primitives === undefined) continue;
  describe(`composed from ${name}`, () => {
    const fast = composedCrypto(ordinary, memory, 0, primitives);
    cryptoCompliance(name, () => carried(fast, memory));

    it('equals the ordinary AEAD at every length from 0 to 2,048, and writes nothing else', () => {
      const secret = Uint8Array.from({ length: 32 }, (_, i) => 200 - i);
      const key = fast.packetKey(secret);
      const reference = ordinary.packetKey(secret);
      const [from, to] = [PLACE + 1_003, PLACE + 6_007];
      for (let length = 0; length <= 2_048; length++) {
        memory.bytes.fill(0xa5, PLACE, PLACE + 10_000);
        for (let i = 0; i < length; i++) memory.bytes[from + i] = (i * 13 + length) & 255;
        const expected = memory.bytes.slice(PLACE, PLACE + 10_000);
        const arena = { bytes: expected, view: new DataView(expected.buffer) };
        reference.seal(length, 77, arena, from - PLACE, length, to - PLACE);
        key.seal(length, 77, memory, from, length, to);
        expect(Buffer.compare(memory.bytes.subarray(PLACE, PLACE + 10_000), expected), `sealing ${length}`).toBe(0);
        expect(key.open(length, 77, memory, to, length + 16, to)).toBe(true);
        expect(reference.open(length, 77, arena, to - PLACE, length + 16, to - PLACE)).toBe(true);
        expect(Buffer.compare(memory.bytes.subarray(PLACE, to + length), expected.subarray(0, to - PLACE + length)), `opening ${length}`).toBe(0);
        expect(memory.bytes[to + length + 16]).toBe(0xa5);
      }
    });

    it('uses the ordinary AEAD where the memory is another, or its edge is near', () => {
      const key = fast.packetKey(new Uint8Array(32).fill(9));
      const reference = ordinary.packetKey(new Uint8Array(32).fill(9));
      const edge = memory.bytes.length - 116;
      const arena = createNativeMemory(256);
      for (const [target, at] of [[memory, edge], [memory, 3], [arena, 70]] as const) {
        const saved = target.bytes.slice(at, at + 116);
        target.bytes.fill(1, at, at + 100);
        key.seal(0, 5, target, at, 100, at);
        expect(reference.open(0, 5, target, at, 116, at)).toBe(true);
        target.bytes.set(saved, at);
      }
    });

    it('reuses the place of a wiped key, and the wiped key opens nothing', () => {
      const a = fast.packetKey(new Uint8Array(32).fill(1));
      a.wipe();
      const b = fast.packetKey(new Uint8Array(32).fill(2));
      b.seal(0, 1, memory, PLACE + 100, 40, PLACE + 100);
      expect(a.open(0, 1, memory, PLACE + 100, 56, PLACE + 300)).toBe(false);
      expect(() => a.seal(0, 1, memory, PLACE + 100, 40, PLACE + 100)).toThrow('wiped');
      expect(b.open(0, 1, memory, PLACE + 100, 56, PLACE + 100)).toBe(true);
    });
  });
}

describe('the choice', () => {
  it('takes what is there and proves it first', () => {
    const first = makers.find(([, primitives]) => primitives !== undefined)?.[1];
    expect(createFastCrypto(ordinary, memory, 0).packetCipher).toBe(first?.name ?? 'one call');
  });
});
