/**
 * Feeds screens and the tray: numbers revisions, and gives subscribers what changed at most four times a second. What only time
 * and moving packets change is looked for as often while a person looks (`watch`), and every 5 s for a tray that nobody watches.
 * Without subscribers it has no timer and makes nothing. It knows neither the node nor the wire.
 */
import { diffSnapshots } from '../api/patch.ts';
import type { Patch, Snapshot } from '../api/schema.ts';
import type { Duration, Instant, WallTime } from '../time/instant.ts';
import type { LoopDelay } from './loop-delay.ts';
import type { WakeUps } from './wake-ups.ts';

const EVERY: Duration = 250;
/** Quick enough that a tray which calls itself quiet hears of traffic; far apart, as it never ends. */
const EVERY_UNWATCHED: Duration = 5_000;
/** Ages cross their limits without any event: look anew after this many quiet rounds. */
const QUIET_ROUNDS = 4;

export interface PatchFeedInit {
  /** The whole state now, under this revision. */
  readonly make: (revision: number) => Snapshot;
  readonly now: () => Instant;
  readonly wall: () => WallTime;
  /** Any number that changes when packets move. Cheap: asked four times a second. */
  readonly movement: () => number;
  /** The first person looks, or the last one left. */
  readonly watched: (on: boolean) => void;
  readonly wakeUps: WakeUps;
  /** Its rounds tell how late the loop is. */
  readonly loop: Pick<LoopDelay, 'pace' | 'round'>;
}

export class PatchFeed {
  readonly #init: PatchFeedInit;
  readonly #subscribers = new Set<(patch: Patch) => void>();
  #newest: Snapshot | undefined;
  #freshAt = -Infinity;
  #dirty = true;
  #movement = NaN;
  #quiet = 0;
  #watchers = 0;
  #rounds: NodeJS.Timeout | undefined;
  /** While nobody looks: the changes of the moment are given together. */
  #soon: NodeJS.Timeout | undefined;

  constructor(init: PatchFeedInit) {
    this.#init = init;
  }

  changed(): void {
    this.#dirty = true;
    if (this.#watchers === 0 && this.#subscribers.size > 0) this.#soon ??= setTimeout(() => this.#together(), EVERY);
  }

  /** Patches go on from its revision. While somebody watches it may be 250 ms old. */
  snapshot(): Snapshot {
    const now = this.#init.now();
    if (this.#watchers === 0 || now - this.#freshAt >= EVERY) this.#refresh();
    return { ...(this.#newest ?? this.#refresh()), now, wall: this.#init.wall() };
  }

  subscribe(onPatch: (patch: Patch) => void): () => void {
    const own = (patch: Patch): void => onPatch(patch);
    this.#subscribers.add(own);
    if (this.#subscribers.size === 1) {
      this.#refresh();
      this.#pace();
    }
    return () => {
      if (this.#subscribers.delete(own) && this.#subscribers.size === 0) this.#pace();
    };
  }

  /** A person looks, until the answer is called. */
  watch(): () => void {
    let looks = true;
    if (++this.#watchers === 1) {
      this.#refresh();
      this.#pace();
      this.#init.watched(true);
    }
    return () => {
      if (!looks) return;
      looks = false;
      if (--this.#watchers > 0) return;
      this.#pace();
      this.#init.watched(false);
      if (this.#dirty) this.changed();
    };
  }

  #pace(): void {
    clearInterval(this.#rounds);
    const every = this.#subscribers.size === 0 ? undefined : this.#watchers > 0 ? EVERY : EVERY_UNWATCHED;
    this.#init.loop.pace(every);
    if (every !== undefined) this.#rounds = setInterval(() => this.#round(), every);
  }

  /** Ends every subscription. */
  close(): void {
    this.#subscribers.clear();
    clearInterval(this.#rounds);
    clearTimeout(this.#soon);
  }

  #round(): void {
    this.#init.loop.round();
    this.#init.wakeUps.count(this.#watchers > 0 ? 'screen: changes to show' : 'tray: does traffic move');
    this.#quiet++;
    if (this.#dirty || (this.#watchers > 0 && this.#quiet >= QUIET_ROUNDS) || this.#init.movement() !== this.#movement) this.#refresh();
  }

  #together(): void {
    this.#soon = undefined;
    this.#init.wakeUps.count('tray: changes to show');
    if (this.#dirty) this.#refresh();
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
