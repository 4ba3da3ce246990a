/**
 * Handshakes per second of one thread that plays both sides: a hub with 1,000 peers, each a node of its own, through the
 * whole packet path (initiation, response, first keepalive, session facts). Time inside is virtual, so that the hub is
 * never under load. The scale beside it: the eight X25519 operations of a handshake and nothing else.
 */
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { createBatch, pushPacket, type PacketBatch } from '../app/base/batch.ts';
import type { PeerId } from '../app/base/brand.ts';
import { EndpointTable } from '../app/base/endpoints.ts';
import { ipv4, type IpAddress, type IpEndpoint } from '../app/base/ip.ts';
import { Dataplane } from '../app/dataplane/dataplane.ts';
import { createOsRng } from '../app/host/crypto/os-rng.ts';
import { createSodiumCrypto } from '../app/host/crypto/sodium-crypto.ts';
import { Counters } from '../app/ports/counters.ts';
import { after, instant, wallTime, type Instant } from '../app/time/instant.ts';
import { measure, type Bench, type Contender } from './bench.ts';
import { versionOf } from './packages.ts';

const PEERS = 1_000;
/** Virtual ms between two handshakes: half of what the hub takes before it asks for cookies. */
const APART = 10;
const DIFFIE_HELLMANS = 8;

const crypto = createSodiumCrypto();
const rng = createOsRng();

interface Side {
  readonly plane: Dataplane;
  readonly batch: PacketBatch;
  readonly endpoints: EndpointTable;
  sessions: number;
}

function keyPair(): { privateKey: Uint8Array; publicKey: Uint8Array } {
  const privateKey = rng32();
  const publicKey = new Uint8Array(32);
  crypto.x25519Base(privateKey, publicKey);
  return { privateKey, publicKey };
}

function rng32(): Uint8Array {
  const bytes = new Uint8Array(32);
  rng.fill(bytes);
  return bytes;
}

function side(peers: number, privateKey: Uint8Array, address: IpAddress, now: Instant): Side {
  const endpoints = new EndpointTable(peers + 16);
  const plane = new Dataplane({ crypto, rng, endpoints, counters: new Counters(peers) });
  plane.handle({ kind: 'wall-clock', at: now, wall: wallTime(1_800_000_000_000) }, now);
  plane.handle({ kind: 'identity', privateKey, addresses: [address], mtu: 1_420 }, now);
  return { plane, batch: createBatch(1, 512), endpoints, sessions: 0 };
}

/** What `from` has to say, to `to`, until it is silent; then the other way, until both are. */
function converse(from: Side, to: Side, fromEndpoint: IpEndpoint, toEndpoint: IpEndpoint, now: Instant): void {
  for (let said = true; said; ) {
    said = deliver(from, to, fromEndpoint, now);
    said = deliver(to, from, toEndpoint, now) || said;
  }
}

function deliver(from: Side, to: Side, source: IpEndpoint, now: Instant): boolean {
  let said = false;
  for (let output = from.plane.poll(); output !== undefined; output = from.plane.poll()) {
    if (output.kind === 'fact') {
      if (output.fact.kind === 'session') from.sessions += 1;
      continue;
    }
    said = true;
    to.batch.count = 0;
    pushPacket(to.batch, output.bytes, to.endpoints.internEndpoint(source));
    to.plane.inbound(to.batch, now, { packet: () => {} });
  }
  return said;
}

function ours(): Contender {
  let now = instant(1_000);
  const hubKeys = keyPair();
  const hubEndpoint = { address: ipv4(0x0a00_0001), port: 51_820 };
  const hub = side(PEERS, hubKeys.privateKey, ipv4(0x6440_0001), now);
  const peers = Array.from({ length: PEERS }, (_, i) => {
    const keys = keyPair();
    const address = ipv4(0x6441_0000 + i);
    const endpoint = { address: ipv4(0x0a01_0000 + i), port: 51_820 };
    const common = { persistentKeepaliveMs: 0, roaming: 'follow' } as const;
    const host = { bits: 32 } as const;
    hub.plane.handle({ kind: 'put-peer', peer: { ...common, id: i as PeerId, publicKey: keys.publicKey, endpoint, allowedIps: [{ ...host, address }] } }, now);
    const peer = side(1, keys.privateKey, address, now);
    const allowedIps = [{ ...host, address: ipv4(0x6440_0001) }];
    peer.plane.handle({ kind: 'put-peer', peer: { ...common, id: 0 as PeerId, publicKey: hubKeys.publicKey, endpoint: hubEndpoint, allowedIps } }, now);
    return { peer, endpoint };
  });
  return {
    name: 'bowline',
    version: versionOf('sodium-native'),
    sample() {
      const before = hub.sessions;
      const began = process.hrtime.bigint();
      for (const { peer, endpoint } of peers) {
        now = after(now, APART);
        peer.plane.expire(now);
        hub.plane.expire(now);
        peer.plane.handle({ kind: 'initiate', peer: 0 as PeerId }, now);
        converse(peer, hub, endpoint, hubEndpoint, now);
      }
      const seconds = Number(process.hrtime.bigint() - began) / 1e9;
      if (hub.sessions - before !== PEERS) throw new Error(`only ${hub.sessions - before} of ${PEERS} handshakes completed`);
      return PEERS / seconds;
    },
  };
}

function handshakesPerSecond(one: () => void): number {
  const began = process.hrtime.bigint();
  for (let i = 0; i < PEERS; i++) one();
  return PEERS / (Number(process.hrtime.bigint() - began) / 1e9);
}

/** Two key pairs made and six shared secrets: all the curve work of one handshake, both sides. */
function sodiumCurve(): Contender {
  const mine = keyPair();
  const out = new Uint8Array(32);
  return {
    name: 'X25519 alone, sodium-native',
    version: versionOf('sodium-native'),
    sample: () =>
      handshakesPerSecond(() => {
        for (let i = 0; i < 2; i++) crypto.x25519Base(mine.privateKey, out);
        for (let i = 2; i < DIFFIE_HELLMANS; i++) crypto.x25519(mine.privateKey, mine.publicKey, out);
      }),
  };
}

function nodeCurve(): Contender {
  const pair = generateKeyPairSync('x25519');
  const privateKey = createPrivateKey(pair.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const publicKey = createPublicKey(pair.publicKey.export({ format: 'pem', type: 'spki' }));
  return {
    name: 'X25519 alone, node:crypto',
    version: `${process.version}, OpenSSL ${process.versions.openssl}`,
    sample: () =>
      handshakesPerSecond(() => {
        for (let i = 0; i < 2; i++) generateKeyPairSync('x25519');
        for (let i = 2; i < DIFFIE_HELLMANS; i++) diffieHellman({ privateKey, publicKey });
      }),
  };
}

export const handshakeBench: Bench = {
  name: 'handshake',
  what: 'complete handshakes per second, both sides on one thread, a hub of 1,000 peers; beside it the curve operations alone',
  needs: 'Node only',
  seconds: 60,
  async run({ rounds }, say) {
    say(`${PEERS} handshakes a round`);
    return [await measure(`handshakes, ${PEERS} peers`, 'handshakes/s', [ours(), sodiumCurve(), nodeCurve()], rounds)];
  },
};
