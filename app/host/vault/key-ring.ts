/**
 * The data keys of one installation, in memory: what seals a field of a record and opens it again (XChaCha20-Poly1305, a random
 * nonce each time). A sealed field names its key by number, and is bound to what it is a field of: moved elsewhere it does not
 * open. It reads no file and asks no vault; open-key-ring.ts makes one. An empty ring seals nothing and says why.
 */
import type { KeysView, LockedWhy } from '../../api/schema.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Rng } from '../../ports/rng.ts';

const NONCE = 24;
const TAG = 16;

export interface SealedField {
  /** The number of the data key. */
  readonly key: number;
  /** Nonce, then what was sealed with its tag; base64. */
  readonly sealed: string;
}

/** What a field belongs to; every part is bound. */
export interface FieldPlace {
  readonly account: string;
  readonly server: string;
  readonly field: string;
}

export interface RingInit {
  readonly crypto: Crypto;
  readonly rng: Rng;
  /** By number; the one of the greatest seals. Each 32 bytes. */
  readonly keys: ReadonlyMap<number, Uint8Array>;
}

export class KeyRing {
  readonly view: KeysView;
  readonly #parts: RingInit | undefined;

  constructor(view: KeysView, parts?: RingInit) {
    this.view = view;
    this.#parts = parts;
  }

  /** Undefined: there is nothing to seal with. */
  seal(plain: Uint8Array, place: FieldPlace): SealedField | undefined {
    const parts = this.#parts;
    if (parts === undefined || parts.keys.size === 0) return undefined;
    const key = Math.max(...parts.keys.keys());
    const sealed = new Uint8Array(NONCE + plain.length + TAG);
    const nonce = sealed.subarray(0, NONCE);
    parts.rng.fill(nonce);
    parts.crypto.xaeadSeal(parts.keys.get(key)!, nonce, bound(place, key), plain, sealed.subarray(NONCE));
    return { key, sealed: Buffer.from(sealed).toString('base64') };
  }

  /** The bytes, or why they cannot be had now. */
  open(field: SealedField, place: FieldPlace): Uint8Array | LockedWhy {
    const parts = this.#parts;
    if (parts === undefined) return this.view.kind === 'open' ? this.view.why : 'other-key';
    const key = parts.keys.get(field.key);
    if (key === undefined) return 'other-key';
    const bytes = new Uint8Array(Buffer.from(field.sealed, 'base64'));
    if (bytes.length < NONCE + TAG) return 'broken';
    const plain = new Uint8Array(bytes.length - NONCE - TAG);
    return parts.crypto.xaeadOpen(key, bytes.subarray(0, NONCE), bound(place, field.key), bytes.subarray(NONCE), plain) ? plain : 'broken';
  }
}

/** Of a process that has no key store: what it writes is guarded by the file's mode alone. */
export const NO_KEY_RING = new KeyRing({ kind: 'open', why: 'no-vault' });

/** JSON, so that no two places have the same bytes. */
const bound = ({ account, server, field }: FieldPlace, key: number): Uint8Array => new TextEncoder().encode(JSON.stringify(['bowline account', 2, account, server, field, key]));
