/**
 * The primitives WireGuard, Noise and disco are built of. A port, because Electron's BoringSSL has neither
 * ChaCha20-Poly1305 nor BLAKE2s in `node:crypto`, and because the fast path replaces the AEAD.
 *
 * No function throws on peer bytes: what fails authentication returns false. Every implementation passes
 * tests/compliance/crypto.ts. Lengths: keys 32, nonce 12 (AEAD) or 24 (XChaCha20, box), tag 16 bytes.
 */
import type { Arena } from '../base/batch.ts';

/** A ChaCha20-Poly1305 key ready for many packets. Owns its copy of the key; `wipe` overwrites it. */
export interface PacketKey {
  /**
   * Seals `length` bytes at `from` into `length + 16` bytes at `to` (RFC 8439, no additional data; nonce = 32 zero bits,
   * then the 64-bit little-endian counter given as two unsigned words). `to` may equal `from`; other overlaps may not.
   * Writes nothing outside [to, to + length + 16).
   */
  seal(counterHigh: number, counterLow: number, arena: Arena, from: number, length: number, to: number): void;
  /**
   * Opens `length` bytes (ciphertext and tag) at `from` into `length - 16` bytes at `to`. False, with nothing readable
   * as plaintext left at `to`, when the tag is wrong. The tag is compared in constant time.
   */
  open(counterHigh: number, counterLow: number, arena: Arena, from: number, length: number, to: number): boolean;
  wipe(): void;
}

export interface Crypto {
  /** `out` = X25519(secret, base point). RFC 7748. */
  x25519Base(secret: Uint8Array, out: Uint8Array): void;
  /** `out` = X25519(secret, point). False when the result is all zero (a low-order point): it must not be used. */
  x25519(secret: Uint8Array, point: Uint8Array, out: Uint8Array): boolean;
  /** Unkeyed BLAKE2s-256 of the parts in order (RFC 7693); 32 bytes into `out`. */
  blake2s(out: Uint8Array, ...parts: Uint8Array[]): void;
  /** Keyed BLAKE2s with a 16-byte digest (mac1, mac2, cookies). */
  blake2sMac(key: Uint8Array, out: Uint8Array, ...parts: Uint8Array[]): void;
  /** HMAC-BLAKE2s, 32 bytes (the HKDF of Noise). */
  hmacBlake2s(key: Uint8Array, out: Uint8Array, ...parts: Uint8Array[]): void;
  /** ChaCha20-Poly1305 with additional data, for handshakes. `out` is plain.length + 16. */
  aeadSeal(key: Uint8Array, counter: number, ad: Uint8Array, plain: Uint8Array, out: Uint8Array): void;
  /** False on a wrong tag; `out` is sealed.length - 16 and then holds zeros. */
  aeadOpen(key: Uint8Array, counter: number, ad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean;
  /** XChaCha20-Poly1305 (cookie replies). */
  xaeadSeal(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, plain: Uint8Array, out: Uint8Array): void;
  xaeadOpen(key: Uint8Array, nonce: Uint8Array, ad: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean;
  /** The key that NaCl's crypto_box shares between the owners of `secret` and `point`: HSalsa20(X25519, 0), 32 bytes into
   *  `out`. False for a low-order point. */
  boxKey(secret: Uint8Array, point: Uint8Array, out: Uint8Array): boolean;
  /** XSalsa20-Poly1305 as in crypto_box: the 16-byte tag comes first. `key` of `boxKey`, nonce 24; `out` is plain.length + 16. */
  boxSeal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, out: Uint8Array): void;
  /** False on a wrong tag; `out` is sealed.length - 16 and then holds zeros. */
  boxOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, out: Uint8Array): boolean;
  packetKey(key: Uint8Array): PacketKey;
  /** Constant time for equal lengths; false at once for different ones. */
  equal(a: Uint8Array, b: Uint8Array): boolean;
}
