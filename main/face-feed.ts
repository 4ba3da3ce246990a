/**
 * Keeps a face true between messages: shows it when something is heard, and again at the moment when it would change by age
 * alone. One deadline, no poll. It knows no tray and no window.
 */
import { face, type Face, type Seen } from '../app/api/face.ts';
import type { Snapshot } from '../app/api/schema.ts';

export interface Clock {
  /** Monotonic ms. */
  time(): number;
  /** Calls once after so many ms; the answer takes it back. */
  wake(afterMs: number, callback: () => void): () => void;
}

export interface Shown {
  readonly face: Face;
  /** The newest; null: there is no engine yet. */
  readonly snapshot: Snapshot | null;
  /** Engine time and ms since 1970, now. */
  readonly now: number;
  readonly wall: number;
}

/** Timers hold no longer; a face that changes later is looked at on the way. */
const LONGEST = 3_600_000;
const SHORTEST = 5;

export class FaceFeed {
  readonly #clock: Clock;
  /** Shows it, and tells the engine time at which to show anew; null: not before something is heard. */
  readonly #show: (shown: Shown) => number | null;
  #seen: Seen = { kind: 'starting' };
  #heardAt = 0;
  #cancel: () => void = () => {};

  constructor(clock: Clock, show: (shown: Shown) => number | null) {
    this.#clock = clock;
    this.#show = show;
  }

  see(snapshot: Snapshot): void {
    this.#heardAt = this.#clock.time();
    this.#seen = { kind: 'live', snapshot, doubtUpTo: null };
    this.refresh();
  }

  /** The computer woke: nothing of what was heard counts until the engine tells how it is now. */
  doubt(): void {
    if (this.#seen.kind !== 'live') return;
    this.#seen = { ...this.#seen, doubtUpTo: this.#seen.snapshot.now + this.#elapsed() };
    this.refresh();
  }

  /** The engine does not answer any more. */
  lose(): void {
    if (this.#seen.kind === 'live') this.#seen = { kind: 'lost', snapshot: this.#seen.snapshot };
    this.refresh();
  }

  refresh(): void {
    this.#cancel();
    const snapshot = this.#seen.kind === 'starting' ? null : this.#seen.snapshot;
    const elapsed = this.#elapsed();
    const now = (snapshot?.now ?? 0) + elapsed;
    const again = this.#show({ face: face(this.#seen, now), snapshot, now, wall: (snapshot?.wall ?? 0) + elapsed });
    this.#cancel = again === null ? () => {} : this.#clock.wake(Math.min(LONGEST, Math.max(SHORTEST, again - now)), () => this.refresh());
  }

  stop(): void {
    this.#cancel();
  }

  #elapsed(): number {
    return this.#seen.kind === 'starting' ? 0 : this.#clock.time() - this.#heardAt;
  }
}
