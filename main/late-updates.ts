/**
 * Updates while it is not known yet whether this build gets any: the system is asked for its maker meanwhile, and the engine does
 * not wait for the answer. Until then nobody has looked, and no step fits. It decides nothing. Caller: main.ts.
 */
import type { UpdateView } from '../app/api/schema.ts';
import type { Updates } from '../app/host/shell/hands.ts';
import type { Clock } from './face-feed.ts';

/** ms. */
export const FIRST_LOOK = 60_000;
export const LOOK_EVERY = 12 * 3_600_000;

export class LateUpdates implements Updates {
  #updates: Updates | undefined;
  #changed: () => void = () => {};

  /** `later` does not reject. */
  constructor(later: Promise<Updates>) {
    void this.#take(later);
  }

  async #take(later: Promise<Updates>): Promise<void> {
    this.#updates = await later;
    this.#updates.onChange(() => this.#changed());
    this.#changed();
  }

  view(): UpdateView {
    return this.#updates?.view() ?? { kind: 'none', checkedAt: null, waiting: null };
  }

  begin(step: 'check' | 'download' | 'install', by?: 'person' | 'itself'): boolean {
    return this.#updates?.begin(step, by) ?? false;
  }

  onChange(callback: () => void): void {
    this.#changed = callback;
  }
}

/** Looks by itself while a person wants that: a minute after the start, then twice a day. The answer ends it. */
export function lookByItself(clock: Clock, updates: Pick<Updates, 'begin'>, isWanted: () => boolean): () => void {
  let cancel = (): void => {};
  const lookIn = (ms: number): void => {
    cancel = clock.wake(ms, () => {
      if (isWanted()) updates.begin('check', 'itself');
      lookIn(LOOK_EVERY);
    });
  };
  lookIn(FIRST_LOOK);
  return () => cancel();
}
