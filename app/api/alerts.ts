/**
 * When somebody is told: a machine over faces. What is wrong has to stay so for 10 s, is told once under its root, and is taken
 * back when it is over. After a start and a wake nothing is told before the engine has looked. It knows no system and no words.
 */
import type { Deadline, Machine } from '../time/deadline.ts';
import { earlier } from '../time/deadline.ts';
import type { Instant } from '../time/instant.ts';
import { concernsOf, nextKeyWarning, type AlertArea, type Concern, type KeyTerm } from './alert-concerns.ts';
import type { Face } from './face.ts';
import type { Settings } from './schema.ts';

/** What lasts shorter is told nobody (ms). */
export const TELL_AFTER = 10_000;
/** The same thing again, not sooner than this after it was told (ms). */
export const AGAIN_AFTER = 10 * 60_000;
/** Between any two things (ms). */
export const APART = 30_000;
/** A check after a wake that has not ended by then holds nothing back any more (ms). */
export const CHECKED_WITHIN = 60_000;
/** That it is over is shown for so long (ms). */
const OVER_FOR = 10_000;
/** Of how many things it is kept when they were told. */
const MEMORY = 64;

export type AlertInput =
  | { readonly kind: 'face'; readonly face: Face; /** Of the key of this device, ms since 1970. */ readonly keyExpiresAt: number | null; readonly wall: number; readonly notify: Settings['notify'] }
  | { readonly kind: 'woke' }
  /** Taken away by a person. */
  | { readonly kind: 'closed'; readonly id: string };

export type AlertOutput =
  | { readonly kind: 'show'; readonly id: string; readonly concern: Concern | { readonly kind: 'over'; readonly tookMs: number } }
  | { readonly kind: 'close'; readonly id: string };

interface Watched {
  readonly concern: Concern;
  /** From when on it is so without a break, as far as it counts. */
  readonly since: Instant;
  readonly state: 'waiting' | 'shown' | 'dismissed';
}

export class Alerts implements Machine<AlertInput, AlertOutput> {
  readonly #watched = new Map<string, Watched>();
  readonly #toldAt = new Map<string, Instant>();
  readonly #out: AlertOutput[] = [];
  #lastAt: Instant | undefined;
  #notify: Settings['notify'] = 'none';
  /** Set: nothing is told before the engine has looked, or before this. */
  #heldUntil: Instant | undefined;
  #begun = false;
  #over: { readonly until: Instant } | undefined;
  #key: { readonly term: KeyTerm | null; readonly waited: boolean } = { term: null, waited: false };
  #latest: Extract<AlertInput, { kind: 'face' }> | undefined;
  #latestAt = 0;

