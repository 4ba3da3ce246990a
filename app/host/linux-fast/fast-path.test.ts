/**
 * The fast packet path without a system below it: super-packet -> segments -> seal -> datagrams in one run -> open ->
 * join -> cut again, against the portable path that gets the same packets one by one in ordinary memory.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatch, HEADROOM, packetAt, pushPacket, type PacketBatch } from '../../base/batch.ts';
import type { EndpointId, PeerId } from '../../base/brand.ts';
import { EndpointTable } from '../../base/endpoints.ts';
import { ipv4, parseIp, parsePrefix } from '../../base/ip.ts';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { Dataplane, inPlace, SEALED_EXTRA } from '../../dataplane/dataplane.ts';
import { createSums } from '../../offload/checksum.ts';
import { Coalescer } from '../../offload/coalesce.ts';
import { Segmenter } from '../../offload/segment.ts';
import { createSimdSums } from '../../offload/simd-sums.ts';
import { Counters } from '../../ports/counters.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Roaming } from '../../ports/dataplane.ts';
import { RelayRing } from '../../ports/relay-ring.ts';
import { instant, wallTime } from '../../time/instant.ts';
import { anySpec, buildPacket, buildSuper, PLAIN, readVirtio, slowCut, virtioBytes, type PacketSpec, type VirtioHeader } from '../../../tests/doubles/ip-packets.ts';
import { createFastCrypto } from '../crypto/fast-packet-key.ts';
import { createSodiumCrypto } from '../crypto/sodium-crypto.ts';
import { layOut, OUT_SLOTS } from './places.ts';
import { RelayReceiver } from './relay-receiver.ts';

const MTU = 1_420;
const NOW = instant(1_000);
const sodium = createSodiumCrypto();

/** Two dataplanes that know each other, with a session. What A sends, B gets; B's answers to handshakes go back. */
function connected(cryptoA: Crypto, cryptoB: Crypto, roaming: Roaming = 'follow'): { a: Dataplane; b: Dataplane; to: EndpointId; endpoints: EndpointTable } {
  const secrets = [1, 2].map((n) => new Uint8Array(32).fill(n));
  const opens = secrets.map((secret) => {
    const open = new Uint8Array(32);
    sodium.x25519Base(secret, open);
    return open;
  });
  const ends = [cryptoA, cryptoB].map((crypto, i) => {
    const endpoints = new EndpointTable(16);
    const dataplane = new Dataplane({ crypto, rng: createSeededRng(i + 1), endpoints, counters: new Counters(2) });
    dataplane.handle({ kind: 'wall-clock', at: NOW, wall: wallTime(1.7e12) }, NOW);
    dataplane.handle({ kind: 'identity', privateKey: secrets[i]!.slice(), addresses: [parseIp(`10.0.${i}.1`)!], mtu: MTU }, NOW);
    const prefixes = i === 0 ? ['10.0.1.0/24', 'fd01::/16'] : ['10.0.0.0/24', 'fd00::/16'];
    const allowedIps = prefixes.map((text) => parsePrefix(text)!);
    const peer = { id: 0 as PeerId, publicKey: opens[1 - i]!, endpoint: { address: ipv4(0x7f000001), port: 1 }, allowedIps, persistentKeepaliveMs: 0, roaming };
    dataplane.handle({ kind: 'put-peer', peer }, NOW);
    return { dataplane, endpoint: endpoints.internEndpoint(peer.endpoint), endpoints };
  });
  const [a, b] = ends as [(typeof ends)[0], (typeof ends)[0]];
  const pass = (from: Dataplane, into: Dataplane): void => {
    for (let o = from.poll(); o !== undefined; o = from.poll()) {
      if (o.kind !== 'transmit') continue;
      const batch = createBatch(1);
      pushPacket(batch, o.bytes, b.endpoint);
      into.inbound(batch, NOW, { packet: () => {} });
    }
  };
  a.dataplane.handle({ kind: 'initiate', peer: 0 as PeerId }, NOW);
  for (let i = 0; i < 4; i++) {
    pass(a.dataplane, b.dataplane);
    pass(b.dataplane, a.dataplane);
  }
  return { a: a.dataplane, b: b.dataplane, to: b.endpoint, endpoints: b.endpoints };
}

const places = layOut(MTU);
const { memory } = places;
const sums = createSimdSums(memory.memory) ?? createSums(memory);
const fast = createFastCrypto(sodium, memory, places.crypto);
const fastPair = connected(fast, fast);
const slowPair = connected(sodium, sodium);
const segmenter = new Segmenter(memory, sums, MTU);
const out: PacketBatch = { arena: memory, count: 0, offset: Int32Array.from(places.outSlots), length: new Int32Array(OUT_SLOTS), tag: new Int32Array(OUT_SLOTS) };

interface Handed {
  readonly header: VirtioHeader;
  readonly packet: Uint8Array;
}

