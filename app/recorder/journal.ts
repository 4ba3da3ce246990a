/**
 * The growing end of a recording: steps of a node and what it drew, opened and read while it took them, as bytes in segments
 * of bounded size. A step never lies in two segments. It decides nothing. Callers: recorded-node.ts and recorded-ports.ts.
 */
import type { PeerId } from '../base/brand.ts';
import type { Instant } from '../time/instant.ts';
import { ByteWriter } from './byte-writer.ts';
import { OP, type Recording, type RecordedSegment } from './recording.ts';
import type { Scrubber } from './scrub.ts';
import { Segments } from './segments.ts';
import { ValueWriter } from './values.ts';

/** Bytes of a segment before it is packed; one large input may make it larger. */
const SEGMENT: number = 65_536;
export const RECORDING_BYTES = 2_097_152;

export interface JournalInit {
  /** Bytes; RECORDING_BYTES where nothing else is wanted. */
  readonly capacity: number;
  readonly scrub: Scrubber;
  /** Makes a closed segment smaller (raw DEFLATE, RFC 1951). Absent: it stays as it is. */
  readonly pack?: (bytes: Uint8Array) => Uint8Array;
}

interface RelayedRun {
  readonly region: number;
  readonly peer: PeerId;
  readonly length: number;
  readonly first: number;
  readonly at: Instant;
  count: number;
}

export class Journal {
  readonly out = new ByteWriter();
  readonly values: ValueWriter;
  readonly #init: JournalInit;
  readonly #segments: Segments;
  #steps = 0;
  #stepsHere = 0;
  #from = 0 as Instant;
  #last = 0;
  #run: RelayedRun | undefined;

  constructor(init: JournalInit) {
    this.#init = init;
    this.#segments = new Segments(init.capacity);
    this.values = new ValueWriter(this.out, init.scrub, true);
  }

  /** Since the beginning, dropped ones too. */
  get steps(): number {
    return this.#steps;
  }

  /** Bytes that are held. */
  get size(): number {
    return this.#segments.size + this.out.length;
  }

  /** A step begins; what it took follows. `at`: whole 1/1,024 ms. */
  step(op: number, at: Instant): void {
    this.#endRun();
    if (this.out.length >= SEGMENT) this.#close();
    this.#begin(op, at);
  }

  /** Something that belongs to the step: drawn, opened, read, decided. */
  entry(op: number): void {
    this.#endRun();
    this.out.byte(op);
  }

  /** A packet for a relay: alike ones at one time are one step. */
  relayed(region: number, peer: PeerId, bytes: Uint8Array, at: Instant): void {
    const run = this.#run;
    const first = bytes[0] ?? 0;
    if (run !== undefined && run.peer === peer && run.region === region && run.length === bytes.length && run.first === first && run.at === at) {
      run.count++;
      return;
    }
    this.#endRun();
    this.#run = { region, peer, length: bytes.length, first, at, count: 1 };
  }

  /** All that is held. Changes nothing that is recorded later. */
  recording(about: Pick<Recording, 'version' | 'rows' | 'traceHash'>): Recording {
    this.#endRun();
    const { pack } = this.#init;
    const isPacked = pack !== undefined;
    const segments = this.#segments.all().map(({ from, steps, bytes }): RecordedSegment => ({ from, steps, isPacked, bytes }));
    if (this.#stepsHere > 0) segments.push({ from: this.#from, steps: this.#stepsHere, isPacked, bytes: pack?.(this.out.copy()) ?? this.out.copy() });
    return { ...about, steps: this.#steps, droppedSteps: this.#segments.droppedSteps, segments };
  }

  #begin(op: number, at: Instant): void {
    if (this.#stepsHere === 0) this.#from = at;
    this.#steps++;
    this.#stepsHere++;
    this.out.byte(op);
    const ticks = at * TICKS_A_MS;
    const moved = ticks - this.#last;
    // A clock that went back is a bug of its own, and to be seen.
    this.out.count(moved >= 0 ? moved * 2 : -moved * 2 - 1);
    this.#last = ticks;
  }

  #endRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    if (this.out.length >= SEGMENT) this.#close();
    this.#begin(OP.relayed, run.at);
    for (const number of [run.region, run.peer, run.length, run.first, run.count]) this.out.count(number);
  }

  #close(): void {
    const whole = this.out.copy();
    this.#segments.add({ from: this.#from, steps: this.#stepsHere, bytes: this.#init.pack?.(whole) ?? whole }, SEGMENT);
    this.out.reset();
    this.values.forget();
    this.#stepsHere = 0;
    this.#last = 0;
  }
}

export const TICKS_A_MS = 1_024;

/** The first tick that is not before: so exact that no deadline is missed, so round that it takes few bytes. */
export function roundUp(now: Instant): Instant {
  return (Math.ceil(now * TICKS_A_MS) / TICKS_A_MS) as Instant;
}
