/**
 * All timers of one machine: one string-literal union of reasons, one table, no handles. Arming a timer again moves it.
 * The table never fires anything itself: the machine asks what is due. `Name` is the list of reasons to wake.
 */
import { instant, type Instant } from './instant.ts';
import type { Deadline } from './deadline.ts';

export class TimerTable<Name extends string> {
  readonly #names: readonly Name[];
  readonly #at: Float64Array;
  readonly #why: readonly string[];

  /** `prefix` names the machine in the deadline's reason: `peer` and `zero-keys` give "peer: zero-keys". */
  constructor(names: readonly Name[], prefix: string) {
    this.#names = names;
    this.#at = new Float64Array(names.length).fill(Infinity);
    this.#why = names.map((name) => `${prefix}: ${name}`);
  }

  set(name: Name, at: Instant): void {
    this.#at[this.#names.indexOf(name)] = at;
  }

  /** Arms the timer only if it is not armed. */
  setIfIdle(name: Name, at: Instant): void {
    const i = this.#names.indexOf(name);
    if (this.#at[i] === Infinity) this.#at[i] = at;
  }

  clear(name: Name): void {
    this.#at[this.#names.indexOf(name)] = Infinity;
  }

  clearAll(): void {
    this.#at.fill(Infinity);
  }

  get(name: Name): Instant | undefined {
    const at = this.#at[this.#names.indexOf(name)]!;
    return at === Infinity ? undefined : instant(at);
  }

  /** Disarms and returns one timer that is due, in the order of the union; undefined when none is. */
  takeDue(now: Instant): Name | undefined {
    for (let i = 0; i < this.#at.length; i++) {
      if (this.#at[i]! <= now) {
        this.#at[i] = Infinity;
        return this.#names[i];
      }
    }
    return undefined;
  }

  next(): Deadline | undefined {
    let best = -1;
    for (let i = 0; i < this.#at.length; i++) {
      if (this.#at[i] !== Infinity && (best < 0 || this.#at[i]! < this.#at[best]!)) best = i;
    }
    return best < 0 ? undefined : { at: instant(this.#at[best]!), why: this.#why[best]! };
  }
}
