/** New WireGuard keys in base64, for benchmarks. */
import { createOsRng } from '../app/host/crypto/os-rng.ts';
import { createSodiumCrypto } from '../app/host/crypto/sodium-crypto.ts';
import { toBase64 } from '../app/keys/keys.ts';

export function keyPair(): { readonly privateKey: string; readonly publicKey: string } {
  const privateKey = new Uint8Array(32);
  createOsRng().fill(privateKey);
  const publicKey = new Uint8Array(32);
  createSodiumCrypto().x25519Base(privateKey, publicKey);
  return { privateKey: toBase64(privateKey), publicKey: toBase64(publicKey) };
}
