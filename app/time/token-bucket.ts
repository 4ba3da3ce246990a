/**
 * A budget of things that may be done: `burst` at once, then one in each `everyMs`. Pure arithmetic on instants; it waits
 * for nothing and never refuses by itself: the caller asks when the next one is free.
 */
import { after, type Duration, type Instant } from './instant.ts';

export class TokenBucket {
  readonly #burst: number;
  readonly #everyMs: Duration;
  #tokens: number;
  #at: Instant | undefined;

  constructor(burst: number, everyMs: Duration) {
    this.#burst = burst;
    this.#everyMs = everyMs;
    this.#tokens = burst;
  }

  /** When one may be taken: `now`, or later. */
  freeAt(now: Instant): Instant {
    this.#refill(now);
    return this.#tokens >= 1 ? now : after(now, (1 - this.#tokens) * this.#everyMs);
  }

  /** False, and nothing taken, when none is free. */
  take(now: Instant): boolean {
    this.#refill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #refill(now: Instant): void {
    // A deadline at freeAt may be a rounding error early: without the small allowance it would wake for nothing.
    if (this.#at !== undefined && now > this.#at) this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) / this.#everyMs + 1e-9);
    this.#at = this.#at === undefined || now > this.#at ? now : this.#at;
  }
}
