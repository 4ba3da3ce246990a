/**
 * A place in a recording: which step or entry comes next, over all segments in order. What was recorded is asked for by kind; where
 * something else stands, the replay has gone another way. Callers: replay.ts and replay-ports.ts.
 */
import { ByteReader, Damage } from './byte-reader.ts';
import type { Recording } from './recording.ts';
import { ValueReader } from './values.ts';

/** The replay decided otherwise than the run. Its message is a phrase for a person. Never leaves this folder. */
export class Parted extends Error {}

export type Unpack = (bytes: Uint8Array) => Uint8Array | undefined;

export class Cursor {
  from = new ByteReader(new Uint8Array(0));
  values = new ValueReader(this.from);
  readonly #recording: Recording;
  readonly #unpack: Unpack;
  #next = 0;

  constructor(recording: Recording, unpack: Unpack) {
    this.#recording = recording;
    this.#unpack = unpack;
  }

  /** Undefined: the recording is over. */
  nextStep(): { readonly op: number; readonly isFirstOfSegment: boolean } | undefined {
    const isFirstOfSegment = this.from.isAtEnd;
    while (this.from.isAtEnd) {
      const segment = this.#recording.segments[this.#next++];
      if (segment === undefined) return undefined;
      const bytes = segment.isPacked ? this.#unpack(segment.bytes) : segment.bytes;
      if (bytes === undefined) throw new Damage('a segment cannot be unpacked');
      this.from = new ByteReader(bytes);
      this.values = new ValueReader(this.from);
    }
    return { op: this.from.byte(), isFirstOfSegment };
  }

  /** True, and past its first byte, when this kind of entry is next. */
  takes(op: number): boolean {
    if (this.from.peek() !== op) return false;
    this.from.byte();
    return true;
  }

  must(op: number, what: string): void {
    if (!this.takes(op)) throw new Parted(`it asks for ${what}, as the run did not`);
  }
}
