/**
 * The host's clock: Instants that advance over suspend, wall time, and the detection of sleep and of a wall clock that
 * was set.
 *
 * `now()` is `process.hrtime`, plus the time slept that it did not count, which lies in shared memory so that the packet
 * worker's clock agrees. Sleep is app/time/sleep-detector's to see, from two clocks of the system and from its power
 * events; its memory is shared too. Whichever thread sees it first corrects the shared clock and tells; the other then
 * sees nothing.
 *
 * No timer of its own: threads check when they wake for another reason, at most once a second, and after a resume some
 * timer or packet wakes one soon. The two clocks are those of native-clocks.ts where a tunnel runs; else `os.uptime()`,
 * which counts suspended time (Linux: to 10 ms, macOS: 1 s), beside `process.hrtime`. Where hrtime itself counts it
 * (macOS, Windows) Instants are right, and without the native clocks only power events tell of sleep.
 */
import os from 'node:os';
import { instant, wallTime, type Duration, type Instant, type WallTime } from '../time/instant.ts';
import { SLEEP_AT_LEAST, SLEEP_CELLS, SleepDetector, type ClockReading, type PowerEvent, type Slept } from '../time/sleep-detector.ts';

/** Wall time that drifts from the monotonic clock by more than this was set by someone. */
export const WALL_STEP_AT_LEAST: Duration = 1_000;
const CHECK_EVERY: Duration = 1_000;

/** Cells of the shared memory, 64-bit floats; the lock is the 32-bit word behind them. */
const SHIFT = 0;
const LEAD = 1;
const UNTOLD = 2;
const SIMULATED = 3;
const NATIVE = 4;
const SLEEP = 5;
const CELLS = SLEEP + SLEEP_CELLS;
const LOCK = CELLS * 2;

export type ClockChange =
  /** The machine slept; Instants jumped by this. */
  | { readonly kind: 'slept'; readonly forMs: Duration }
  /** The wall clock was set. */
  | { readonly kind: 'wall-clock'; readonly wall: WallTime };

export interface ClockSources {
  /** Which two clocks `reading` reads. They are compared with those of their own kind only. */
  readonly kind: 'portable' | 'native';
  /** ms, monotonic, for Instants. Whether it counts suspended time is the system's matter. */
  monotonic(): number;
  /** `aware` may be coarse. */
  reading(): ClockReading;
  /** ms since 1970. */
  wall(): number;
}

const monotonic = (): number => {
  const [s, ns] = process.hrtime();
  return s * 1_000 + ns / 1e6;
};

export const SYSTEM_SOURCES: ClockSources = {
  kind: 'portable',
  monotonic,
  reading: () => ({ aware: os.uptime() * 1_000, running: monotonic() }),
  wall: () => Date.now(),
};

export class HostClock {
  /** Give it to the other thread's clock. */
  readonly shared: SharedArrayBuffer;
  readonly #cells: Float64Array;
  readonly #lock: Int32Array;
  readonly #sources: ClockSources;
  readonly #sleep: SleepDetector;
  #checkedAt: number;
  /** wall() - now() when they were last known to agree. */
  #wallLead: number;

  /** Without `shared`: a new clock. With it: another thread's view of the same clock. */
  constructor(shared?: SharedArrayBuffer, sources: ClockSources = SYSTEM_SOURCES) {
    this.#sources = sources;
    this.shared = shared ?? new SharedArrayBuffer((CELLS + 1) * 8);
    this.#cells = new Float64Array(this.shared, 0, CELLS);
    this.#lock = new Int32Array(this.shared);
    const first = shared === undefined ? sources.reading() : undefined;
    this.#sleep = new SleepDetector(this.#cells.subarray(SLEEP), first);
    if (first !== undefined) {
      this.#cells[NATIVE] = Number(sources.kind === 'native');
      this.#cells[LEAD] = first.aware - sources.monotonic();
    }
    this.#checkedAt = sources.monotonic();
    this.#wallLead = this.wall() - this.now();
  }

  now(): Instant {
    return instant(this.#sources.monotonic() + this.#cells[SHIFT]!);
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
    const slept = this.#takeSleep(this.#moved((reading) => this.#sleep.read(reading)));
    Atomics.store(this.#lock, LOCK, 0);
    const lead = this.wall() - this.now();
    if (slept !== undefined) {
      this.#wallLead = lead;
      return slept;
    }
    if (Math.abs(lead - this.#wallLead) <= WALL_STEP_AT_LEAST) return undefined;
    this.#wallLead = lead;
    return { kind: 'wall-clock', wall: this.wall() };
  }

  /** The system tells of its power: a sleep that was not told yet, if that is what it means. Event thread. */
  power(event: PowerEvent): Extract<ClockChange, { readonly kind: 'slept' }> | undefined {
    // The other thread holds it for a few readings of clocks.
    while (Atomics.compareExchange(this.#lock, LOCK, 0, 1) !== 0);
    const slept = this.#takeSleep(this.#moved((reading) => this.#sleep.power(event, reading)));
    Atomics.store(this.#lock, LOCK, 0);
    if (slept !== undefined) this.#wallLead = this.wall() - this.now();
    return slept;
  }

  /** For the sandbox only: all clocks jump as if the machine had slept; the next `check` says so. */
  simulateSleep(forMs: Duration): void {
    this.#cells[SHIFT]! += forMs;
    this.#cells[UNTOLD]! += forMs;
    this.#cells[SIMULATED]! += forMs;
  }

  /** Corrects Instants by what `process.hrtime` did not count, then asks the detector. A thread that has other clocks than whoever
   *  made this one leaves both to it: their zeros differ. */
  #moved(ask: (reading: ClockReading) => Slept | undefined): Slept | undefined {
    if (this.#cells[NATIVE] !== Number(this.#sources.kind === 'native')) return undefined;
    const reading = this.#sources.reading();
    const lead = reading.aware - this.#sources.monotonic();
    const jump = lead - this.#cells[LEAD]!;
    this.#cells[LEAD] = lead;
    if (jump > SLEEP_AT_LEAST) this.#cells[SHIFT]! += jump;
    return ask(reading);
  }

  /** With what the sandbox simulated since. */
  #takeSleep(real: Slept | undefined): Extract<ClockChange, { readonly kind: 'slept' }> | undefined {
    const simulated = this.#cells[UNTOLD]!;
    this.#cells[UNTOLD] = 0;
    return real === undefined && simulated === 0 ? undefined : { kind: 'slept', forMs: simulated + (real?.forMs ?? 0) };
  }
}
