/**
 * The ring of a recording: closed segments, oldest first, and the bytes that they take at most. Each can be read alone. What
 * has no room any more is dropped whole, and counted. It knows nothing of what is in them. Caller: journal.ts.
 */
import type { Instant } from '../time/instant.ts';

export interface Segment {
  /** Inputs in it. */
  readonly steps: number;
  /** Of its first input. */
  readonly from: Instant;
  readonly bytes: Uint8Array;
}

export class Segments {
  readonly #capacity: number;
  #kept: Segment[] = [];
  #size = 0;
  droppedSteps = 0;

  /** `capacity` in bytes. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** `beside`: bytes that are held elsewhere and count too. */
  add(segment: Segment, beside: number): void {
    this.#kept.push(segment);
    this.#size += segment.bytes.length;
    while (this.#size + beside > this.#capacity) {
      const oldest = this.#kept.shift();
      if (oldest === undefined) return;
      this.#size -= oldest.bytes.length;
      this.droppedSteps += oldest.steps;
    }
  }

  all(): readonly Segment[] {
    return this.#kept;
  }

  get size(): number {
    return this.#size;
  }
}
