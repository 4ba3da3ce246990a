/**
 * How long this process keeps its timers waiting: the delay of its event loop, which in the tray app also serves the menu and the
 * window. Measured on timers that run anyway, of the engine's deadlines and of the rounds of the feed for screens, so that it
 * wakes nobody. A sleep of the computer is no delay. It decides nothing. Callers: the engine's Runner and PatchFeed.
 */
import { createHistogram } from 'node:perf_hooks';
import type { Diagnostics } from '../api/schema.ts';
import type { Duration } from '../time/instant.ts';

type Loop = Diagnostics['program']['loop'];

/** Later than this is worth a word. */
const LATE: Duration = 100;
/** Later than this, the machine slept, and nobody told yet. */
const ASLEEP: Duration = 60_000;

/** In microseconds, as a histogram counts whole numbers from 1. */
class Delays {
  readonly #histogram = createHistogram();
  #late = 0;

  note(lateMs: number): void {
    if (lateMs > ASLEEP) return;
    this.#histogram.record(Math.max(1, Math.round(lateMs * 1_000)));
    if (lateMs > LATE) this.#late++;
  }

  view(): Loop['deadlines'] {
    const { count, max } = this.#histogram;
    const ms = (micro: number): number => (count === 0 ? 0 : micro / 1_000);
    return { count, halfMs: ms(this.#histogram.percentile(50)), mostMs: ms(this.#histogram.percentile(99)), worstMs: ms(max), late: this.#late };
  }
}

export class LoopDelay {
  readonly #time: () => number;
  readonly #deadlines = new Delays();
  readonly #rounds = new Delays();
  #pace: Duration | undefined;
  /** Undefined: the next round has none to be measured from. */
  #roundAt: number | undefined;

  /** `time`: monotonic ms. */
  constructor(time: () => number = () => performance.now()) {
    this.#time = time;
  }

  /** A deadline was taken up so late. */
  deadline(lateMs: number): void {
    if (lateMs >= 0) this.#deadlines.note(lateMs);
  }

  /** From now on rounds are so far apart; undefined: there are none. */
  pace(everyMs: Duration | undefined): void {
    this.#pace = everyMs;
    this.#roundAt = everyMs === undefined ? undefined : this.#time();
  }

  round(): void {
    const now = this.#time();
    if (this.#pace !== undefined && this.#roundAt !== undefined) this.#rounds.note(Math.max(0, now - this.#roundAt - this.#pace));
    this.#roundAt = now;
  }

  /** The computer slept: what was waiting waited for that. */
  slept(): void {
    this.#roundAt = undefined;
  }

  view(): Loop {
    return { limitMs: LATE, deadlines: this.#deadlines.view(), rounds: this.#rounds.view() };
  }
}
