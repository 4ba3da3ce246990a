/** The keys that go into a handshake and come out of it, for both patterns. */
import type { Crypto } from '../ports/crypto.ts';

export interface StaticKeys {
  readonly secret: Uint8Array;
  readonly point: Uint8Array;
}

export interface TransportKeys {
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

/** The pair of a random secret. Holds the caller's buffer, so that wiping the pair wipes the secret. */
export function ephemeralKeys(crypto: Crypto, secret: Uint8Array): StaticKeys {
  const point = new Uint8Array(32);
  crypto.x25519Base(secret, point);
  return { secret, point };
}
