/**
 * The Crypto port on sodium-native (ChaCha20-Poly1305, XChaCha20-Poly1305, X25519) and @noble/hashes (BLAKE2s). Works in
 * plain Node and in Electron. sodium-native throws on a wrong tag and on a low-order point: caught here, and only here.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { blake2s } from '@noble/hashes/blake2.js';
import sodium from 'sodium-native';
import type { Arena } from '../../base/batch.ts';
import type { Crypto, PacketKey } from '../../ports/crypto.ts';

const NONCE = 12;
const TAG = 16;
const EMPTY = new Uint8Array(0);
/** "expand 32-byte k". */
const SALSA_CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

export function createSodiumCrypto(): Crypto {
  return {
    x25519Base: (secret, out) => sodium.crypto_scalarmult_base(out, secret),
    x25519: (secret, point, out) => {
      try {
        sodium.crypto_scalarmult(out, secret, point);
        return true;
      } catch {
        out.fill(0);
        return false;
      }
    },
    blake2s: (out, ...parts) => {
      const state = blake2s.create({ dkLen: 32 });
      for (const part of parts) state.update(part);
      state.digestInto(out);
    },
    blake2sMac: (key, out, ...parts) => {
      const state = blake2s.create({ dkLen: 16, key });
      for (const part of parts) state.update(part);
      state.digestInto(out);
    },
    hmacBlake2s: (key, out, ...parts) => {
      const state = hmac.create(blake2s, key);
      for (const part of parts) state.update(part);
      state.digestInto(out);
    },
    aeadSeal: (key, counter, ad, plain, out) => {
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(out, plain, ad, null, counterNonce(counter), key);
    },
    aeadOpen: (key, counter, ad, sealed, out) => {
      if (sealed.length < TAG) return false;
      return opens(out, () => sodium.crypto_aead_chacha20poly1305_ietf_decrypt(out, null, sealed, ad, counterNonce(counter), key));
    },
    xaeadSeal: (key, nonce, ad, plain, out) => {
      sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(out, plain, ad, null, nonce, key);
    },
    xaeadOpen: (key, nonce, ad, sealed, out) => {
      if (sealed.length < TAG) return false;
      return opens(out, () => sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(out, null, sealed, ad, nonce, key));
    },
    boxKey: (secret, point, out) => {
      try {
        sodium.crypto_scalarmult(out, secret, point);
      } catch {
        out.fill(0);
        return false;
      }
      hsalsa20(out);
      return true;
    },
    boxSeal: (key, nonce, plain, out) => sodium.crypto_secretbox_easy(out, plain, nonce, key),
    boxOpen: (key, nonce, sealed, out) => {
      if (sealed.length < TAG) return false;
      return opens(out, () => {
        if (!sodium.crypto_secretbox_open_easy(out, sealed, nonce, key)) throw new Error('wrong tag');
      });
    },
    packetKey: (key) => new SodiumPacketKey(key),
    equal: (a, b) => a.length === b.length && (a.length === 0 || sodium.sodium_memcmp(a, b)),
  };
}

/**
 * HSalsa20 with a zero input, in place. The addon has no call for it, but a Salsa20 block is the same rounds with the input
 * words added: taking the constants off again (the input is zero) leaves HSalsa20's eight words. Source: Bernstein,
 * "Extending the Salsa20 nonce", section 2.
 */
function hsalsa20(key: Uint8Array): void {
  const block = new Uint8Array(64);
  sodium.crypto_stream_salsa20(block, new Uint8Array(8), key);
  const words = new DataView(block.buffer);
  const out = new DataView(key.buffer, key.byteOffset, 32);
  for (let i = 0; i < 4; i++) out.setUint32(i * 4, words.getUint32(i * 20, true) - SALSA_CONSTANTS[i]!, true);
  for (let i = 0; i < 4; i++) out.setUint32(16 + i * 4, words.getUint32(24 + i * 4, true), true);
  block.fill(0);
}

class SodiumPacketKey implements PacketKey {
  readonly #key: Uint8Array;
  readonly #nonce = new Uint8Array(NONCE);
  readonly #nonceView = new DataView(this.#nonce.buffer);

  constructor(key: Uint8Array) {
    this.#key = key.slice();
  }

  seal(counterHigh: number, counterLow: number, arena: Arena, from: number, length: number, to: number): void {
    this.#setNonce(counterHigh, counterLow);
    const plain = arena.bytes.subarray(from, from + length);
    sodium.crypto_aead_chacha20poly1305_ietf_encrypt(arena.bytes.subarray(to, to + length + TAG), plain, null, null, this.#nonce, this.#key);
  }

  open(counterHigh: number, counterLow: number, arena: Arena, from: number, length: number, to: number): boolean {
    if (length < TAG) return false;
    this.#setNonce(counterHigh, counterLow);
    const plain = length === TAG ? EMPTY : arena.bytes.subarray(to, to + length - TAG);
    try {
      sodium.crypto_aead_chacha20poly1305_ietf_decrypt(plain, null, arena.bytes.subarray(from, from + length), null, this.#nonce, this.#key);
      return true;
    } catch {
      plain.fill(0);
      return false;
    }
  }

  wipe(): void {
    this.#key.fill(0);
  }

  #setNonce(high: number, low: number): void {
    this.#nonceView.setUint32(4, low, true);
    this.#nonceView.setUint32(8, high, true);
  }
}

function opens(out: Uint8Array, open: () => void): boolean {
  try {
    open();
    return true;
  } catch {
    out.fill(0);
    return false;
  }
}

/** 32 zero bits, then the counter as 64 bits little-endian (whitepaper 5.4). Handshakes only use small counters. */
function counterNonce(counter: number): Uint8Array {
  const nonce = new Uint8Array(NONCE);
  const view = new DataView(nonce.buffer);
  view.setUint32(4, counter >>> 0, true);
  view.setUint32(8, Math.floor(counter / 0x1_0000_0000), true);
  return nonce;
}
