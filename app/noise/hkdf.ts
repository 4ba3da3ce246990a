/** HKDF of Noise (revision 34, section 4.3) over HMAC-BLAKE2s: one to three 32-byte outputs. */
import type { Crypto } from '../ports/crypto.ts';

const ONE = Uint8Array.of(1);
const TWO = Uint8Array.of(2);
const THREE = Uint8Array.of(3);

/** Fills each of `outputs` (32 bytes each, at most three). An output may be the chaining key itself. */
export function hkdf(crypto: Crypto, chainingKey: Uint8Array, input: Uint8Array, ...outputs: Uint8Array[]): void {
  const secret = new Uint8Array(32);
  crypto.hmacBlake2s(chainingKey, secret, input);
  const first = new Uint8Array(32);
  const second = new Uint8Array(32);
  crypto.hmacBlake2s(secret, first, ONE);
  outputs[0]?.set(first);
  if (outputs[1] !== undefined) {
    crypto.hmacBlake2s(secret, second, first, TWO);
    outputs[1].set(second);
  }
  if (outputs[2] !== undefined) crypto.hmacBlake2s(secret, outputs[2], second, THREE);
  secret.fill(0);
  first.fill(0);
  second.fill(0);
}
