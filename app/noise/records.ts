/**
 * What runs over the control channel's TCP connection: handshake messages and sealed records, each in a frame of a type
 * byte and a big-endian length (protocol of the control server; the initiation alone begins with its version). Pure bytes
 * in and out: no sockets. Used by both ends. What breaks the rules is a Reject, and the connection is over: after it
 * neither end may be used again.
 *
 * Memory: an opener holds one partial frame (MAX_FRAME bytes); what it returns is bounded by what was pushed in.
 */
import { createArena } from '../base/batch.ts';
import { isReject, reject, type Reject } from '../base/reject.ts';
import type { PacketKey } from '../ports/crypto.ts';
import { IK_INITIATION_LENGTH, IK_RESPONSE_LENGTH } from './ik.ts';

const INITIATION = 1;
const RESPONSE = 2;
const REFUSAL = 3;
const RECORD = 4;

const INITIATION_HEADER = 5;
const HEADER = 3;
const TAG = 16;

/** A whole frame with its header, at most. */
export const MAX_FRAME = 4_096;
/** What one record carries at most. */
export const MAX_RECORD_PLAIN = MAX_FRAME - HEADER - TAG;
export const INITIATION_FRAME_LENGTH = INITIATION_HEADER + IK_INITIATION_LENGTH;
export const RESPONSE_FRAME_LENGTH = HEADER + IK_RESPONSE_LENGTH;

export type RecordRefusal =
  | 'noise: not an initiation'
  | 'noise: not a response'
  | 'noise: the server refused the handshake'
  | 'noise: not a record'
  | 'noise: a record of an impossible length'
  | 'noise: a record of a wrong tag'
  | 'noise: out of record numbers';

const NOT_INITIATION = reject<RecordRefusal>('noise: not an initiation');
const NOT_RESPONSE = reject<RecordRefusal>('noise: not a response');
const REFUSED = reject<RecordRefusal>('noise: the server refused the handshake');
const NOT_RECORD = reject<RecordRefusal>('noise: not a record');
const BAD_LENGTH = reject<RecordRefusal>('noise: a record of an impossible length');
const BAD_TAG = reject<RecordRefusal>('noise: a record of a wrong tag');
const EXHAUSTED = reject<RecordRefusal>('noise: out of record numbers');

/** Mixed into the handshake by both ends, so that a version changed on the way makes it fail. */
export function controlPrologue(version: number): Uint8Array {
  return Uint8Array.from(`Tailscale Control Protocol v${version}`, (c) => c.charCodeAt(0));
}

/** `version`: 16 bits. `message`: what beginIk made. */
export function encodeInitiation(version: number, message: Uint8Array): Uint8Array {
  const out = new Uint8Array(INITIATION_FRAME_LENGTH);
  out.set([version >>> 8, version & 0xff, INITIATION, message.length >>> 8, message.length & 0xff]);
  out.set(message, INITIATION_HEADER);
  return out;
}

export function decodeInitiation(bytes: Uint8Array): { readonly version: number; readonly message: Uint8Array } | Reject<RecordRefusal> {
  if (bytes.length !== INITIATION_FRAME_LENGTH || bytes[2] !== INITIATION || word(bytes, 3) !== IK_INITIATION_LENGTH) return NOT_INITIATION;
  return { version: word(bytes, 0), message: bytes.subarray(INITIATION_HEADER) };
}

/** `message`: what answerIk made. */
export function encodeResponse(message: Uint8Array): Uint8Array {
  const out = new Uint8Array(RESPONSE_FRAME_LENGTH);
  out.set([RESPONSE, message.length >>> 8, message.length & 0xff]);
  out.set(message, HEADER);
  return out;
}

/**
 * The response at the beginning of `bytes`, and what follows it. Undefined: more bytes are needed (never more than
 * RESPONSE_FRAME_LENGTH in all). A refusal in clear text is nobody's word: its text is not read.
 */
export function decodeResponse(bytes: Uint8Array): { readonly message: Uint8Array; readonly rest: Uint8Array } | Reject<RecordRefusal> | undefined {
  if (bytes.length < HEADER) return undefined;
  if (bytes[0] === REFUSAL) return REFUSED;
  if (bytes[0] !== RESPONSE || word(bytes, 1) !== IK_RESPONSE_LENGTH) return NOT_RESPONSE;
  if (bytes.length < RESPONSE_FRAME_LENGTH) return undefined;
  return { message: bytes.subarray(HEADER, RESPONSE_FRAME_LENGTH), rest: bytes.subarray(RESPONSE_FRAME_LENGTH) };
}

/** Seals one direction. */
export class RecordSealer {
  readonly #key: PacketKey;
  readonly #number: RecordNumber;

