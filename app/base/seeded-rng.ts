/**
 * A deterministic Rng for the simulator and for tests: xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom
 * Number Generators", 2018), its state filled by splitmix32. Never for real keys: the host's Rng is the system's.
 */
import type { Rng } from '../ports/rng.ts';

export function createSeededRng(seed: number): Rng {
  let mixed = seed >>> 0;
  const next = (): number => {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [next(), next(), next(), next()];
  const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

  const uint32 = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
  const fill = (out: Uint8Array): void => {
    for (let i = 0; i < out.length; i += 4) {
      const word = uint32();
      for (let j = i; j < i + 4 && j < out.length; j++) out[j] = word >>> ((j - i) * 8);
    }
  };
  return { uint32, fraction: () => uint32() / 0x1_0000_0000, fill, fillPublic: fill };
}
