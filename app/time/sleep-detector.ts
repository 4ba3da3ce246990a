/**
 * Whether the machine slept: from two clocks, of which one stops while it sleeps, and from what the system tells of its
 * power. Either alone is enough; both about one sleep are told once. A set wall clock is no sleep: wall time is no input.
 * Its memory is a few numbers, so that threads can share it; who calls holds whatever lock that needs. Pure.
 */
import type { Duration } from './instant.ts';

/** Two readings of one moment, ms, each from a zero of its own. */
export interface ClockReading {
  /** Counts the time asleep. */
  readonly aware: number;
  /** Stops meanwhile. */
  readonly running: number;
}

/** As Electron's powerMonitor names them. `shutdown`: the system ends, or the session does. */
export type PowerEvent = 'suspend' | 'resume' | 'lock' | 'unlock' | 'shutdown';

export interface Slept {
  /** 0: the system says that it slept, and no clock says for how long. */
  readonly forMs: Duration;
  readonly by: 'clocks' | 'power';
}

/** A smaller lead of the clock that counts is rounding, or a nap that no connection notices. Ours. */
export const SLEEP_AT_LEAST: Duration = 2_000;
/** A second word of the system about waking, so soon after the first, is about the same. Ours. */
export const TOGETHER: Duration = 30_000;
/** A coarse clock shows a sleep this long after its end at most (full seconds, and a look each second). Ours. */
export const SHOWN_WITHIN: Duration = 3_000;

const LEAD = 0;
const SUSPENDED_AT = 1;
const TOLD_AT = 2;
/** On the clock that stops; of what no clock had shown. */
const UNSHOWN_AT = 3;
export const SLEEP_CELLS = 4;

export class SleepDetector {
  readonly #cells: Float64Array;

  /** `cells`: SLEEP_CELLS numbers. With `first` they are made new; without, another's memory goes on. */
  constructor(cells: Float64Array, first?: ClockReading) {
    this.#cells = cells;
    if (first === undefined) return;
    cells[LEAD] = first.aware - first.running;
    cells[SUSPENDED_AT] = Number.NaN;
    cells[TOLD_AT] = -Infinity;
    cells[UNSHOWN_AT] = -Infinity;
  }

  /** At every wake-up, or now and then: a slow drift between two looks is never a sleep. */
  read(reading: ClockReading): Slept | undefined {
    const lead = reading.aware - reading.running;
    const jump = lead - this.#cells[LEAD]!;
    this.#cells[LEAD] = lead;
    if (jump <= SLEEP_AT_LEAST) return undefined;
    const isShownLate = reading.running - this.#cells[UNSHOWN_AT]! < SHOWN_WITHIN && Number.isNaN(this.#cells[SUSPENDED_AT]!);
    if (isShownLate) return undefined;
    return this.#tell(jump, 'clocks', reading);
  }

  power(event: PowerEvent, reading: ClockReading): Slept | undefined {
    const seen = this.read(reading);
    switch (event) {
      case 'suspend':
        this.#cells[SUSPENDED_AT] = reading.aware;
        return seen;
      case 'resume':
        return this.#resumed(seen, reading);
      // No sleep by themselves; a moment to look at the clocks.
      case 'lock':
      case 'unlock':
      case 'shutdown':
        return seen;
      default:
        return event satisfies never;
    }
  }

  #resumed(seen: Slept | undefined, reading: ClockReading): Slept | undefined {
    const since = this.#cells[SUSPENDED_AT]!;
    this.#cells[SUSPENDED_AT] = Number.NaN;
    if (seen !== undefined) return seen;
    const told = this.#cells[TOLD_AT]!;
    const isTold = Number.isNaN(since) ? reading.aware - told < TOGETHER : told >= since;
    return isTold ? undefined : this.#tell(Number.isNaN(since) ? 0 : Math.max(0, reading.aware - since), 'power', reading);
  }

  #tell(forMs: Duration, by: Slept['by'], { aware, running }: ClockReading): Slept {
    this.#cells[TOLD_AT] = aware;
    this.#cells[UNSHOWN_AT] = by === 'power' ? running : -Infinity;
    return { forMs, by };
  }
}
