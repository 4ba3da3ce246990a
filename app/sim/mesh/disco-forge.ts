/**
 * Disco packets as an enemy makes them: with a peer's real key where the enemy is that peer, with random bytes where a seal
 * should be else. Only for attacks in the simulator: the product's codec is wire/disco.
 */
import { ipBytes, type IpEndpoint } from '../../base/ip.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Rng } from '../../ports/rng.ts';
import { randomBytes } from '../random-bytes.ts';

const MAGIC = Uint8Array.of(0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac);
const NONCE = 24;
const TAG = 16;
const CALL_ME_MAYBE = 3;

/** Right to look at, sealed by nobody. `sender`: raw public disco key. */
export function forgedDisco(sender: Uint8Array, innerLength: number, rng: Rng): Uint8Array {
  return joined(MAGIC, sender, randomBytes(rng, NONCE + TAG + innerLength));
}

/** A true call-me-maybe of the owner of `secret`, with as many endpoints as wanted. */
export function callMeMaybe(secret: Uint8Array, receiver: Uint8Array, endpoints: readonly IpEndpoint[], crypto: Crypto, rng: Rng): Uint8Array {
  const inner = new Uint8Array(2 + endpoints.length * 18);
  inner[0] = CALL_ME_MAYBE;
  endpoints.forEach(({ address, port }, i) => {
    const at = 2 + i * 18;
    if (address.family === 4) inner.set([0xff, 0xff], at + 10);
    inner.set(ipBytes(address), address.family === 4 ? at + 12 : at);
    inner[at + 16] = port >>> 8;
    inner[at + 17] = port;
  });
  const [sender, key, nonce, sealed] = [new Uint8Array(32), new Uint8Array(32), randomBytes(rng, NONCE), new Uint8Array(inner.length + TAG)];
  crypto.x25519Base(secret, sender);
  crypto.boxKey(secret, receiver, key);
  crypto.boxSeal(key, nonce, inner, sealed);
  return joined(MAGIC, sender, nonce, sealed);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
