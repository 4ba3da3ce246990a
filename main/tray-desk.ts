/**
 * What a person asked for in the tray and what came of it. Every action ends: with its outcome, with why not, or at its deadline,
 * and that is seen in the menu and told to `tell`, as the menu closes with the click. One action of a kind at a time.
 */
import type { TextKey, Values } from '../app/language/texts.ts';
import type { Clock } from './face-feed.ts';
import type { TrayAction } from './tray-view.ts';

export interface Outcome {
  readonly kind: 'done' | 'failed' | 'late';
  readonly key: TextKey;
  readonly values: Values;
}

/** Null: what it does is seen by itself. */
export type Perform = (action: TrayAction) => Promise<Outcome | null>;

/** ms; the outcome of what ends later is shown all the same. */
export const DEADLINES: Readonly<Record<TrayAction['kind'], number>> = { open: 5_000, copy: 2_000, quit: 10_000, check: 5_000, 'sign-in': 5_000, report: 20_000, switch: 15_000 };
/** How long an outcome stays in the menu (ms). */
export const SHOWN_FOR = 60_000;

export class TrayDesk {
  readonly #perform: Perform;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #tell: (action: TrayAction, outcome: Outcome) => void;
  readonly #running = new Set<string>();
  #outcome: Outcome | null = null;
  #forget: () => void = () => {};

  constructor(perform: Perform, clock: Clock, changed: () => void, tell: (action: TrayAction, outcome: Outcome) => void) {
    this.#perform = perform;
    this.#clock = clock;
    this.#changed = changed;
    this.#tell = tell;
  }

  get state(): { readonly running: ReadonlySet<string>; readonly outcome: Outcome | null } {
    return { running: new Set(this.#running), outcome: this.#outcome };
  }

  /** `id`: the entry that was chosen. */
  async run(id: string, action: TrayAction): Promise<void> {
    if (this.#running.has(id)) return;
    this.#running.add(id);
    this.#changed();
    const wait = DEADLINES[action.kind];
    const cancel = this.#clock.wake(wait, () => this.#end(action, { kind: 'late', key: 'tray.late', values: { seconds: wait / 1_000 } }));
    try {
      const outcome = await this.#perform(action);
      this.#running.delete(id);
      if (outcome === null) this.#changed();
      else this.#end(action, outcome);
    } catch (error) {
      this.#running.delete(id);
      this.#end(action, { kind: 'failed', key: 'tray.failed', values: { why: error instanceof Error ? error.message : String(error) } });
    } finally {
      cancel();
    }
  }

  stop(): void {
    this.#forget();
  }

  #end(action: TrayAction, outcome: Outcome): void {
    this.#outcome = outcome;
    this.#forget();
    this.#forget = this.#clock.wake(SHOWN_FOR, () => {
      this.#outcome = null;
      this.#changed();
    });
    this.#changed();
    this.#tell(action, outcome);
  }
}
