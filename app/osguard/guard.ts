/**
 * Keeps what this computer's system should have: looks when something foreign happened, compares, repairs the smallest
 * thing, reads back, and goes on until it stays; then verifies at a low rate for ever. It believes what it reads and never
 * what it did. Pure: the host looks, repairs and proves, one step at a time.
 *
 *   foreign event ─ pace ─► look ─ all there ─► prove ─► settled ─ verify (1 to 10 min) ─► look
 *                            │ missing          │ another device: misled
 *                            ▼                  ▼
 *                          repair each ──► look (read back) ─ still missing ─► pace, or 'refused' where the system says no
 *
 * Our own writes are told as ours and wake nothing. A fight is no reason to give up: the pace alone slows down. It removes
 * nothing of anybody else's, and makes no device.
 */
import { RingQueue } from '../base/ring.ts';
import type { OsEvent } from '../ports/os-network.ts';
import type { DesiredOs, ObservedOs, Proof, RepairResult, SeenParts, WantedItem } from '../ports/os-state.ts';
import type { Rng } from '../ports/rng.ts';
import { Backoff } from '../time/backoff.ts';
import type { Deadline, Machine } from '../time/deadline.ts';
import { after, age, instant, type Instant } from '../time/instant.ts';
import { TimerTable } from '../time/timer-table.ts';
import { compare, concerns, tablesOf } from './compare.ts';
import { ANSWER_WITHIN, BLIND_EVERY, CALM, LOOK_AGAIN, PACE, PROOFS_AT_MOST, REFUSED, VERIFY, WHOLE_EVERY } from './constants.ts';
import { both, NOTHING, readingAfter, readingOf, withoutRoute, withParts, type Reading } from './parts.ts';
import { Trouble } from './trouble.ts';
import type { GuardInput, GuardOutput, GuardState } from './types.ts';

type Phase =
  | { readonly kind: 'resting' }
  /** The timer 'pace' leads to the next look. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'looking'; readonly id: number; readonly readsBack: boolean }
  /** `repaired`: what is to be read back. */
  | { readonly kind: 'repairing'; readonly id: number; readonly item: WantedItem; readonly left: readonly WantedItem[]; readonly repaired: Reading }
  | { readonly kind: 'proving'; readonly id: number; readonly proof: Proof; readonly left: readonly Proof[] };

const OUTPUTS_WAITING = 64;
/** The next look makes these needless. */
const UNTIL_A_LOOK = ['pace', 'look-again', 'refused', 'verify'] as const;
const RESTING: Phase = { kind: 'resting' };

export class OsGuard implements Machine<GuardInput, GuardOutput> {
  readonly #out = new RingQueue<GuardOutput>(OUTPUTS_WAITING);
  readonly #timers = new TimerTable<'answer' | 'pace' | 'look-again' | 'refused' | 'stays' | 'verify'>(['answer', 'pace', 'look-again', 'refused', 'stays', 'verify'], 'os guard');
  readonly #pace: Backoff;
  readonly #verify: Backoff;
  readonly #refusedPace: Backoff;
  readonly #trouble: Trouble;
  #desired: DesiredOs | undefined;
  #tables: ReadonlySet<number> = new Set();
  #phase: Phase = RESTING;
  /** Something foreign happened in the middle of a step: what was seen may be old. */
  #isOld = false;
  /** What may be otherwise than it was seen. */
  #touched: Reading = 'all';
  #isBlind = false;
  #ids = 0;
  #lookedAgain: number = LOOK_AGAIN.length;
  #pacedAt: Instant | undefined;
  #wantedAt = instant(0);
  #checkingSince: Instant | undefined;
  #provedAt: Instant | undefined;
  #goneSince: Instant | undefined;
  #misled: Extract<GuardState, { kind: 'misled' }> | undefined;
  #seen: ObservedOs | undefined;
  /** All of it. */
  #seenAt: Instant | undefined;

  constructor({ rng }: { readonly rng: Rng }) {
    this.#pace = new Backoff(PACE, rng);
    this.#verify = new Backoff(VERIFY, rng);
    this.#refusedPace = new Backoff(REFUSED, rng);
    this.#trouble = new Trouble((incident) => this.#emit({ kind: 'incident', incident }));
  }

