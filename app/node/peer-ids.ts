/**
 * Which PeerIds are free. An id names a row of the shared counters and stands in facts that are on their way, so one that
 * was given back is used again only when the packet thread has told that its removal is done, and the longest unused one
 * first. It knows no peer. Callers: the node.
 */
import type { PeerId } from '../base/brand.ts';

export class PeerIds {
  readonly #limit: number;
  readonly #used = new Set<PeerId>();
  /** Removals that are on their way to the packet thread, by id. */
  readonly #draining = new Map<PeerId, number>();
  readonly #free = new Set<PeerId>();
  #next = 0;

  /** Ids 0 to `limit` - 1. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Undefined: all are in use, or not drained yet. */
  take(): PeerId | undefined {
    if (this.#next < this.#limit) {
      const id = this.#next++ as PeerId;
      this.#used.add(id);
      return id;
    }
    for (const id of this.#free) {
      this.#free.delete(id);
      this.#used.add(id);
      return id;
    }
    return undefined;
  }

  /** This very one, as a static network counts its peers. */
  claim(id: PeerId): void {
    for (; this.#next <= id; this.#next++) if (this.#next !== id) this.#free.add(this.#next as PeerId);
    this.#free.delete(id);
    this.#used.add(id);
  }

  /** Nobody has it any more. */
  giveBack(id: PeerId): void {
    this.#used.delete(id);
    if (!this.#draining.has(id)) this.#free.add(id);
  }

  /** A `remove-peer` was sent: what is told of this id until `drained` is about who had it before. */
  removing(id: PeerId): void {
    this.#draining.set(id, (this.#draining.get(id) ?? 0) + 1);
  }

  drained(id: PeerId): void {
    const left = (this.#draining.get(id) ?? 0) - 1;
    if (left > 0) {
      this.#draining.set(id, left);
      return;
    }
    this.#draining.delete(id);
    if (!this.#used.has(id) && id < this.#next) this.#free.add(id);
  }

  /** Facts of this id are about who has it now. */
  isSettled(id: PeerId): boolean {
    return !this.#draining.has(id);
  }
}
