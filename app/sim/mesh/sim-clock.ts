/** A virtual clock and what is to happen at its times: what a world, or a test of a part of it, runs on. */
import { EventQueue } from '../event-queue.ts';

export class SimClock {
  readonly #events = new EventQueue();
  #now = 0;

  /** Virtual ms. */
  now(): number {
    return this.#now;
  }

  at(ms: number, run: () => void): void {
    this.#events.push(Math.max(ms, this.#now), run);
  }

  /** Actions that wait. */
  get size(): number {
    return this.#events.size;
  }

  /** Until this virtual time. Returns false when more than `most` actions wait: something does not come to rest. */
  run(untilMs: number, most = 200_000): boolean {
    for (let at = this.#events.nextAt(); at !== undefined && at <= untilMs; at = this.#events.nextAt()) {
      this.#now = at;
      this.#events.shift()?.run();
      if (this.#events.size > most) return false;
    }
    this.#now = untilMs;
    return true;
  }
}
