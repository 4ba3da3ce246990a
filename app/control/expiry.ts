/**
 * When keys end, by the server's clock: our own and those of the peers. Knows only ids and times; costs nothing per update
 * for peers that did not change. The clock is the wall clock plus what the server's differs from it. Caller: control.ts.
 */
import { DeadlineHeap } from '../time/deadline-heap.ts';
import type { Deadline } from '../time/deadline.ts';
import { after, wallTime, type Duration, type Instant, type WallTime } from '../time/instant.ts';
import type { NodeId } from '../wire/netmap/types.ts';
import type { KeyExpiry, NetworkChange, NetworkView } from './network-view.ts';

/** A clock that shows less was never set: nothing is judged by it. 2023-01-10, as stock clients. */
const CLOCK_SET = wallTime(1_673_308_800_000);
/** Until the clock is set: look again. */
const LOOK_AGAIN: Duration = 3_600_000;
/** A clock that is off by less is right. As stock clients. */
const SKEW_LEAST: Duration = 60_000;
/** The server's time comes with every message; smaller steps than this are its way, not a change. */
const SKEW_STEP: Duration = 30_000;

interface End {
  readonly at: WallTime | undefined;
  /** The server called it expired, whatever its time. */
  readonly said: boolean;
}

export class Expiry {
  readonly #ends = new Map<NodeId, End>();
  /** Key: id of the node. */
  readonly #due = new DeadlineHeap();
  #expired = new Set<NodeId>();
  /** Someone holds this set: the next change makes a new one. */
  #handedOut = false;
  #self: NodeId | undefined;
  /** Add to an Instant: our wall time; and to that: the server's. */
  #wallOffset: Duration = 0;
  #skew: Duration = 0;

  /** Stays as it is for who holds it. */
  get expired(): ReadonlySet<NodeId> {
    this.#handedOut = true;
    return this.#expired;
  }

  get selfExpired(): boolean {
    return this.#self !== undefined && this.#expired.has(this.#self);
  }

  get selfEnds(): KeyExpiry {
    return (this.#self === undefined ? undefined : this.#ends.get(this.#self)?.at) ?? null;
  }

  wallAt(now: Instant): WallTime {
    return wallTime(now + this.#wallOffset);
  }

  setWall(wall: WallTime, now: Instant): void {
    this.#wallOffset = wall - now;
    // What the old clock was off by says nothing of the new one.
    this.#skew = 0;
    this.#rearm(now);
  }

  /** The server's clock, as it rides on its messages. */
  setServerTime(server: WallTime, now: Instant): void {
    const differs = server - this.wallAt(now);
    const skew = Math.abs(differs) > SKEW_LEAST ? differs : 0;
    if (Math.abs(skew - this.#skew) < SKEW_STEP) return;
    this.#skew = skew;
    this.#rearm(now);
  }

  clear(): void {
    for (const id of this.#ends.keys()) this.#due.set(id, undefined);
    this.#ends.clear();
    this.#expired = new Set();
    this.#handedOut = false;
    this.#self = undefined;
    this.#skew = 0;
  }

  /** Takes over what a view changed. */
  updated(view: NetworkView, change: NetworkChange, now: Instant): void {
    if (change.peersPut === 'all') {
      const skew = this.#skew;
      this.clear();
      this.#skew = skew;
      for (const [id, peer] of view.peers) this.#put(id, peer.keyExpiry, peer.expired, now);
    } else {
      for (const id of change.peersPut) this.#put(id, view.peers.get(id)?.keyExpiry, view.peers.get(id)?.expired ?? false, now);
    }
    for (const id of change.peersRemoved) this.#put(id, undefined, false, now);
    if (this.#self !== undefined && this.#self !== view.self.id) this.#put(this.#self, undefined, false, now);
    this.#self = view.self.id;
    this.#put(view.self.id, view.self.keyExpiry, view.self.expired, now);
  }

  nextDeadline(): Deadline | undefined {
    return this.#due.next();
  }

  /** Ids whose judgement changed. */
  expire(now: Instant): NodeId[] {
    const changed: NodeId[] = [];
    for (let id = this.#due.takeDue(now); id !== undefined; id = this.#due.takeDue(now)) if (this.#judge(id, now)) changed.push(id);
    return changed;
  }

  #put(id: NodeId, at: WallTime | undefined, said: boolean, now: Instant): void {
    if (at === undefined && !said) this.#ends.delete(id);
    else this.#ends.set(id, { at, said });
    this.#judge(id, now);
  }

  /** True when it is judged otherwise than before. Arms the timer for a key that still holds. */
  #judge(id: NodeId, now: Instant): boolean {
    const end = this.#ends.get(id);
    const clock = wallTime(now + this.#wallOffset + this.#skew);
    const over = end !== undefined && (end.said || (end.at !== undefined && clock >= CLOCK_SET && end.at <= clock));
    const left = over || end?.at === undefined ? undefined : end.at - clock;
    this.#due.set(id, left === undefined ? undefined : { at: after(now, left > 0 ? left : LOOK_AGAIN), why: 'control: a key ends' });
    if (over === this.#expired.has(id)) return false;
    if (this.#handedOut) this.#expired = new Set(this.#expired);
    this.#handedOut = false;
    if (over) this.#expired.add(id);
    else this.#expired.delete(id);
    return true;
  }

  /** The clock moved: every end is looked at again, at once. */
  #rearm(now: Instant): void {
    for (const id of this.#ends.keys()) this.#due.set(id, { at: now, why: 'control: a key ends' });
  }
}
