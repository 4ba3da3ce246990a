/** The Rng port on the operating system's generator. The only randomness of the product that is not a test's. */
import { randomFillSync } from 'node:crypto';
import type { Rng } from '../../ports/rng.ts';

export function createOsRng(): Rng {
  const word = new Uint32Array(1);
  const uint32 = (): number => randomFillSync(word)[0]!;
  const fill = (out: Uint8Array): void => void randomFillSync(out);
  return { uint32, fill, fillPublic: fill, fraction: () => uint32() / 0x1_0000_0000 };
}
