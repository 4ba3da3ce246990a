/**
 * Guards against handshake floods (whitepaper 5.3): are we under load, and has this source had its share? Bounded memory:
 * the source seen longest ago is forgotten.
 */
import type { IpAddress } from '../base/ip.ts';
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

/** A token bucket per source address; IPv6 sources share their /64. */
export class SourceLimiter {
  readonly #buckets = new Map<string, Bucket>();

  /** Sources remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  allow(source: IpAddress, now: Instant): boolean {
    const key = source.family === 4 ? `${source.w3}` : `${source.w0}.${source.w1}`;
    const known = this.#buckets.get(key);
    const bucket = known ?? { tokens: SOURCE_BURST, at: now };
    bucket.tokens = Math.min(SOURCE_BURST, bucket.tokens + ((now - bucket.at) * SOURCE_RATE_PER_SECOND) / SECOND);
    bucket.at = now;
    this.#buckets.delete(key);
    if (this.#buckets.size >= SOURCES_REMEMBERED) this.#buckets.delete(this.#buckets.keys().next().value!);
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }
}
