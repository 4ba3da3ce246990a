/**
 * The host's clock: Instants that advance over suspend, wall time, and the detection of sleep and of a wall clock that
 * was set.
 *
 * `now()` is `process.hrtime`, plus the time slept so far, which lies in shared memory so that the packet worker's clock
 * agrees. Sleep is seen by comparing `os.uptime()`, which counts suspended time on Linux (CLOCK_BOOTTIME, read to 10 ms),
 * Windows (16 ms) and macOS (1 s), with `process.hrtime`: when the first ran ahead by more than 2 s, the machine slept
 * for that long. Whichever thread sees it first corrects the shared clock and tells; the other then sees nothing.
 *
 * No timer of its own: threads check when they wake for another reason, at most once a second, and after a resume some
 * timer or packet wakes one soon. Where hrtime itself counts suspended time (macOS with mach_continuous_time) Instants
 * are right but sleep is not noticed here; power events of the system come with a later issue.
 */
import os from 'node:os';
import { instant, wallTime, type Duration, type Instant, type WallTime } from '../time/instant.ts';

/** A smaller lead of the suspend-aware clock is rounding. */
export const SLEEP_AT_LEAST: Duration = 2_000;
/** Wall time that drifts from the monotonic clock by more than this was set by someone. */
export const WALL_STEP_AT_LEAST: Duration = 1_000;
const CHECK_EVERY: Duration = 1_000;

/** Cells of the shared memory, 64-bit floats; the lock is the 32-bit word behind them. */
const SLEPT = 0;
const LEAD = 1;
const UNTOLD = 2;
const SIMULATED = 3;
const CELLS = 4;
const LOCK = CELLS * 2;

export type ClockChange =
  /** The machine slept; Instants jumped by this. */
  | { readonly kind: 'slept'; readonly forMs: Duration }
  /** The wall clock was set. */
  | { readonly kind: 'wall-clock'; readonly wall: WallTime };

export interface ClockSources {
  /** ms, monotonic. */
  monotonic(): number;
  /** ms, monotonic, counting suspended time; coarse. */
  sinceBoot(): number;
  /** ms since 1970. */
  wall(): number;
}

export const SYSTEM_SOURCES: ClockSources = {
  monotonic: () => {
    const [s, ns] = process.hrtime();
    return s * 1_000 + ns / 1e6;
  },
  sinceBoot: () => os.uptime() * 1_000,
  wall: () => Date.now(),
};

export class HostClock {
  /** Give it to the other thread's clock. */
  readonly shared: SharedArrayBuffer;
  readonly #cells: Float64Array;
  readonly #lock: Int32Array;
  readonly #sources: ClockSources;
  #checkedAt: number;
  /** wall() - now() when they were last known to agree. */
  #wallLead: number;

  /** Without `shared`: a new clock. With it: another thread's view of the same clock. */
  constructor(shared?: SharedArrayBuffer, sources: ClockSources = SYSTEM_SOURCES) {
    this.#sources = sources;
    this.shared = shared ?? new SharedArrayBuffer((CELLS + 1) * 8);
    this.#cells = new Float64Array(this.shared, 0, CELLS);
    this.#lock = new Int32Array(this.shared);
    if (shared === undefined) this.#cells[LEAD] = sources.sinceBoot() - sources.monotonic();
    this.#checkedAt = sources.monotonic();
    this.#wallLead = this.wall() - this.now();
  }

  now(): Instant {
    return instant(this.#sources.monotonic() + this.#cells[SLEPT]!);
  }

  /** Includes simulated sleep, so that wall time and Instants of a sandbox jump together. */
  wall(): WallTime {
    return wallTime(this.#sources.wall() + this.#cells[SIMULATED]!);
  }

  /** What happened to the clocks since the last call, told once among all threads. Reads the system at most once a second. */
  check(): ClockChange | undefined {
    const monotonic = this.#sources.monotonic();
    if (monotonic - this.#checkedAt < CHECK_EVERY && this.#cells[UNTOLD] === 0) return undefined;
    if (Atomics.compareExchange(this.#lock, LOCK, 0, 1) !== 0) return undefined;
    this.#checkedAt = monotonic;
    const slept = this.#takeSleep();
    Atomics.store(this.#lock, LOCK, 0);
    const lead = this.wall() - this.now();
    if (slept > 0) {
      this.#wallLead = lead;
      return { kind: 'slept', forMs: slept };
    }
    if (Math.abs(lead - this.#wallLead) <= WALL_STEP_AT_LEAST) return undefined;
    this.#wallLead = lead;
    return { kind: 'wall-clock', wall: this.wall() };
  }

  /** For the sandbox only: all clocks jump as if the machine had slept; the next `check` says so. */
  simulateSleep(forMs: Duration): void {
    this.#cells[SLEPT]! += forMs;
    this.#cells[UNTOLD]! += forMs;
    this.#cells[SIMULATED]! += forMs;
  }

  #takeSleep(): Duration {
    const lead = this.#sources.sinceBoot() - this.#sources.monotonic();
    const real = lead - this.#cells[LEAD]!;
    const simulated = this.#cells[UNTOLD]!;
    this.#cells[LEAD] = lead;
    this.#cells[UNTOLD] = 0;
    if (real <= SLEEP_AT_LEAST) return simulated;
    this.#cells[SLEPT]! += real;
    return simulated + real;
  }
}
