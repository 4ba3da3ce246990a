/**
 * One computer: the product's guard alone on a model of its system (guarded-system.ts), beside other writers. Callers:
 * route-wipe.ts.
 */
import { createSeededRng } from '../../base/seeded-rng.ts';
import { TraceHash } from '../../base/trace-hash.ts';
import { OsGuard } from '../../osguard/guard.ts';
import type { GuardInput, GuardOutput, OsIncident } from '../../osguard/types.ts';
import type { Rng } from '../../ports/rng.ts';
import { instant, type Instant } from '../../time/instant.ts';
import { EventQueue } from '../event-queue.ts';
import type { PlainViolation } from '../plain-report.ts';
import type { ForeignAct } from './foreign-writer.ts';
import { GuardedSystem } from './guarded-system.ts';
import { Memory } from './naive-memory.ts';

const VIOLATIONS_KEPT = 20;

export class OsWorld {
  readonly seed: number;
  readonly rng: Rng;
  readonly system: GuardedSystem;
  readonly guard: OsGuard;
  readonly violations: PlainViolation[] = [];
  readonly hash = new TraceHash();
  readonly incidents: { readonly at: number; readonly incident: OsIncident }[] = [];
  readonly tally = { steps: 0, wakeUps: 0 };
  readonly #queue = new EventQueue();
  #now = 0;
  #wokenAt: number | undefined;

  /** naive: the guard is shown what it was told and what it did, never what is there. */
  constructor(seed: number, naive: boolean) {
    this.seed = seed;
    this.rng = createSeededRng((seed ^ 0x05a11e) >>> 0);
    this.guard = new OsGuard({ rng: createSeededRng(seed) });
    this.system = new GuardedSystem({
      rng: this.rng,
      now: () => this.#now,
      later: (ms, run) => this.at(this.#now + ms, run),
      tell: (told) => this.#give(told),
      wrong: (text) => this.violate('right within a second', text),
      ...(naive ? { memory: (desired) => new Memory(desired) } : {}),
    });
    this.#give({ kind: 'want', desired: this.system.desired });
  }

  get now(): number {
    return this.#now;
  }

  at(ms: number, run: () => void): void {
    this.#queue.push(Math.max(ms, this.#now), run);
  }

  run(until: number): void {
    for (let next = this.#queue.nextAt(); next !== undefined && next <= until; next = this.#queue.nextAt()) {
      this.#now = next;
      this.#queue.shift()?.run();
      this.tally.steps++;
      this.system.watch();
    }
    this.#now = until;
  }

  /** Another program begins this now. */
  begin(act: ForeignAct): void {
    this.hash.value(act);
    this.system.begin(act);
  }

  violate(rule: string, text: string): void {
    if (this.violations.length < VIOLATIONS_KEPT) this.violations.push({ rule, atSeconds: Math.round(this.#now) / 1_000, text });
  }

  get instant(): Instant {
    return instant(this.#now);
  }

  #give(input: GuardInput): void {
    this.guard.handle(input, this.instant);
    this.#drain();
  }

  #drain(): void {
    for (let out = this.guard.poll(); out !== undefined; out = this.guard.poll()) {
      this.hash.value(out.kind);
      this.hash.number(this.#now);
      this.#interpret(out);
    }
    const next = this.guard.nextDeadline();
    if (next === undefined || next.at === this.#wokenAt) return;
    this.#wokenAt = next.at;
    this.at(next.at, () => {
      const due = this.guard.nextDeadline();
      if (due === undefined || due.at > this.#now) return;
      this.tally.wakeUps++;
      this.#wokenAt = undefined;
      this.guard.expire(this.instant);
      this.#drain();
    });
  }

  #interpret(out: GuardOutput): void {
    switch (out.kind) {
      case 'look':
      case 'repair':
      case 'prove':
      case 'who':
        this.system.obey(out);
        return;
      case 'incident':
        this.incidents.push({ at: this.#now, incident: out.incident });
        return;
      case 'changed':
        return;
      default:
        return out satisfies never;
    }
  }
}
