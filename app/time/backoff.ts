/** Waiting times that grow, are capped, and are spread by jitter, so that many clients never retry in step. */
import type { Rng } from '../ports/rng.ts';
import type { Duration } from './instant.ts';

export interface BackoffRule {
  readonly firstMs: Duration;
  readonly capMs: Duration;
  readonly factor: number;
  /** 0.2 spreads each wait evenly over 80 % to 100 % of its value. */
  readonly jitter: number;
}

export class Backoff {
  readonly #rule: BackoffRule;
  readonly #rng: Rng;
  #attempt = 0;

  constructor(rule: BackoffRule, rng: Rng) {
    this.#rule = rule;
    this.#rng = rng;
  }

  get attempts(): number {
    return this.#attempt;
  }

  /** The wait before the next attempt; each call counts as one. */
  next(): Duration {
    const full = Math.min(this.#rule.capMs, this.#rule.firstMs * this.#rule.factor ** this.#attempt);
    this.#attempt++;
    return full * (1 - this.#rule.jitter * this.#rng.fraction());
  }

  reset(): void {
    this.#attempt = 0;
  }
}
