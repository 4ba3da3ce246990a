/**
 * Guards against handshake floods (whitepaper 5.3): are we under load, and has this source had its share? Bounded memory:
 * the source seen longest ago is forgotten.
 */
import { after, instant, type Instant } from '../time/instant.ts';
import { SOURCE_BURST, SOURCE_RATE_PER_SECOND, SOURCES_REMEMBERED, UNDER_LOAD_FOR, UNDER_LOAD_PER_SECOND } from './constants.ts';

const SECOND = 1_000;

/** Counts handshake messages whose mac1 holds. */
export class LoadMeter {
  #windowEnds: number = -Infinity;
  #inWindow = 0;
  #loadedUntil: Instant = instant(-Infinity);

  /** Counts one message; true when cookies must be demanded. */
  count(now: Instant): boolean {
    if (now >= this.#windowEnds) {
      this.#windowEnds = now + SECOND;
      this.#inWindow = 0;
    }
    this.#inWindow++;
    if (this.#inWindow > UNDER_LOAD_PER_SECOND) this.#loadedUntil = after(now, UNDER_LOAD_FOR);
    return this.isLoaded(now);
  }

  isLoaded(now: Instant): boolean {
    return now < this.#loadedUntil;
  }

  get loadedUntil(): Instant {
    return this.#loadedUntil;
  }
}

interface Bucket {
  tokens: number;
  at: Instant;
}

/** A token bucket per source. */
export class SourceLimiter {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number = SOURCE_RATE_PER_SECOND, burst: number = SOURCE_BURST) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** Sources remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** `share`: names the source (`source.ts`). */
  allow(share: string, now: Instant): boolean {
    const known = this.#buckets.get(share);
    const bucket = known ?? { tokens: this.#burst, at: now };
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) * this.#perSecond) / SECOND);
    bucket.at = now;
    this.#buckets.delete(share);
    if (this.#buckets.size >= SOURCES_REMEMBERED) this.#buckets.delete(this.#buckets.keys().next().value!);
    this.#buckets.set(share, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}