  /** `from`: number of the first record, 0 on a new connection. */
  constructor(key: PacketKey, from: bigint = 0n) {
    this.#key = key;
    this.#number = new RecordNumber(from);
  }

  /** The frames that carry `plain`, one after another: as few as can be. Nothing for nothing. */
  seal(plain: Uint8Array): Uint8Array | Reject<RecordRefusal> {
    const frames = Math.ceil(plain.length / MAX_RECORD_PLAIN);
    const arena = createArena(plain.length + frames * (HEADER + TAG));
    for (let i = 0, to = 0; i < frames; i++) {
      const part = plain.subarray(i * MAX_RECORD_PLAIN, (i + 1) * MAX_RECORD_PLAIN);
      if (this.#number.spent) return EXHAUSTED;
      arena.bytes[to] = RECORD;
      arena.view.setUint16(to + 1, part.length + TAG);
      arena.bytes.set(part, to + HEADER);
      this.#key.seal(this.#number.nonceHigh, this.#number.nonceLow, arena, to + HEADER, part.length, to + HEADER);
      this.#number.next();
      to += HEADER + part.length + TAG;
    }
    return arena.bytes;
  }

  wipe(): void {
    this.#key.wipe();
  }
}

/** Opens one direction, from pieces of any size. */
export class RecordOpener {
  readonly #key: PacketKey;
  readonly #number: RecordNumber;
  /** The frame that is coming in, and how much of it is there. */
  readonly #frame = createArena(MAX_FRAME);
  #have = 0;
  #refused: Reject<RecordRefusal> | undefined;

  constructor(key: PacketKey, from: bigint = 0n) {
    this.#key = key;
    this.#number = new RecordNumber(from);
  }

  /** What the whole records in `bytes` say, in order; and the refusal that ended it, if one did: then nothing more comes, ever. */
  push(bytes: Uint8Array): { readonly plain: readonly Uint8Array[]; readonly refused: Reject<RecordRefusal> | undefined } {
    const plain: Uint8Array[] = [];
    let at = 0;
    while (this.#refused === undefined && at < bytes.length) {
      const wanted = this.#have < HEADER ? HEADER : HEADER + word(this.#frame.bytes, 1);
      const part = bytes.subarray(at, at + wanted - this.#have);
      this.#frame.bytes.set(part, this.#have);
      this.#have += part.length;
      at += part.length;
      if (this.#have < wanted) break;
      const step = wanted === HEADER ? this.#checkHeader() : this.#open();
      if (isReject(step)) this.#refused = step;
      else if (step !== undefined && step.length > 0) plain.push(step);
    }
    return { plain, refused: this.#refused };
  }

  /** True between two frames: an end of the connection here cuts nothing in half. */
  get atBoundary(): boolean {
    return this.#have === 0;
  }

  wipe(): void {
    this.#key.wipe();
    this.#frame.bytes.fill(0);
  }

  #checkHeader(): Reject<RecordRefusal> | undefined {
    if (this.#frame.bytes[0] !== RECORD) return NOT_RECORD;
    const length = word(this.#frame.bytes, 1);
    return length < TAG || length > MAX_FRAME - HEADER ? BAD_LENGTH : undefined;
  }

  #open(): Uint8Array | Reject<RecordRefusal> {
    const length = this.#have - HEADER;
    this.#have = 0;
    if (this.#number.spent) return EXHAUSTED;
    if (!this.#key.open(this.#number.nonceHigh, this.#number.nonceLow, this.#frame, HEADER, length, HEADER)) return BAD_TAG;
    this.#number.next();
    return this.#frame.bytes.slice(HEADER, HEADER + length - TAG);
  }
}

/**
 * Counts records from 0. Their nonce is 32 zero bits and the count in 64 bits big-endian, where everyone else (and
 * PacketKey) writes little-endian: so the words are handed over swapped, and each byte-swapped.
 */
class RecordNumber {
  #high: number;
  #low: number;

  constructor(from: bigint) {
    this.#high = Number(from >> 32n);
    this.#low = Number(from & 0xffff_ffffn);
  }

  /** The last number may not be used. */
  get spent(): boolean {
    return this.#high === 0xffff_ffff && this.#low === 0xffff_ffff;
  }

  get nonceHigh(): number {
    return swapped(this.#low);
  }

  get nonceLow(): number {
    return swapped(this.#high);
  }

  next(): void {
    this.#low = (this.#low + 1) >>> 0;
    if (this.#low === 0) this.#high = (this.#high + 1) >>> 0;
  }
}

function swapped(word: number): number {
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word << 8) & 0xff_0000) | (word << 24)) >>> 0;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}
