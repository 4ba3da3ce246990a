/** The few functions of sodium-native 5 that the Crypto port uses; the package ships no types. */
declare module 'sodium-native' {
  type Bytes = Uint8Array;
  interface Sodium {
    crypto_scalarmult_base(out: Bytes, secret: Bytes): void;
    /** Throws when the result is all zero. */
    crypto_scalarmult(out: Bytes, secret: Bytes, point: Bytes): void;
    crypto_aead_chacha20poly1305_ietf_encrypt(out: Bytes, plain: Bytes, ad: Bytes | null, nsec: null, nonce: Bytes, key: Bytes): number;
    /** Throws on a wrong tag. */
    crypto_aead_chacha20poly1305_ietf_decrypt(out: Bytes, nsec: null, sealed: Bytes, ad: Bytes | null, nonce: Bytes, key: Bytes): number;
    crypto_aead_xchacha20poly1305_ietf_encrypt(out: Bytes, plain: Bytes, ad: Bytes | null, nsec: null, nonce: Bytes, key: Bytes): number;
    crypto_aead_xchacha20poly1305_ietf_decrypt(out: Bytes, nsec: null, sealed: Bytes, ad: Bytes | null, nonce: Bytes, key: Bytes): number;
    crypto_secretbox_easy(out: Bytes, plain: Bytes, nonce: Bytes, key: Bytes): void;
    /** False on a wrong tag. */
    crypto_secretbox_open_easy(out: Bytes, sealed: Bytes, nonce: Bytes, key: Bytes): boolean;
    crypto_stream_salsa20(out: Bytes, nonce: Bytes, key: Bytes): void;
    /** Ed25519 (RFC 8032). Throws on another length. */
    crypto_sign_verify_detached(signature: Bytes, message: Bytes, publicKey: Bytes): boolean;
    sodium_memcmp(a: Bytes, b: Bytes): boolean;
  }
  const sodium: Sodium;
  export default sodium;
}
