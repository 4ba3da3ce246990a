/**
 * CoDel (RFC 8289): decides from how long packets waited whether a queue has become a standing one, and which packet pays
 * for it. It holds no packet: the owner asks once for each packet that leaves, and drops or marks where told to. The square
 * root in the control law makes senders of TCP slow down in even steps. Pure; callers: flow-queue.ts and the fast mover.
 */
import type { Duration, Instant } from '../time/instant.ts';

export interface CodelRule {
  /** A wait that is acceptable for ever (RFC 8289 section 4.4 says 5 ms for the Internet). */
  readonly targetMs: Duration;
  /** Above the target for so long without a break makes a standing queue (section 4.3: a typical round trip). */
  readonly intervalMs: Duration;
}

/** Drops resume at the old rate if the last ones are not older than so many intervals (section 5.4). */
const REMEMBERED_INTERVALS = 16;

export class Codel {
  readonly #rule: CodelRule;
  #aboveSince = 0;
  #nextDrop = 0;
  #count = 0;
  #countBefore = 0;
  #dropping = false;

  constructor(rule: CodelRule) {
    this.#rule = rule;
  }

  /** For a packet that leaves now after `waitedMs`. `alone`: nothing waits behind it. True: drop it, or mark it. */
  judge(waitedMs: Duration, alone: boolean, now: Instant): boolean {
    const standing = this.#isStanding(waitedMs, alone, now);
    if (this.#dropping) {
      if (!standing) {
        this.#dropping = false;
        return false;
      }
      if (now < this.#nextDrop) return false;
      this.#count++;
      this.#nextDrop = this.#lawFrom(this.#nextDrop);
      return true;
    }
    if (!standing) return false;
    const since = this.#count - this.#countBefore;
    const recently = now - this.#nextDrop < REMEMBERED_INTERVALS * this.#rule.intervalMs;
    this.#dropping = true;
    this.#count = recently && since > 1 ? since : 1;
    this.#countBefore = this.#count;
    this.#nextDrop = this.#lawFrom(now);
    return true;
  }

  /** Above the target for a whole interval. */
  #isStanding(waitedMs: Duration, alone: boolean, now: Instant): boolean {
    if (waitedMs < this.#rule.targetMs || alone) {
      this.#aboveSince = 0;
      return false;
    }
    if (this.#aboveSince === 0) {
      this.#aboveSince = now;
      return false;
    }
    return now - this.#aboveSince >= this.#rule.intervalMs;
  }

  #lawFrom(at: number): number {
    return at + this.#rule.intervalMs / Math.sqrt(this.#count);
  }
}
