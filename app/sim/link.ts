/**
 * One cable between two hosts, both ways: delay, jitter, loss, duplication, reordering, MTU, cut. It decides the fate of
 * each datagram from its own random stream and knows nothing of what it carries. Callers: the World.
 */
import type { Rng } from '../ports/rng.ts';

export interface LinkShape {
  /** One way, ms. */
  readonly delayMs: number;
  /** Added evenly between 0 and this, ms. Larger than the gap between packets, it reorders too. */
  readonly jitterMs: number;
  /** Probabilities, 0 to 1. */
  readonly loss: number;
  readonly duplicate: number;
  /** Held back by up to 200 ms, so that later packets pass. */
  readonly reorder: number;
  /** Bytes of the largest IP packet; larger ones vanish. */
  readonly mtu: number;
}

export const PERFECT_LINK: LinkShape = { delayMs: 10, jitterMs: 0, loss: 0, duplicate: 0, reorder: 0, mtu: 1_500 };

export type CutDirection = 'both' | 'a-to-b' | 'b-to-a';

const IP_AND_UDP = { 4: 28, 6: 48 } as const;
const HELD_BACK_MS = 200;

export class Link {
  shape: LinkShape;
  readonly #rng: Rng;
  /** Virtual ms until which each direction is cut. */
  readonly #cutUntil = { 'a-to-b': 0, 'b-to-a': 0 };

  constructor(shape: LinkShape, rng: Rng) {
    this.shape = shape;
    this.#rng = rng;
  }

  cut(direction: CutDirection, untilMs: number): void {
    for (const one of ['a-to-b', 'b-to-a'] as const) {
      if (direction === 'both' || direction === one) this.#cutUntil[one] = Math.max(this.#cutUntil[one], untilMs);
    }
  }

  isCut(direction: CutDirection, nowMs: number): boolean {
    if (direction === 'both') return this.isCut('a-to-b', nowMs) || this.isCut('b-to-a', nowMs);
    return nowMs < this.#cutUntil[direction];
  }

  /** Is a UDP payload of this size small enough? */
  holds(bytes: number, family: 4 | 6): boolean {
    return bytes + IP_AND_UDP[family] <= this.shape.mtu;
  }

  /** When the copies of one datagram arrive, as delays in ms: none (lost), one, or two. */
  fate(direction: 'a-to-b' | 'b-to-a', bytes: number, family: 4 | 6, nowMs: number): number[] {
    const s = this.shape;
    if (this.isCut(direction, nowMs) || !this.holds(bytes, family)) return [];
    if (s.loss > 0 && this.#rng.fraction() < s.loss) return [];
    const delays = [this.#delay()];
    if (s.duplicate > 0 && this.#rng.fraction() < s.duplicate) delays.push(this.#delay());
    return delays;
  }

  #delay(): number {
    const s = this.shape;
    let delay = s.delayMs;
    if (s.jitterMs > 0) delay += s.jitterMs * this.#rng.fraction();
    if (s.reorder > 0 && this.#rng.fraction() < s.reorder) delay += HELD_BACK_MS * this.#rng.fraction();
    return delay;
  }
}
