/**
 * Counts why a thread woke: one number a reason, in memory that may be shared, so that another thread reads the numbers
 * without asking. The names travel apart: the counting thread tells each once. Bounded: beyond REASONS they count as one.
 */

/** Reasons kept apart; far more than there are. The last is "other". */
const REASONS = 64;
const OTHER = REASONS - 1;

export class WakeUps {
  readonly buffer: ArrayBufferLike;
  readonly #counts: Float64Array;
  readonly #slots = new Map<string, number>([['other', OTHER]]);
  readonly #named: (why: string, slot: number) => void;

  /** `named` hears of each new reason; a reader in another thread passes it to its own `learn`. */
  constructor(buffer: ArrayBufferLike = new ArrayBuffer(REASONS * 8), named: (why: string, slot: number) => void = () => {}) {
    this.buffer = buffer;
    this.#counts = new Float64Array(buffer, 0, REASONS);
    this.#named = named;
  }

  static shared(): SharedArrayBuffer {
    return new SharedArrayBuffer(REASONS * 8);
  }

  count(why: string): void {
    let slot = this.#slots.get(why);
    if (slot === undefined) {
      slot = Math.min(this.#slots.size - 1, OTHER);
      if (slot < OTHER) {
        this.#slots.set(why, slot);
        this.#named(why, slot);
      }
    }
    this.#counts[slot]!++;
  }

  learn(why: string, slot: number): void {
    this.#slots.set(why, slot);
  }

  /** Reasons that were counted at least once. */
  all(): Record<string, number> {
    const out: Record<string, number> = {};
    for (const [why, slot] of this.#slots) {
      const n = this.#counts[slot]!;
      if (n > 0) out[why] = n;
    }
    return out;
  }
}
