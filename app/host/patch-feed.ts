/**
 * Feeds screens: numbers revisions, and gives subscribers what changed at most four times a second. While nobody is
 * subscribed it has no timer and makes nothing. It knows neither the node nor the wire.
 */
import { diffSnapshots } from '../api/patch.ts';
import type { Patch, Snapshot } from '../api/schema.ts';
import type { Duration, Instant, WallTime } from '../time/instant.ts';
import type { WakeUps } from './wake-ups.ts';

const EVERY: Duration = 250;
/** Ages cross their limits without any event: look anew after this many quiet rounds. */
const QUIET_ROUNDS = 4;

export interface PatchFeedInit {
  /** The whole state now, under this revision. */
  readonly make: (revision: number) => Snapshot;
  readonly now: () => Instant;
  readonly wall: () => WallTime;
  /** Any number that changes when packets move. Cheap: asked four times a second. */
  readonly movement: () => number;
  /** The first subscriber came, or the last one left. */
  readonly watched: (on: boolean) => void;
  readonly wakeUps: WakeUps;
}

export class PatchFeed {
  readonly #init: PatchFeedInit;
  readonly #subscribers = new Set<(patch: Patch) => void>();
  #newest: Snapshot | undefined;
  #freshAt = -Infinity;
  #dirty = true;
  #movement = NaN;
  #quiet = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(init: PatchFeedInit) {
    this.#init = init;
  }

  changed(): void {
    this.#dirty = true;
  }

  /** Patches go on from its revision. While somebody is subscribed it may be 250 ms old. */
  snapshot(): Snapshot {
    const now = this.#init.now();
    if (this.#subscribers.size === 0 || now - this.#freshAt >= EVERY) this.#refresh();
    return { ...(this.#newest ?? this.#refresh()), now, wall: this.#init.wall() };
  }

  subscribe(onPatch: (patch: Patch) => void): () => void {
    const own = (patch: Patch): void => onPatch(patch);
    this.#subscribers.add(own);
    if (this.#subscribers.size === 1) {
      this.#refresh();
      this.#timer = setInterval(() => this.#round(), EVERY);
      this.#init.watched(true);
    }
    return () => {
      if (!this.#subscribers.delete(own) || this.#subscribers.size > 0) return;
      clearInterval(this.#timer);
      this.#init.watched(false);
    };
  }

  /** Ends every subscription. */
  close(): void {
    this.#subscribers.clear();
    clearInterval(this.#timer);
  }

  #round(): void {
    this.#init.wakeUps.count('screen: changes to show');
    this.#quiet++;
    if (this.#dirty || this.#quiet >= QUIET_ROUNDS || this.#init.movement() !== this.#movement) this.#refresh();
  }

  #refresh(): Snapshot {
    const before = this.#newest;
    this.#dirty = false;
    this.#quiet = 0;
    this.#movement = this.#init.movement();
    this.#freshAt = this.#init.now();
    const after = this.#init.make((before?.revision ?? 0) + 1);
    const patch = before === undefined ? undefined : diffSnapshots(before, after);
    if (before !== undefined && patch === undefined) return before;
    this.#newest = after;
    if (patch !== undefined) for (const subscriber of this.#subscribers) subscriber(patch);
    return after;
  }
}
