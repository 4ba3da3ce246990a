/** The system's randomness behind the Rng port: shape and bounds only. */
import { describe, expect, it } from 'vitest';
import { createOsRng } from './os-rng.ts';

describe('the system\'s randomness', () => {
  it('fills exactly what it is given, and differs each time', () => {
    const rng = createOsRng();
    const memory = new Uint8Array(96);
    rng.fill(memory.subarray(32, 64));
    expect(memory.subarray(0, 32).every((byte) => byte === 0) && memory.subarray(64).every((byte) => byte === 0)).toBe(true);
    const again = new Uint8Array(32);
    rng.fill(again);
    expect(again).not.toEqual(memory.slice(32, 64));
  });

  it('gives unsigned 32-bit integers, and fractions below one', () => {
    const rng = createOsRng();
    const words = Array.from({ length: 200 }, () => rng.uint32());
    expect(words.every((word) => Number.isInteger(word) && word >= 0 && word <= 0xffff_ffff)).toBe(true);
    expect(words.some((word) => word > 0x7fff_ffff)).toBe(true);
    for (let i = 0; i < 200; i++) {
      const x = rng.fraction();
      expect(x >= 0 && x < 1).toBe(true);
    }
  });
});
