/**
 * One timer for one machine: armed for its next deadline, re-armed only when that moved, and counted by reason when it
 * fires, so that every wake-up of an idle process explains itself. It does not call `expire`: the owner's turn does.
 */
import type { Deadline } from '../time/deadline.ts';
import type { Duration, Instant } from '../time/instant.ts';
import type { WakeUps } from './wake-ups.ts';

/** Node fires a longer timer after 1 ms instead; a deadline further away is approached in steps of this (24.8 days). */
export const LONGEST_TIMER: Duration = 2 ** 31 - 1;

export class DeadlineTimer {
  readonly #due: () => void;
  readonly #wakeUps: WakeUps;
  #timer: NodeJS.Timeout | undefined;
  #armed: Deadline | undefined;
  #isOver = false;

  /** `due` runs as a task of its own, at the deadline or up to a millisecond later. */
  constructor(wakeUps: WakeUps, due: () => void) {
    this.#wakeUps = wakeUps;
    this.#due = due;
  }

  arm(next: Deadline | undefined, now: Instant): void {
    const armed = this.#armed;
    if (this.#isOver || next === undefined || next.at === Infinity) {
      this.clear();
      return;
    }
    if (armed !== undefined && armed.at === next.at) return;
    this.clear();
    this.#armed = next;
    // Timers count whole milliseconds and may fire a fraction early: rounding up saves a second wake-up.
    const wait = Math.min(LONGEST_TIMER, Math.max(1, Math.ceil(next.at - now) + 1));
    this.#timer = setTimeout(() => {
      this.#armed = undefined;
      this.#wakeUps.count(next.why);
      this.#due();
    }, wait);
  }

  /** After the clock jumped: the next `arm` sets the timer anew even when the deadline is the same. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armed = undefined;
  }

  /** For good: whoever still arms it, such as a last word of the other thread, arms nothing. */
  end(): void {
    this.clear();
    this.#isOver = true;
  }
}