  handle(input: AlertInput, now: Instant): void {
    switch (input.kind) {
      case 'woke':
        this.#hold(now);
        break;
      case 'closed':
        this.#dismiss(input.id);
        break;
      case 'face':
        if (!this.#begun) this.#hold(now);
        this.#begun = true;
        this.#learnKey(input);
        this.#latest = input;
        this.#latestAt = now;
        this.#notify = input.notify;
        if (this.#heldUntil !== undefined && input.face.state !== 'checking' && input.face.state !== 'starting') this.#heldUntil = undefined;
        this.#follow(concernsOf(input.face, this.#key.term, input.wall), now);
        break;
    }
    this.expire(now);
  }

  poll(): AlertOutput | undefined {
    return this.#out.shift();
  }

  nextDeadline(): Deadline | undefined {
    let next: Deadline | undefined;
    if (this.#heldUntil !== undefined) next = { at: this.#heldUntil, why: 'alerts: check after a wake' };
    if (this.#over !== undefined) next = earlier(next, { at: this.#over.until, why: 'alerts: over' });
    const warning = this.#latest === undefined ? null : nextKeyWarning(this.#key.term, this.#latest.wall);
    if (this.#latest !== undefined && warning !== null) next = earlier(next, { at: (this.#latestAt + warning - this.#latest.wall) as Instant, why: 'alerts: key expires' });
    if (this.#heldUntil !== undefined || this.#notify === 'none') return next;
    for (const watched of this.#watched.values()) {
      if (watched.state === 'waiting' && !this.#isTold(watched.concern)) next = earlier(next, { at: this.#dueAt(watched), why: 'alerts: tell' });
    }
    return next;
  }

  expire(now: Instant): void {
    if (this.#heldUntil !== undefined && now >= this.#heldUntil) this.#heldUntil = undefined;
    if (this.#over !== undefined && now >= this.#over.until) this.#endOver();
    this.#followKey(now);
    if (this.#notify === 'none') {
      for (const [id, { state }] of this.#watched) if (state === 'shown') this.#close(id, 'waiting');
      return;
    }
    if (this.#heldUntil !== undefined) return;
    for (const watched of this.#watched.values()) {
      if (watched.state === 'waiting' && !this.#isTold(watched.concern) && now >= this.#dueAt(watched)) this.#show(watched, now);
    }
  }

  /** What waits begins to wait anew, as of what happened in the sleep nobody knows. */
  #hold(now: Instant): void {
    this.#heldUntil = (now + CHECKED_WITHIN) as Instant;
    for (const [id, watched] of this.#watched) if (watched.state === 'waiting') this.#watched.set(id, { ...watched, since: now });
  }

  #follow(concerns: readonly Concern[], now: Instant): void {
    const present = new Set(concerns.map(({ id }) => id));
    for (const [id, watched] of this.#watched) {
      if (present.has(id)) continue;
      const { state, concern, since } = watched;
      if (state === 'shown') this.#close(id, 'waiting');
      this.#watched.delete(id);
      if (state !== 'waiting' && concern.area === 'connection' && !concerns.some(({ area }) => area === 'connection' || area === 'account')) this.#tellOver(now - since, now);
    }
    for (const concern of concerns) {
      const before = this.#watched.get(concern.id);
      this.#watched.set(concern.id, before === undefined ? { concern, since: now, state: 'waiting' } : { ...before, concern });
      // While the engine looks, nothing that is seen counts as lasting.
      if (this.#heldUntil !== undefined && before?.state === 'waiting') this.#watched.set(concern.id, { concern, since: now, state: 'waiting' });
    }
  }

  /** A warning of the key falls due without any news. */
  #followKey(now: Instant): void {
    if (this.#latest === undefined || this.#key.term === null) return;
    const wall = this.#latest.wall + now - this.#latestAt;
    if (wall <= this.#latest.wall) return;
    this.#latest = { ...this.#latest, wall };
    this.#latestAt = now;
    this.#follow(concernsOf(this.#latest.face, this.#key.term, wall), now);
  }

  /** A key that appears after a sign-in, or in the place of another, begins now; one that was there before began at a time unknown. */
  #learnKey({ face, keyExpiresAt, wall }: Extract<AlertInput, { kind: 'face' }>): void {
    const waited = this.#key.waited || face.need?.kind === 'sign-in' || face.need?.kind === 'sign-in-again' || face.need?.kind === 'renewal';
    const old = this.#key.term;
    if (keyExpiresAt === null || face.key?.kind !== 'lasts') this.#key = { term: null, waited };
    else if (old?.expiresAt === keyExpiresAt) this.#key = { term: old, waited };
    else this.#key = { term: { expiresAt: keyExpiresAt, lifeMs: waited || old !== null ? keyExpiresAt - wall : null }, waited: false };
  }

  #dueAt({ concern, since }: Watched): Instant {
    const again = this.#toldAt.get(concern.id);
    return Math.max(since + TELL_AFTER, again === undefined ? -Infinity : again + AGAIN_AFTER, this.#lastAt === undefined ? -Infinity : this.#lastAt + APART) as Instant;
  }

  /** Somebody is told of its area already, and has not taken that away. */
  #isTold({ area }: { readonly area: AlertArea }): boolean {
    return [...this.#watched.values()].some(({ concern, state }) => state === 'shown' && concern.area === area);
  }

  #show(watched: Watched, now: Instant): void {
    const { concern } = watched;
    if (this.#over !== undefined) this.#endOver();
    this.#watched.set(concern.id, { ...watched, state: 'shown' });
    this.#toldAt.delete(concern.id);
    this.#toldAt.set(concern.id, now);
    if (this.#toldAt.size > MEMORY) this.#toldAt.delete(this.#toldAt.keys().next().value ?? '');
    this.#lastAt = now;
    this.#out.push({ kind: 'show', id: concern.id, concern });
  }

  #close(id: string, state: Watched['state']): void {
    const watched = this.#watched.get(id);
    if (watched !== undefined) this.#watched.set(id, { ...watched, state });
    this.#out.push({ kind: 'close', id });
  }

  #dismiss(id: string): void {
    const watched = this.#watched.get(id);
    if (watched?.state === 'shown') this.#watched.set(id, { ...watched, state: 'dismissed' });
    if (id === 'over') this.#over = undefined;
  }

  #tellOver(tookMs: number, now: Instant): void {
    if (this.#notify !== 'all') return;
    this.#over = { until: (now + OVER_FOR) as Instant };
    this.#out.push({ kind: 'show', id: 'over', concern: { kind: 'over', tookMs } });
  }

  #endOver(): void {
    this.#over = undefined;
    this.#out.push({ kind: 'close', id: 'over' });
  }
}
