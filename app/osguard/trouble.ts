/**
 * The account of one disturbance after the other: what is missing since when, what was tried and refused, how often it was
 * undone again, and whether that is a fight. It tells the history; it decides no repair. Callers: guard.ts.
 */
import type { DesiredOs, ObservedOs, RepairResult, WantedItem } from '../ports/os-state.ts';
import { after, age, type Instant } from '../time/instant.ts';
import { FIGHT_LASTS, FIGHT_OVER, FIGHT_UNDONE, FIGHT_WINDOW, NAMED_AT_MOST, STAYS, UNDONE_KEPT } from './constants.ts';
import { Suspects } from './suspects.ts';
import type { GuardState, OsIncident } from './types.ts';

interface Open {
  readonly id: number;
  readonly since: Instant;
  /** What was missing last; stays when it was restored. */
  readonly items: readonly WantedItem[];
  readonly missing: number;
  /** Cycles of repair. */
  readonly attempts: number;
  readonly undone: number;
  readonly fight: boolean;
  /** undefined: it is not. */
  readonly restoredAt: Instant | undefined;
}

export class Trouble {
  readonly suspects = new Suspects();
  readonly #tell: (incident: OsIncident) => void;
  #open: Open | undefined;
  #undone: Instant[] = [];
  /** Of the last cycle. */
  #made = new Set<WantedItem>();
  #refused: { readonly item: WantedItem; readonly why: string } | undefined;
  /** All that was tried last was refused. */
  isOnlyRefused = false;
  /** The present wish stood once. */
  #stood = false;
  #ids = 0;

  constructor(tell: (incident: OsIncident) => void) {
    this.#tell = tell;
  }

  get isFight(): boolean {
    return this.#open?.fight === true;
  }

  /** What stands is another question now. */
  newWish(): void {
    this.#stood = false;
    this.#made.clear();
    this.#refused = undefined;
  }

  missing(missing: readonly WantedItem[], seen: ObservedOs, desired: DesiredOs, now: Instant): void {
    const open = this.#open;
    // What was there, or was made with success, and is not there any more.
    const undone = (this.#stood && (open === undefined || open.restoredAt !== undefined)) || missing.some((item) => this.#made.has(item));
    if (undone) this.#undone = [...this.#undone.filter((at) => age(at, now) < FIGHT_WINDOW), now].slice(-UNDONE_KEPT);
    const first = this.#undone[0];
    const fights = this.#undone.length >= FIGHT_UNDONE && first !== undefined && age(first, now) >= FIGHT_LASTS;
    this.suspects.lookAt(missing, seen, desired);
    const items = missing.slice(0, NAMED_AT_MOST);
    const next: Open = {
      id: open?.id ?? this.#ids++,
      since: open?.since ?? now,
      items,
      missing: missing.length,
      attempts: open?.attempts ?? 0,
      undone: (open?.undone ?? 0) + (undone ? 1 : 0),
      fight: open?.fight === true || fights,
      restoredAt: undefined,
    };
    this.#open = next;
    this.isOnlyRefused = this.#refused !== undefined && this.#made.size === 0;
    this.#made.clear();
    const { id, since, attempts } = next;
    const suspect = this.suspects.worst();
    if (open === undefined) this.#tell({ kind: 'began', id, since, items, missing: missing.length, suspect });
    else this.#tell({ kind: 'revised', id, items, missing: missing.length, suspect, attempts, undone: next.undone, fight: next.fight });
  }

  repairing(): void {
    if (this.#open !== undefined) this.#open = { ...this.#open, attempts: this.#open.attempts + 1 };
    this.#made.clear();
    this.#refused = undefined;
  }

  tried(item: WantedItem, result: RepairResult): void {
    if (result.ok) this.#made.add(item);
    else this.#refused = { item, why: result.why };
  }

  /** All is there. Returns until when it has to stay; undefined: nothing was wrong. */
  restored(now: Instant): Instant | undefined {
    this.#stood = true;
    this.#refused = undefined;
    this.#made.clear();
    if (this.#open === undefined) return undefined;
    const restoredAt = this.#open.restoredAt ?? now;
    this.#open = { ...this.#open, restoredAt };
    return after(restoredAt, this.#open.fight ? FIGHT_OVER : STAYS);
  }

  /** It stayed for as long as was asked. */
  stayed(now: Instant): void {
    this.end('restored', this.#open?.restoredAt ?? now);
  }

  end(result: Extract<OsIncident, { kind: 'ended' }>['result'], at: Instant): void {
    if (this.#open === undefined) return;
    this.#tell({ kind: 'ended', id: this.#open.id, at, result, attempts: this.#open.attempts });
    if (this.#open.fight || result !== 'restored') {
      this.#undone = [];
      this.suspects.forget();
    }
    this.#open = undefined;
    this.#made.clear();
    this.#refused = undefined;
  }

  /** undefined: nothing to tell of. `waits`: the system refused, and is asked again at `nextTryAt`. */
  state(nextTryAt: Instant, waits: boolean): GuardState | undefined {
    if (this.#open === undefined) return undefined;
    const { since, items, missing, attempts, undone, fight, restoredAt } = this.#open;
    if (fight) return { kind: 'fought-over', since, items, missing: restoredAt === undefined ? missing : 0, standing: restoredAt !== undefined, suspect: this.suspects.worst(), undone, nextTryAt };
    if (restoredAt !== undefined) return undefined;
    if (waits && this.#refused !== undefined) return { kind: 'refused', since, item: this.#refused.item, why: this.#refused.why, nextTryAt };
    return { kind: 'repairing', since, items, missing, attempts };
  }
}
