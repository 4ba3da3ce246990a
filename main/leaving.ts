/**
 * The end of the app: the engine ends in order first, within a bound; who asks again after a second goes at once, with what can
 * be taken back without waiting. A system that ends the process without asking gets that part first. Knows no Electron: the
 * adapter asks before each quit, and goes, or holds it and waits.
 */
import type { Clock } from './face-feed.ts';

/** ms for all that has to end in order. */
const WITHIN = 5_000;
/** A double click is not impatience. ms. */
const IMPATIENT_AFTER = 1_000;

/** hold: nothing ends now, and `until` resolves when it may. */
export type Leave = { readonly kind: 'go' } | { readonly kind: 'hold'; readonly until: Promise<void> };

type State = { readonly kind: 'running' } | { readonly kind: 'ending'; readonly since: number; readonly until: Promise<void> } | { readonly kind: 'ended' };

export interface LeavingParts {
  readonly clock: Clock;
  readonly finish: () => Promise<void>;
  /** What needs no waiting; may be called twice. */
  readonly takeBackNow: () => void;
}

export class Leaving {
  readonly #parts: LeavingParts;
  #state: State = { kind: 'running' };

  constructor(parts: LeavingParts) {
    this.#parts = parts;
  }

  ask(): Leave {
    const state = this.#state;
    switch (state.kind) {
      case 'running':
        return this.#begin();
      case 'ending':
        if (this.#parts.clock.time() - state.since < IMPATIENT_AFTER) return { kind: 'hold', until: state.until };
        this.#state = { kind: 'ended' };
        this.#parts.takeBackNow();
        return { kind: 'go' };
      case 'ended':
        return { kind: 'go' };
      default:
        return state satisfies never;
    }
  }

  /** The system ends this process as soon as this returns: what needs no waiting is done then, the rest goes as far as it gets. */
  endNow(): void {
    try {
      if (this.#state.kind === 'running') this.#begin();
    } finally {
      // After the engine was told to end, or it would put back what it misses.
      this.#parts.takeBackNow();
    }
  }

  /** But for `running`, nothing may begin any more. `ended`: there is no way back, and an installer may wait. */
  get phase(): State['kind'] {
    return this.#state.kind;
  }

  /** The engine was ended already, and an installer waits: nothing holds it up. */
  goNow(): void {
    this.#state = { kind: 'ended' };
  }

  #begin(): Leave {
    const { clock, finish } = this.#parts;
    const late = new Promise<void>((resolve) => clock.wake(WITHIN, resolve));
    const until = this.#end(Promise.race([finish().catch(() => undefined), late]));
    this.#state = { kind: 'ending', since: clock.time(), until };
    return { kind: 'hold', until };
  }

  async #end(done: Promise<void>): Promise<void> {
    await done;
    this.#state = { kind: 'ended' };
  }
}
