/** A path machine that enemies talk to all day holds no more than one that nobody talks to. */
import { expect, it } from 'vitest';
import { bytesKeptBy } from '../../tests/kit/heap.ts';
import type { PeerId } from '../base/brand.ts';
import { ipv4, type IpEndpoint } from '../base/ip.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { PrivateKey } from '../keys/keys.ts';
import { instant } from '../time/instant.ts';
import { DISCO_TX, sealDisco, type DiscoMessage } from '../wire/disco.ts';
import { CANDIDATES_AT_MOST } from './constants.ts';
import { Paths } from './paths.ts';

const crypto = createSodiumCrypto();
const PEER = 0 as PeerId;
const REGION = 1;
const ATTACKS = 120_000;
const PER_MS = 1;
const ENDPOINTS = 200;
const MIB = 1_048_576;

const publicOf = (secret: Uint8Array): Uint8Array => {
  const out = new Uint8Array(32);
  crypto.x25519Base(secret, out);
  return out;
};

it('keeps less than 2 MiB of 120,000 forged, replayed and true but mad messages, and 100 addresses at most', () => {
  const rng = createSeededRng(7);
  const [ours, theirs] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const nodeKey = new Uint8Array(32).fill(9);
  const boxKey = new Uint8Array(32);
  crypto.boxKey(theirs, publicOf(ours), boxKey);
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    rng.fill(bytes);
    return bytes;
  };
  const seal = (message: DiscoMessage, sender = publicOf(theirs)): Uint8Array => sealDisco(crypto, boxKey, sender, random(24), message);
  const anywhere = (): IpEndpoint => ({ address: ipv4(rng.uint32()), port: 1 + (rng.uint32() % 65_535) });
  const paths = new Paths({ crypto, rng, lastUserDataAt: () => undefined, lastHeardAt: () => undefined });
  let now = instant(1_000);
  const drain = (): void => {
    while (paths.poll() !== undefined) continue;
  };
  const give = (input: Parameters<Paths['handle']>[0]): void => {
    paths.handle(input, now);
    drain();
  };
  give({ kind: 'identity', discoKey: new PrivateKey(ours), nodeKey: new Uint8Array(32).fill(8) });
  give({ kind: 'put-peer', peer: { id: PEER, nodeKey, discoKey: publicOf(theirs), endpoints: [anywhere()], homeRelay: REGION } });
  give({ kind: 'active', peer: PEER });

  const replayed = seal({ kind: 'pong', tx: random(DISCO_TX), seen: anywhere() });
  const attack = (i: number): void => {
    switch (i % 6) {
      case 0:
        return give({ kind: 'datagram', from: anywhere(), bytes: seal({ kind: 'ping', tx: random(DISCO_TX), nodeKey }) });
      case 1:
        return give({ kind: 'datagram', from: anywhere(), bytes: replayed.slice() });
      case 2:
        return give({ kind: 'datagram', from: anywhere(), bytes: seal({ kind: 'ping', tx: random(DISCO_TX), nodeKey }, random(32)) });
      case 3:
        return give({ kind: 'relayed', region: REGION, source: PEER, bytes: seal({ kind: 'call-me-maybe', endpoints: Array.from({ length: ENDPOINTS }, anywhere) }) });
      case 4:
        return give({ kind: 'relayed', region: 1 + (i % 5_000), source: PEER, bytes: seal({ kind: 'ping', tx: random(DISCO_TX), nodeKey }) });
      default:
        return give({ kind: 'active', peer: PEER });
    }
  };
  const storm = (count: number): void => {
    for (let i = 0; i < count; i++) {
      now = instant(now + PER_MS);
      attack(i);
      if ((paths.nextDeadline()?.at ?? Infinity) <= now) {
        paths.expire(now);
        drain();
      }
    }
  };

  storm(ATTACKS / 10);
  expect(bytesKeptBy(() => storm(ATTACKS), 2 * MIB)).toBeLessThan(2 * MIB);
  expect(paths.report(PEER)?.candidates.length).toBeLessThanOrEqual(CANDIDATES_AT_MOST);
  expect(paths.report(PEER)?.kind).not.toBe('direct');
}, 60_000);
