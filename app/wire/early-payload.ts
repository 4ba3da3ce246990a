/**
 * What a control server may say between the Noise handshake and HTTP/2: a mark of 5 bytes, a big-endian 32-bit length, and
 * JSON. Bowline needs none of it and skips it. Without the mark the bytes are HTTP/2 already. Pure; both ends use it.
 *
 * Memory: nothing but the 9 bytes of the head; what is skipped is not kept.
 */
import { reject, type Reject } from '../base/reject.ts';

/** An ordinary one has about 100 bytes. */
export const MAX_EARLY_PAYLOAD = 64 * 1024;
const MARK = Uint8Array.of(0xff, 0xff, 0xff, 0x54, 0x53);
const HEAD = MARK.length + 4;

export type EarlyRefusal = 'early payload: longer than the limit';
const TOO_LONG = reject<EarlyRefusal>('early payload: longer than the limit');

type State = { readonly kind: 'head'; readonly have: Uint8Array } | { readonly kind: 'skipping'; readonly left: number } | { readonly kind: 'through' } | { readonly kind: 'refused' };

export class EarlyPayloadSkipper {
  #state: State = { kind: 'head', have: new Uint8Array(0) };

  /** The bytes of HTTP/2 in what came; all of `bytes`, once it is through. */
  push(bytes: Uint8Array): Uint8Array | Reject<EarlyRefusal> {
    switch (this.#state.kind) {
      case 'head':
        return this.#head(this.#state.have, bytes);
      case 'skipping':
        return this.#skip(this.#state.left, bytes);
      case 'through':
        return bytes;
      case 'refused':
        return TOO_LONG;
      default:
        return this.#state satisfies never;
    }
  }

  #head(before: Uint8Array, bytes: Uint8Array): Uint8Array | Reject<EarlyRefusal> {
    const wanted = HEAD - before.length;
    const have = new Uint8Array(before.length + Math.min(wanted, bytes.length));
    have.set(before);
    have.set(bytes.subarray(0, wanted), before.length);
    if (have.some((byte, i) => i < MARK.length && byte !== MARK[i])) {
      this.#state = { kind: 'through' };
      const all = new Uint8Array(before.length + bytes.length);
      all.set(before);
      all.set(bytes, before.length);
      return all;
    }
    if (have.length < HEAD) {
      this.#state = { kind: 'head', have };
      return new Uint8Array(0);
    }
    const length = new DataView(have.buffer).getUint32(MARK.length);
    if (length > MAX_EARLY_PAYLOAD) {
      this.#state = { kind: 'refused' };
      return TOO_LONG;
    }
    return this.#skip(length, bytes.subarray(wanted));
  }

  #skip(left: number, bytes: Uint8Array): Uint8Array {
    this.#state = bytes.length < left ? { kind: 'skipping', left: left - bytes.length } : { kind: 'through' };
    return bytes.subarray(left);
  }
}

export function encodeEarlyPayload(json: Uint8Array): Uint8Array {
  const out = new Uint8Array(HEAD + json.length);
  out.set(MARK);
  new DataView(out.buffer).setUint32(MARK.length, json.length);
  out.set(json, HEAD);
  return out;
}
