/**
 * The sliding window that accepts each counter once (whitepaper 5.4.6; the ring of words of RFC 6479, cleared ahead of
 * the window instead of being shifted). Counters are 64 bits, as two unsigned words: no BigInt, nothing lost.
 */
import { REJECT_AFTER_MESSAGES_HIGH, REJECT_AFTER_MESSAGES_LOW, REPLAY_WINDOW } from './constants.ts';

const WORD_BITS = 32;
const WORDS = 256;
const HALF = 0x1_0000_0000;

export class ReplayWindow {
  readonly #bits = new Uint32Array(WORDS);
  #topHigh = 0;
  #topLow = 0;
  #any = false;

  /** True when the counter is lawful and new; then it is marked. Call only for packets whose tag was right. */
  accept(high: number, low: number): boolean {
    if (high === REJECT_AFTER_MESSAGES_HIGH && low >= REJECT_AFTER_MESSAGES_LOW) return false;
    if (!this.#any) this.#moveTo(high, low);
    else if (high > this.#topHigh || (high === this.#topHigh && low > this.#topLow)) this.#advanceTo(high, low);
    else if (this.#behind(high, low) > REPLAY_WINDOW) return false;
    const index = (low >>> 5) % WORDS;
    const bit = 1 << (low & 31);
    if ((this.#bits[index]! & bit) !== 0) return false;
    this.#bits[index] = this.#bits[index]! | bit;
    return true;
  }

  #advanceTo(high: number, low: number): void {
    const wordsAhead = high - this.#topHigh > 1 ? WORDS : (high - this.#topHigh) * (HALF / WORD_BITS) + (low >>> 5) - (this.#topLow >>> 5);
    const from = this.#topLow >>> 5;
    for (let i = 1; i <= wordsAhead && i <= WORDS; i++) this.#bits[(from + i) % WORDS] = 0;
    this.#moveTo(high, low);
  }

  #moveTo(high: number, low: number): void {
    this.#any = true;
    this.#topHigh = high;
    this.#topLow = low;
  }

  #behind(high: number, low: number): number {
    return (this.#topHigh - high) * HALF + this.#topLow - low;
  }
}