/** What B's device is given when A's device delivers these, each cut into datagrams that lie one behind the other. */
function throughFast(given: readonly Handed[]): Handed[] {
  const written: Handed[] = [];
  const write = (at: number, length: number): void => {
    const bytes = memory.bytes.slice(at, at + length);
    written.push({ header: readVirtio(bytes), packet: bytes.slice(10) });
  };
  const coalescer = new Coalescer({ arena: memory, sums, room: places.coalescer, udp: true, write });
  let next = places.received;
  const batch: PacketBatch = { arena: memory, count: 0, offset: new Int32Array(512), length: new Int32Array(512), tag: new Int32Array(512) };
  for (const { header, packet } of given) {
    memory.bytes.set([...virtioBytes(header), ...packet], places.largeSlots[0]! - 10);
    if (segmenter.start(places.largeSlots[0]!, packet.length) !== 'ok') continue;
    for (let more = true; more; ) {
      out.count = 0;
      more = segmenter.fill(out);
      fastPair.a.outbound(out, NOW, {
        place: (_, length) => {
          expect(next + length + SEALED_EXTRA).toBeLessThan(places.received + 65_536);
          return next;
        },
        datagram: (arena, offset, length) => {
          expect([arena === memory, offset]).toEqual([true, next]);
          batch.offset[batch.count] = offset;
          batch.length[batch.count] = length;
          batch.tag[batch.count++] = fastPair.to;
          next += length;
        },
        relayed: () => expect.unreachable('nobody has a relay'),
      });
    }
  }
  fastPair.b.inbound(batch, NOW, { packet: (_, offset, length) => coalescer.add(offset, length) });
  coalescer.flush();
  return written;
}

/** The same packets, cut beforehand, through ordinary memory and the ordinary AEAD. */
function throughSlow(packets: readonly Uint8Array[]): Uint8Array[] {
  const got: Uint8Array[] = [];
  for (const packet of packets) {
    const batch = createBatch(1);
    if (!pushPacket(batch, packet, -1)) continue;
    const sent = { ...batch, offset: new Int32Array(1), length: new Int32Array(1), tag: Int32Array.of(slowPair.to), count: 0 };
    slowPair.a.outbound(batch, NOW, {
      place: inPlace,
      datagram: (_, offset, length) => {
        sent.offset[0] = offset;
        sent.length[0] = length;
        sent.count = 1;
      },
      relayed: () => expect.unreachable('nobody has a relay'),
    });
    slowPair.b.inbound(sent, NOW, { packet: (arena, offset, length) => got.push(packetAt({ ...batch, arena, count: 1, offset: Int32Array.of(offset), length: Int32Array.of(length) }, 0).slice()) });
  }
  return got;
}

const REGION = 3;
/** A pair each whose packets go by a relay, and by an address too when `direct` is asked for. */
const fastRelayed = connected(fast, fast, 'chosen');
const slowRelayed = connected(sodium, sodium, 'chosen');
const ring = new RelayRing();
const relayReceiver = new RelayReceiver(places, ring, fastRelayed.endpoints, new Counters(1));

function usePath(direct: boolean): void {
  const endpoint = direct ? { address: ipv4(0x7f000001), port: 1 } : undefined;
  for (const pair of [fastRelayed, slowRelayed]) pair.a.handle({ kind: 'set-path', peer: 0 as PeerId, direct: endpoint, relay: REGION }, NOW);
}

/** Through the ring, as between the threads, into B's device. `datagrams` counts what went to the address as well. */
function throughFastRelay(given: readonly Handed[]): { written: Handed[]; datagrams: number } {
  const written: Handed[] = [];
  let datagrams = 0;
  const write = (at: number, length: number): void => {
    const bytes = memory.bytes.slice(at, at + length);
    written.push({ header: readVirtio(bytes), packet: bytes.slice(10) });
  };
  const coalescer = new Coalescer({ arena: memory, sums, room: places.coalescer, udp: true, write });
  for (const { header, packet } of given) {
    memory.bytes.set([...virtioBytes(header), ...packet], places.largeSlots[0]! - 10);
    if (segmenter.start(places.largeSlots[0]!, packet.length) !== 'ok') continue;
    for (let more = true; more; ) {
      out.count = 0;
      more = segmenter.fill(out);
      fastRelayed.a.outbound(out, NOW, {
        place: () => places.gather,
        datagram: () => void datagrams++,
        relayed: (arena, offset, length, region, peer) => void expect(ring.push(region, peer, arena.bytes, offset, length)).toBe(true),
      });
    }
  }
  while (relayReceiver.receive()) {
    fastRelayed.b.inbound(relayReceiver.batch, NOW, { packet: (_, offset, length) => coalescer.add(offset, length) });
    coalescer.flush();
  }
  return { written, datagrams };
}

