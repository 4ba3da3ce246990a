/** Random bytes as a value. Callers: the simulator. */
import type { Rng } from '../ports/rng.ts';

export function randomBytes(rng: Rng, length: number): Uint8Array {
  return filled(rng, new Uint8Array(length));
}

function filled(rng: Rng, out: Uint8Array): Uint8Array {
  rng.fill(out);
  return out;
}
