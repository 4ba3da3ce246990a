/** The back-off of control clients: n^2 x BACKOFF_UNIT x (0.5 to 1.5), capped at BACKOFF_CAP. Each loop has its own. */
import type { Rng } from '../ports/rng.ts';
import type { Duration } from '../time/instant.ts';
import { BACKOFF_CAP, BACKOFF_UNIT } from './constants.ts';

export class QuadraticBackoff {
  readonly #rng: Rng;
  #n = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** Failures since the last reset. */
  get failures(): number {
    return this.#n;
  }

  next(): Duration {
    this.#n++;
    return Math.min(BACKOFF_CAP, this.#n * this.#n * BACKOFF_UNIT * (0.5 + this.#rng.fraction()));
  }

  reset(): void {
    this.#n = 0;
  }
}
