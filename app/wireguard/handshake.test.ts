import { describe, expect, it } from 'vitest';
import { arenaOver, HEADROOM } from '../base/batch.ts';
import type { PeerId } from '../base/brand.ts';
import { EndpointTable } from '../base/endpoints.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { Counters } from '../ports/counters.ts';
import type { Rng } from '../ports/rng.ts';
import { instant, wallTime } from '../time/instant.ts';
import { endpoint } from '../../tests/kit/wireguard-pair.ts';
import vector from './handshake.vector.json' with { type: 'json' };
import { WireGuard, type WireGuardOutput } from './wireguard.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
const hex = (data: Uint8Array): string => [...data].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const NOW = instant(500);

/** Gives the vector's ephemeral and index, then nothing more. */
function scripted(ephemeral: string, index: number): Rng {
  let fills = 0;
  const fill = (out: Uint8Array): void => {
    if (fills++ > 0) throw new Error('the vector knows one ephemeral a side');
    out.set(bytes(ephemeral));
  };
  return {
    fill,
    fillPublic: fill,
    uint32: () => index,
    fraction: () => 0.5,
  };
}

function station(secret: string, rng: Rng, peerSecret: string): { wireguard: WireGuard; endpoints: EndpointTable; counters: Counters } {
  const crypto = createSodiumCrypto();
  const endpoints = new EndpointTable(8);
  const counters = new Counters(2);
  const wireguard = new WireGuard({ crypto, rng, endpoints, counters });
  const peerPoint = new Uint8Array(32);
  crypto.x25519Base(bytes(peerSecret), peerPoint);
  wireguard.handle({ kind: 'wall-clock', at: NOW, wall: wallTime(vector.wallMs) }, NOW);
  wireguard.handle({ kind: 'identity', privateKey: bytes(secret), addresses: [], mtu: 1_420 }, NOW);
  wireguard.handle(
    {
      kind: 'put-peer',
      peer: { id: 0 as PeerId, publicKey: peerPoint, presharedKey: bytes(vector.presharedKey), endpoint: endpoint('192.0.2.9:9'), allowedIps: [], persistentKeepaliveMs: 0, roaming: 'follow' },
    },
    NOW,
  );
  return { wireguard, endpoints, counters };
}

function transmitted(wireguard: WireGuard): string[] {
  const out: string[] = [];
  for (let next: WireGuardOutput | undefined = wireguard.poll(); next !== undefined; next = wireguard.poll()) if (next.kind === 'transmit') out.push(hex(next.bytes));
  return out;
}

function give(to: ReturnType<typeof station>, message: string): string | undefined {
  const arena = arenaOver(new Uint8Array(HEADROOM + 2_000));
  arena.bytes.set(bytes(message), HEADROOM);
  const out = { peer: 0 as PeerId, offset: 0, length: 0 };
  const is = to.wireguard.receive(arena, HEADROOM, message.length / 2, to.endpoints.internEndpoint(endpoint('192.0.2.9:9')), NOW, out);
  return is ? hex(arena.bytes.subarray(out.offset, out.offset + out.length)) : undefined;
}

describe('a whole handshake with fixed ephemerals', () => {
  it('is byte for byte what an independent implementation of the whitepaper computes', () => {
    const initiator = station(vector.staticInitiator, scripted(vector.ephemeralInitiator, vector.indexInitiator), vector.staticResponder);
    const responder = station(vector.staticResponder, scripted(vector.ephemeralResponder, vector.indexResponder), vector.staticInitiator);
    initiator.wireguard.handle({ kind: 'initiate', peer: 0 as PeerId }, NOW);
    expect(transmitted(initiator.wireguard)).toEqual([vector.initiation]);
    give(responder, vector.initiation);
    expect(transmitted(responder.wireguard)).toEqual([vector.response]);
    give(initiator, vector.response);
    expect(transmitted(initiator.wireguard)).toEqual([vector.keepaliveOfInitiator]);
    expect(give(responder, vector.keepaliveOfInitiator)).toBeUndefined();
    const packet = bytes(vector.packet);
    const arena = arenaOver(new Uint8Array(HEADROOM + 200));
    arena.bytes.set(packet, HEADROOM);
    const length = responder.wireguard.encap(0 as PeerId, arena, HEADROOM, packet.length, HEADROOM - 16, NOW);
    expect(hex(arena.bytes.subarray(HEADROOM - 16, HEADROOM - 16 + length))).toBe(vector.dataOfResponder);
    expect(give(initiator, vector.dataOfResponder)!.startsWith(vector.packet)).toBe(true);
    expect(initiator.counters.refusals()).toEqual({});
    expect(responder.counters.refusals()).toEqual({});
  });
});
