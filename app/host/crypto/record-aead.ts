/** ChaCha20-Poly1305 for TLS records (app/wire/tls-record.ts) on sodium-native, which Electron has too. Keeps no key. */
import sodium from 'sodium-native';
import type { RecordAead } from '../../wire/tls-record.ts';

export const recordAead: RecordAead = {
  seal: (key, nonce, ad, plain, out) => void sodium.crypto_aead_chacha20poly1305_ietf_encrypt(out, plain, ad, null, nonce, key),
  open: (key, nonce, ad, sealed, out) => {
    try {
      sodium.crypto_aead_chacha20poly1305_ietf_decrypt(out, null, sealed, ad, nonce, key);
      return true;
    } catch {
      out.fill(0);
      return false;
    }
  },
};