  handle(input: GuardInput, now: Instant): void {
    switch (input.kind) {
      case 'want':
        this.#want(input.desired, now);
        return;
      case 'event':
        this.#event(input.event, now);
        return;
      case 'named':
        this.#trouble.suspects.named(input.by, input.program);
        return;
      case 'look':
        if (this.#desired === undefined) return;
        this.#checkingSince ??= now;
        this.#touched = 'all';
        this.#lookSoon(now);
        this.#changed();
        return;
      case 'seen':
        if (this.#phase.kind !== 'looking' || this.#phase.id !== input.id) return;
        this.#timers.clear('answer');
        if (input.seen !== undefined) this.#seenAt = now;
        this.#see(input.seen, this.#phase.readsBack, now);
        return;
      case 'seen-parts':
        if (this.#phase.kind !== 'looking' || this.#phase.id !== input.id) return;
        this.#timers.clear('answer');
        this.#see(this.#joined(input.seen), this.#phase.readsBack, now);
        return;
      case 'repaired':
        if (this.#phase.kind !== 'repairing' || this.#phase.id !== input.id) return;
        this.#timers.clear('answer');
        this.#repaired(this.#phase, input.result, input.seen, now);
        return;
      case 'proved':
        if (this.#phase.kind !== 'proving' || this.#phase.id !== input.id) return;
        this.#timers.clear('answer');
        this.#judgeProof(this.#phase.proof, this.#phase.left, input.link, now);
        return;
      default:
        return input satisfies never;
    }
  }

  poll(): GuardOutput | undefined {
    return this.#out.shift();
  }

  nextDeadline(): Deadline | undefined {
    return this.#timers.next();
  }

  expire(now: Instant): void {
    for (let due = this.#timers.takeDue(now); due !== undefined; due = this.#timers.takeDue(now)) {
      switch (due) {
        case 'answer':
          this.#phase = RESTING;
          this.#touched = 'all';
          this.#lookSoon(now);
          break;
        case 'stays':
          this.#trouble.stayed(now);
          this.#changed();
          break;
        case 'look-again':
        case 'refused':
        case 'verify':
          this.#touched = 'all';
          this.#lookNow(now);
          break;
        case 'pace':
          this.#lookNow(now);
          break;
        default:
          return due satisfies never;
      }
    }
  }

  get state(): GuardState {
    if (this.#desired === undefined) return { kind: 'idle' };
    if (this.#goneSince !== undefined) return { kind: 'device-gone', since: this.#goneSince };
    const nextTryAt = this.#timers.get('pace') ?? this.#timers.get('refused') ?? this.#timers.next()?.at ?? this.#wantedAt;
    const trouble = this.#trouble.state(nextTryAt, this.#timers.get('refused') !== undefined);
    if (trouble !== undefined) return trouble;
    if (this.#misled !== undefined) return { ...this.#misled, nextTryAt };
    if (this.#checkingSince !== undefined || this.#provedAt === undefined) return { kind: 'verifying', since: this.#checkingSince ?? this.#wantedAt };
    return { kind: 'settled', provedAt: this.#provedAt };
  }

  /** When all was there last, by read-back and by proof; undefined: never since the guard began. */
  /** Each wanted item, and whether the last look found it. Undefined: nothing is wanted, or nothing was seen yet. */
  audit(): { readonly at: Instant; readonly items: readonly { readonly item: WantedItem; readonly there: boolean }[] } | undefined {
    if (this.#desired === undefined || this.#seen === undefined || this.#seenAt === undefined || this.#seenAt < this.#wantedAt) return undefined;
    const found = compare(this.#desired, this.#seen);
    const missing = new Set(found.kind === 'device-gone' ? this.#desired.items : found.missing);
    return { at: this.#seenAt, items: this.#desired.items.map((item) => ({ item, there: !missing.has(item) })) };
  }

  get provedAt(): Instant | undefined {
    return this.#provedAt;
  }

  #want(desired: DesiredOs | undefined, now: Instant): void {
    this.#phase = RESTING;
    this.#isOld = false;
    this.#goneSince = undefined;
    this.#misled = undefined;
    this.#timers.clearAll();
    this.#desired = desired;
    if (desired === undefined) {
      this.#trouble.end('changed-wish', now);
      this.#provedAt = undefined;
      this.#checkingSince = undefined;
      this.#changed();
      return;
    }
    this.#tables = tablesOf(desired);
    this.#wantedAt = now;
    this.#checkingSince = now;
    this.#trouble.newWish();
    this.#changed();
    this.#look('all', false, now);
  }

  #event(event: OsEvent, now: Instant): void {
    if (event.kind === 'source-failed') this.#isBlind = true;
    if (event.kind === 'source-up') this.#isBlind = false;
    const by = 'action' in event ? (event.by ?? 0) : 0;
    if (this.#desired === undefined || this.#goneSince !== undefined || this.#desired.writers.includes(by) || !concerns(event, this.#desired, this.#tables)) return;
    if (by !== 0 && this.#trouble.suspects.note(event, by)) this.#emit({ kind: 'who', by });
    this.#take(event);
    this.#refusedPace.reset();
    this.#verify.reset();
    this.#lookSoon(now);
  }

  /** In a fight the system's word that a route went is as good as a look: it is made again, and that is read back. */
  #take(event: OsEvent): void {
    const isQuiet = this.#phase.kind === 'resting' || this.#phase.kind === 'waiting';
    const told = isQuiet && this.#seen !== undefined && this.#trouble.isFight ? withoutRoute(this.#seen, event) : undefined;
    if (told === undefined) this.#touched = both(this.#touched, readingAfter(event));
    else this.#seen = told;
  }

  /** After the pace; at once in a calm time, nearly. */
  #lookSoon(now: Instant): void {
    if (this.#phase.kind === 'waiting') return;
    if (this.#phase.kind !== 'resting') {
      this.#isOld = true;
      return;
    }
    if (this.#pacedAt === undefined || age(this.#pacedAt, now) > CALM) this.#pace.reset();
    this.#pacedAt = now;
    this.#phase = { kind: 'waiting' };
    for (const timer of UNTIL_A_LOOK) this.#timers.clear(timer);
    this.#timers.set('pace', after(now, this.#pace.next()));
  }

  #lookNow(now: Instant): void {
    if (this.#phase.kind !== 'resting' && this.#phase.kind !== 'waiting') {
      this.#isOld = true;
      return;
    }
    this.#isOld = false;
    const missing = this.#knownToMiss(now);
    if (missing.length === 0 || this.#seen === undefined) this.#look(this.#touched, false, now);
    else this.#missing(missing, this.#seen, false, now);
  }

  /** Where nothing has to be read, as what was told is enough to make it again. */
  #knownToMiss(now: Instant): readonly WantedItem[] {
    if (this.#touched === 'all' || this.#touched.size > 0 || this.#desired === undefined || this.#seen === undefined || this.#isWorthAllOfIt(now)) return [];
    const known = compare(this.#desired, this.#seen);
    return known.kind === 'compared' ? known.missing : [];
  }

  #look(reading: Reading, readsBack: boolean, now: Instant): void {
    for (const timer of UNTIL_A_LOOK) this.#timers.clear(timer);
    this.#isOld = false;
    this.#touched = NOTHING;
    const id = this.#ids++;
    this.#phase = { kind: 'looking', id, readsBack };
    this.#ask(this.#readsAll(reading, now) ? { kind: 'look', id } : { kind: 'look', id, only: [...reading] }, now);
  }

  #readsAll(reading: Reading, now: Instant): reading is 'all' {
    return reading === 'all' || reading.size === 0 || this.#isWorthAllOfIt(now);
  }

  /** What is said to be well was read whole. In a fight nothing is, and a whole look now and then is enough. */
  #isWorthAllOfIt(now: Instant): boolean {
    return !this.#trouble.isFight || this.#isBlind || this.#seenAt === undefined || age(this.#seenAt, now) >= WHOLE_EVERY;
  }

  /** With what was seen before of the rest. */
  #joined(parts: SeenParts): ObservedOs | undefined {
    return this.#seen === undefined ? undefined : withParts(this.#seen, parts);
  }

  #see(seen: ObservedOs | undefined, readsBack: boolean, now: Instant): void {
    if (this.#desired === undefined) return;
    if (seen === undefined) {
      this.#touched = 'all';
      this.#restUntilAsked(now);
      return;
    }
    this.#seen = seen;
    const found = compare(this.#desired, seen);
    if (found.kind === 'device-gone') {
      this.#goneSince = now;
      this.#phase = RESTING;
      this.#timers.clearAll();
      this.#trouble.end('device-gone', now);
      this.#changed();
      return;
    }
    if (found.missing.length === 0) this.#allThere(now);
    else this.#missing(found.missing, seen, readsBack, now);
  }

  #missing(missing: readonly WantedItem[], seen: ObservedOs, readsBack: boolean, now: Instant): void {
    if (this.#desired === undefined) return;
    this.#timers.clear('stays');
    this.#lookedAgain = 0;
    this.#trouble.missing(missing, seen, this.#desired, now);
    this.#changed();
    if (!readsBack) {
      this.#trouble.repairing();
      this.#repair(missing, readingOf(missing), now);
      return;
    }
    this.#phase = RESTING;
    this.#touched = both(this.#touched, readingOf(missing));
    // Nobody but the system itself stands in the way: asking it again at once changes nothing.
    if (this.#trouble.isOnlyRefused && !this.#isOld) this.#restUntilAsked(now);
    else this.#lookSoon(now);
  }

  #repair([item, ...left]: readonly WantedItem[], repaired: Reading, now: Instant): void {
    if (item === undefined) {
      // What is read back may be older than what happened meanwhile.
      const [isOld, touched] = [this.#isOld, this.#touched];
      this.#look(repaired, true, now);
      this.#isOld = isOld;
      this.#touched = touched;
      return;
    }
    const id = this.#ids++;
    this.#phase = { kind: 'repairing', id, item, left, repaired };
    this.#ask(left.length > 0 || this.#readsAll(repaired, now) ? { kind: 'repair', id, item } : { kind: 'repair', id, item, only: [...repaired] }, now);
  }

  #repaired({ item, left, repaired }: Extract<Phase, { kind: 'repairing' }>, result: RepairResult, seen: SeenParts | undefined, now: Instant): void {
    this.#trouble.tried(item, result);
    if (left.length === 0 && seen !== undefined && !this.#readsAll(repaired, now)) this.#see(this.#joined(seen), true, now);
    else this.#repair(left, repaired, now);
  }

  #allThere(now: Instant): void {
    const until = this.#trouble.restored(now);
    if (until !== undefined) this.#timers.setIfIdle('stays', until);
    // In a fight it is not said to be well, and what would be proved is old a moment later.
    this.#prove(this.#trouble.isFight ? [] : (this.#desired?.proofs.slice(0, PROOFS_AT_MOST) ?? []), now);
  }

  #prove([proof, ...left]: readonly Proof[], now: Instant): void {
    if (proof === undefined) {
      this.#settle(now);
      return;
    }
    const id = this.#ids++;
    this.#phase = { kind: 'proving', id, proof, left };
    this.#ask({ kind: 'prove', id, to: proof.to }, now);
  }

  #judgeProof(proof: Proof, left: readonly Proof[], link: number | undefined, now: Instant): void {
    if ((link === this.#desired?.device.index) === (proof.expects === 'device')) {
      this.#prove(left, now);
      return;
    }
    // What was seen may be older than what happened meanwhile: look before anything is said.
    if (!this.#isOld) {
      const through = this.#seen?.network.links.find((each) => each.index === link)?.name;
      this.#misled = { kind: 'misled', since: this.#misled?.since ?? now, to: proof.to, through, nextTryAt: now };
    }
    this.#checkingSince = undefined;
    this.#changed();
    this.#restUntilAsked(now);
  }

  #settle(now: Instant): void {
    this.#phase = RESTING;
    this.#provedAt = now;
    this.#checkingSince = undefined;
    this.#misled = undefined;
    this.#refusedPace.reset();
    this.#changed();
    if (this.#isOld) {
      this.#lookSoon(now);
      return;
    }
    const again = LOOK_AGAIN[this.#lookedAgain++];
    if (again !== undefined || this.#isBlind) this.#timers.set('look-again', after(now, again ?? BLIND_EVERY));
    else this.#timers.set('verify', after(now, this.#verify.next()));
  }

  /** What only the system or a person can change: asked again now and then, and at once when anything foreign happens. */
  #restUntilAsked(now: Instant): void {
    this.#phase = RESTING;
    if (this.#isOld) this.#lookSoon(now);
    else this.#timers.set('refused', after(now, this.#refusedPace.next()));
  }

  #ask(output: GuardOutput, now: Instant): void {
    this.#timers.set('answer', after(now, ANSWER_WITHIN));
    this.#emit(output);
  }

  #changed(): void {
    this.#emit({ kind: 'changed' });
  }

  #emit(output: GuardOutput): void {
    if (!this.#out.push(output)) throw new Error('outputs are not drained: the owner must poll after each input');
  }
}
