/**
 * Records of TLS 1.3 once its handshake is over, under ChaCha20-Poly1305: cut out of a stream, opened, sealed. Pure; the AEAD
 * is given. It makes no handshake and believes nobody: who has these keys has proved the other side by other means
 * (host/reach). RFC 8446 sections 5.1 to 5.5.
 */
import { reject, type Reject } from '../base/reject.ts';

/** Type, a version that says nothing any more, and a length. */
export const RECORD_HEADER = 5;
/** Bytes that one record carries. */
export const RECORD_PLAIN = 16_384;
export const RECORD_TAG = 16;
/** The type of what is inside comes after it. */
export const RECORD_EXTRA = RECORD_HEADER + 1 + RECORD_TAG;
/** Bytes behind the header: padding may add to what is carried. */
const SEALED_AT_MOST = RECORD_PLAIN + 256;
export const RECORD_AT_MOST = RECORD_HEADER + SEALED_AT_MOST;
const NONCE = 12;

export const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
const CLOSE_NOTIFY = 0;
/** Of a handshake message: section 4. */
const HANDSHAKE_HEADER = 4;
const NEW_SESSION_TICKET = 4;

/** ChaCha20-Poly1305 with any nonce (RFC 8439). Host/crypto has one. */
export interface RecordAead {
  /** `out`: plain.length + 16. */
  seal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plain: Uint8Array, out: Uint8Array): void;
  /** `out`: sealed.length - 16. False on a wrong tag; `out` then holds zeros. */
  open(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean;
}

/** One direction: key 32, iv 12 bytes, and the number of the next record. */
export interface RecordKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly sequence: number;
}

const NOT_A_RECORD = reject('tls: not a record');

/** Header and body of the record that begins at `at`, in bytes; 0: its header is not whole yet. */
export function recordLength(bytes: Uint8Array, at: number, end: number): number | Reject<'tls: not a record'> {
  if (end - at < RECORD_HEADER) return 0;
  const length = (bytes[at + 3]! << 8) | bytes[at + 4]!;
  return bytes[at + 1] !== 3 || length > SEALED_AT_MOST ? NOT_A_RECORD : RECORD_HEADER + length;
}

/** What was inside. `bytes` lie in the opener's own memory until the next call. */
export type Opened =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  /** Nothing for us, such as a ticket for another session. */
  | { readonly kind: 'nothing' }
  /** The other side is done. */
  | { readonly kind: 'end' }
  /** The other side complains, or wants what is not spoken here (other keys). */
  | { readonly kind: 'unusable'; readonly why: 'alert' | 'new keys' | 'content' };

const NOT_AUTHENTIC = reject('tls: not authentic');

/** Direction with its record number and the nonce of the next record (section 5.3). */
class Counted {
  readonly key: Uint8Array;
  readonly #iv: Uint8Array;
  readonly #nonce = new Uint8Array(NONCE);
  sequence: number;

  constructor({ key, iv, sequence }: RecordKeys) {
    this.key = key.slice();
    this.#iv = iv.slice();
    this.sequence = sequence;
  }

  nonce(): Uint8Array {
    const nonce = this.#nonce;
    nonce.set(this.#iv);
    let rest = this.sequence;
    for (let i = NONCE - 1; rest > 0; i--) {
      nonce[i]! ^= rest & 0xff;
      rest = Math.floor(rest / 256);
    }
    return nonce;
  }

  wipe(): void {
    this.key.fill(0);
    this.#iv.fill(0);
  }
}

export class RecordOpener {
  readonly #aead: RecordAead;
  readonly #keys: Counted;
  readonly #plain = new Uint8Array(SEALED_AT_MOST);

  constructor(aead: RecordAead, keys: RecordKeys) {
    this.#aead = aead;
    this.#keys = new Counted(keys);
  }

  /** Of the next record. */
  get sequence(): number {
    return this.#keys.sequence;
  }

  /** A whole record, header first. After a Reject nothing was taken: the number stays. */
  open(record: Uint8Array): Opened | Reject<'tls: not authentic'> {
    const sealed = record.subarray(RECORD_HEADER);
    const length = sealed.length - RECORD_TAG;
    if (record[0] !== CONTENT.applicationData || length < 1) return NOT_AUTHENTIC;
    const keys = this.#keys;
    if (!this.#aead.open(keys.key, keys.nonce(), record.subarray(0, RECORD_HEADER), sealed, this.#plain.subarray(0, length))) return NOT_AUTHENTIC;
    keys.sequence++;
    // Zeros behind the type are padding.
    let last = length - 1;
    while (last > 0 && this.#plain[last] === 0) last--;
    return inside(this.#plain[last]!, this.#plain.subarray(0, last));
  }

  wipe(): void {
    this.#keys.wipe();
    this.#plain.fill(0);
  }
}

function inside(type: number, bytes: Uint8Array): Opened {
  switch (type) {
    case CONTENT.applicationData:
      return bytes.length > RECORD_PLAIN ? { kind: 'unusable', why: 'content' } : { kind: 'data', bytes };
    case CONTENT.alert:
      return bytes[1] === CLOSE_NOTIFY ? { kind: 'end' } : { kind: 'unusable', why: 'alert' };
    case CONTENT.handshake:
      return onlyTickets(bytes) ? { kind: 'nothing' } : { kind: 'unusable', why: 'new keys' };
    default:
      return { kind: 'unusable', why: 'content' };
  }
}

/** Whole messages, as servers send them after the handshake (section 4.6.1). */
function onlyTickets(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] !== NEW_SESSION_TICKET || bytes.length - at < HANDSHAKE_HEADER) return false;
    at += HANDSHAKE_HEADER + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  return at === bytes.length;
}

export class RecordSealer {
  readonly #aead: RecordAead;
  readonly #keys: Counted;
  readonly #header = Uint8Array.of(CONTENT.applicationData, 3, 3, 0, 0);

  constructor(aead: RecordAead, keys: RecordKeys) {
    this.#aead = aead;
    this.#keys = new Counted(keys);
  }

  /**
   * Seals the first `length` bytes of `plain`, at most RECORD_PLAIN; the byte behind them is overwritten. The record goes to
   * `out` from `at` on, in other memory: length + RECORD_EXTRA bytes. Returns how long it is.
   */
  seal(plain: Uint8Array, length: number, out: Uint8Array, at: number): number {
    if (length > RECORD_PLAIN) throw new RangeError(`a record carries ${RECORD_PLAIN} bytes, not ${length}`);
    const keys = this.#keys;
    const sealed = length + 1 + RECORD_TAG;
    plain[length] = CONTENT.applicationData;
    this.#header[3] = sealed >>> 8;
    this.#header[4] = sealed;
    out.set(this.#header, at);
    this.#aead.seal(keys.key, keys.nonce(), this.#header, plain.subarray(0, length + 1), out.subarray(at + RECORD_HEADER, at + RECORD_HEADER + sealed));
    keys.sequence++;
    return RECORD_HEADER + sealed;
  }

  wipe(): void {
    this.#keys.wipe();
  }
}