/** Through the same path of the portable mover: one packet at a time, in ordinary memory. */
function throughSlowRelay(packets: readonly Uint8Array[]): { got: Uint8Array[]; datagrams: number } {
  const got: Uint8Array[] = [];
  let datagrams = 0;
  for (const packet of packets) {
    const batch = createBatch(1);
    if (!pushPacket(batch, packet, -1)) continue;
    const arrived = createBatch(1);
    slowRelayed.a.outbound(batch, NOW, {
      place: inPlace,
      datagram: () => void datagrams++,
      relayed: (arena, offset, length, region, peer) => pushPacket(arrived, arena.bytes.subarray(offset, offset + length), slowRelayed.endpoints.internRelay(region, peer)),
    });
    slowRelayed.b.inbound(arrived, NOW, { packet: (arena, offset, length) => got.push(arena.bytes.slice(offset, offset + length)) });
  }
  return { got, datagrams };
}

const hex = (p: Uint8Array): string => Buffer.from(p).toString('hex');

/** With DF the id means nothing (RFC 6864): equal ids of a joined run come back risen. Bytes without id and header checksum. */
function known(p: Uint8Array): string {
  const copy = p.slice();
  if (copy[0]! >> 4 === 4 && (copy[6]! & 0x7f) === 0x40 && copy[7] === 0) copy.fill(0, 4, 6).fill(0, 10, 12);
  return hex(copy);
}

function sameFlows(a: readonly Uint8Array[], b: readonly Uint8Array[]): void {
  const flows = (packets: readonly Uint8Array[]): Map<string, string[]> => {
    const map = new Map<string, string[]>();
    for (const p of packets) {
      const v6 = p[0]! >> 4 === 6;
      const l4 = v6 ? 40 : (p[0]! & 15) * 4;
      const key = `${v6 ? p[6] : p[9]} ${hex(v6 ? p.slice(8, 40) : p.slice(12, 20))} ${hex(p.slice(l4, l4 + 4))}`;
      map.set(key, [...(map.get(key) ?? []), known(p)]);
    }
    return map;
  };
  expect(flows(a)).toEqual(flows(b));
}

const NONE: VirtioHeader = { flags: 0, type: 0, headerLength: 0, segment: 0, start: 0, offset: 0 };
const single = anySpec.map((spec): Handed => ({ header: NONE, packet: buildPacket(spec) }));
const joined = fc.tuple(anySpec, fc.integer({ min: 20, max: 200 }), fc.constantFrom(0x10, 0x18, 0x11, 0x90, undefined)).map(([spec, segment, flags]): Handed => {
  const protocol = spec.protocol === 'udp' ? ('udp' as const) : ('tcp' as const);
  return buildSuper({ ...spec, protocol, flags: flags ?? spec.flags, payload: [...spec.payload, ...spec.payload, 1] }, segment);
});

describe('the fast path', () => {
  it('delivers what the portable path delivers, whatever the packets', () => {
    let delivered = 0;
    let joins = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(single, joined), { minLength: 1, maxLength: 12 }), (given) => {
        const written = throughFast(given);
        const packets = given.flatMap(({ header, packet }) => slowCut(header, packet));
        const got = written.flatMap(({ header, packet }) => slowCut(header, packet));
        delivered += got.length;
        joins += got.length - written.length;
        sameFlows(got, throughSlow(packets));
      }),
      { numRuns: 300 },
    );
    expect(delivered).toBeGreaterThan(500);
    expect(joins).toBeGreaterThan(100);
  });

  it('delivers through a relay what the portable path delivers, with an address beside it or without', () => {
    let delivered = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(single, joined), { minLength: 1, maxLength: 12 }), fc.boolean(), (given, direct) => {
        usePath(direct);
        const { written, datagrams } = throughFastRelay(given);
        const got = written.flatMap(({ header, packet }) => slowCut(header, packet));
        const slow = throughSlowRelay(given.flatMap(({ header, packet }) => slowCut(header, packet)));
        delivered += got.length;
        sameFlows(got, slow.got);
        expect(datagrams).toBe(slow.datagrams);
        expect(datagrams > 0).toBe(direct && got.length > 0);
      }),
      { numRuns: 150 },
    );
    expect(delivered).toBeGreaterThan(250);
  });

  it('brings a full super-packet through as one', () => {
    for (const family of [4, 6] as const) {
      const spec: PacketSpec & { protocol: 'tcp' } = { ...PLAIN, protocol: 'tcp', family, payload: Array.from({ length: 40 * 1_360 }, (_, i) => (i * 7) & 255) };
      const given = buildSuper(spec, 1_360);
      const written = throughFast([given]);
      expect(written).toHaveLength(1);
      expect(written[0]!.header).toEqual(given.header);
      expect(hex(written[0]!.packet)).toBe(hex(given.packet));
    }
  });

  it('leaves room in front of every place for the stream and the virtio header', () => {
    for (const at of [places.largeSlots[0]!, places.received, ...places.outSlots]) expect(at).toBeGreaterThanOrEqual(HEADROOM);
    expect(places.coalescer + 8 * 65_000).toBeLessThan(memory.bytes.length);
  });
});
