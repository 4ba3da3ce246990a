/**
 * The symmetric state of a Noise handshake (revision 34, section 5.2) with BLAKE2s and ChaCha20-Poly1305: chaining key,
 * transcript hash, key of the moment. Both patterns (IKpsk2 of WireGuard, IK of the control channel) are built on it.
 * A forged message makes `decryptAndHash` return false; the owner then drops the state. Secrets go with `wipe`.
 */
import type { Crypto } from '../ports/crypto.ts';
import { hkdf } from './hkdf.ts';

const HASH = 32;
const TAG = 16;

export class SymmetricState {
  readonly #crypto: Crypto;
  readonly #chainingKey = new Uint8Array(HASH);
  readonly #hash = new Uint8Array(HASH);
  readonly #key = new Uint8Array(HASH);

  private constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  /** `protocolName` longer than 32 bytes is hashed, as all of ours are. */
  static begin(crypto: Crypto, protocolName: Uint8Array, prologue: Uint8Array): SymmetricState {
    const state = new SymmetricState(crypto);
    if (protocolName.length > HASH) crypto.blake2s(state.#chainingKey, protocolName);
    else state.#chainingKey.set(protocolName);
    state.#hash.set(state.#chainingKey);
    state.mixHash(prologue);
    return state;
  }

  /** An independent copy: try a message on it without touching the original. */
  copy(): SymmetricState {
    const copy = new SymmetricState(this.#crypto);
    copy.#chainingKey.set(this.#chainingKey);
    copy.#hash.set(this.#hash);
    copy.#key.set(this.#key);
    return copy;
  }

  mixHash(data: Uint8Array): void {
    this.#crypto.blake2s(this.#hash, this.#hash.slice(), data);
  }

  /** MixKey with a new key of the moment. */
  mixKey(input: Uint8Array): void {
    hkdf(this.#crypto, this.#chainingKey, input, this.#chainingKey, this.#key);
  }

  /** MixKey that only moves the chaining key on (WireGuard's KDF1; the PSK patterns' treatment of ephemerals). */
  mixChainingKey(input: Uint8Array): void {
    hkdf(this.#crypto, this.#chainingKey, input, this.#chainingKey);
  }

  mixKeyAndHash(presharedKey: Uint8Array): void {
    const temporary = new Uint8Array(HASH);
    hkdf(this.#crypto, this.#chainingKey, presharedKey, this.#chainingKey, temporary, this.#key);
    this.mixHash(temporary);
    temporary.fill(0);
  }

  /** X25519 into MixKey (or its chaining-key form). False for a low-order point. */
  mixDh(secret: Uint8Array, point: Uint8Array, form: 'key' | 'chaining-key'): boolean {
    const shared = new Uint8Array(HASH);
    if (!this.#crypto.x25519(secret, point, shared)) return false;
    if (form === 'key') this.mixKey(shared);
    else this.mixChainingKey(shared);
    shared.fill(0);
    return true;
  }

  /** Nonce 0 always: in these patterns each key of the moment seals one message. */
  encryptAndHash(plain: Uint8Array, out: Uint8Array): void {
    this.#crypto.aeadSeal(this.#key, 0, this.#hash, plain, out);
    this.mixHash(out);
  }

  decryptAndHash(sealed: Uint8Array): Uint8Array | undefined {
    const plain = new Uint8Array(Math.max(0, sealed.length - TAG));
    if (!this.#crypto.aeadOpen(this.#key, 0, this.#hash, sealed, plain)) return undefined;
    this.mixHash(sealed);
    return plain;
  }

  /** The two transport keys: the initiator's sending key first. */
  split(): { initiator: Uint8Array; responder: Uint8Array } {
    const initiator = new Uint8Array(HASH);
    const responder = new Uint8Array(HASH);
    hkdf(this.#crypto, this.#chainingKey, new Uint8Array(0), initiator, responder);
    return { initiator, responder };
  }

  wipe(): void {
    this.#chainingKey.fill(0);
    this.#hash.fill(0);
    this.#key.fill(0);
  }
}
