/**
 * Cuts the map stream into messages: each a little-endian 32-bit length and as many bytes (JSON, or one zstd frame). Pure.
 * A message longer than MAX_MAP_MESSAGE is refused by its length; then the stream is over.
 *
 * Memory: one incoming message in one buffer, which grows with what came, not with what was announced: at most twice the
 * bytes that came, and never more than MAX_MAP_MESSAGE, plus the old buffer while it grows.
 */
import { reject, type Reject } from '../base/reject.ts';

/** Bytes. Ten thousand peers need about 15 million. */
export const MAX_MAP_MESSAGE = 64 * 1024 * 1024;
const LENGTH = 4;
const FIRST_BUFFER = 16 * 1024;

export type MapFrameRefusal = 'map: a message longer than the limit';
const TOO_LONG = reject<MapFrameRefusal>('map: a message longer than the limit');

export interface MapFrames {
  /** Each has memory of its own. */
  readonly messages: readonly Uint8Array[];
  readonly refused: Reject<MapFrameRefusal> | undefined;
}

export class MapFrameSplitter {
  readonly #limit: number;
  readonly #prefix = new Uint8Array(LENGTH);
  #prefixHave = 0;
  #body = new Uint8Array(0);
  #bodyHave = 0;
  #refused: Reject<MapFrameRefusal> | undefined;

  constructor(limit: number = MAX_MAP_MESSAGE) {
    this.#limit = limit;
  }

  /** The messages that `bytes` completes, in order; and the refusal that ended the stream, if one did. */
  push(bytes: Uint8Array): MapFrames {
    const messages: Uint8Array[] = [];
    for (let at = 0; at < bytes.length && this.#refused === undefined; ) {
      if (this.#prefixHave < LENGTH) {
        this.#prefix[this.#prefixHave++] = bytes[at++]!;
        if (this.#prefixHave === LENGTH && this.#wanted > this.#limit) this.#refused = TOO_LONG;
      } else {
        const part = bytes.subarray(at, at + this.#wanted - this.#bodyHave);
        this.#hold(part);
        at += part.length;
      }
      if (this.#refused === undefined && this.#prefixHave === LENGTH && this.#bodyHave === this.#wanted) messages.push(this.#take());
    }
    return { messages, refused: this.#refused };
  }

  /** True between two messages: an end of the stream here cuts nothing in half. */
  get atBoundary(): boolean {
    return this.#prefixHave === 0;
  }

  /** Bytes of memory in use. */
  get held(): number {
    return this.#body.length;
  }

  get #wanted(): number {
    return (this.#prefix[0]! | (this.#prefix[1]! << 8) | (this.#prefix[2]! << 16) | (this.#prefix[3]! << 24)) >>> 0;
  }

  #hold(part: Uint8Array): void {
    const needed = this.#bodyHave + part.length;
    if (needed > this.#body.length) {
      const grown = new Uint8Array(Math.min(this.#wanted, Math.max(FIRST_BUFFER, 2 * this.#body.length, needed)));
      grown.set(this.#body.subarray(0, this.#bodyHave));
      this.#body = grown;
    }
    this.#body.set(part, this.#bodyHave);
    this.#bodyHave = needed;
  }

  #take(): Uint8Array {
    const message = this.#body.subarray(0, this.#bodyHave);
    this.#body = new Uint8Array(0);
    this.#bodyHave = 0;
    this.#prefixHave = 0;
    return message;
  }
}

/** One message with its length in front. */
export function encodeMapFrame(payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(LENGTH + payload.length);
  new DataView(out.buffer).setUint32(0, payload.length, true);
  out.set(payload, LENGTH);
  return out;
}
