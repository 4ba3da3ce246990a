/** The packet path in virtual time: one dataplane, and peers that speak raw WireGuard, so that they can also misbehave. */
import { describe, expect, it } from 'vitest';
import { commandsOf, configOf, createIdentity, TEST_MTU, type Identity } from '../../tests/doubles/test-net.ts';
import { arenaOver, createBatch, HEADROOM, pushPacket, TAILROOM } from '../base/batch.ts';
import type { EndpointId, PeerId } from '../base/brand.ts';
import { EndpointTable } from '../base/endpoints.ts';
import { equalIp, ipv4, parsePrefix, type IpAddress } from '../base/ip.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { Counters } from '../ports/counters.ts';
import type { Via } from '../base/via.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import { instant, wallTime, type Instant } from '../time/instant.ts';
import { decodeEcho, encodeEcho } from '../wire/icmp-echo.ts';
import { WireGuard, type Decapsulated } from '../wireguard/wireguard.ts';
import { Dataplane, inPlace } from './dataplane.ts';

const crypto = createSodiumCrypto();
const own = createIdentity(crypto, 1);
const B = 0 as PeerId;
const C = 1 as PeerId;
const OUR_PORT = 1_000;

/** A peer that sends whatever it is told inside its own session with us. */
class RawPeer {
  readonly identity: Identity;
  readonly port: number;
  readonly endpoints = new EndpointTable(16);
  readonly counters = new Counters(1);
  readonly wireguard: WireGuard;
  readonly received: Uint8Array[] = [];

  constructor(n: number, port: number) {
    this.identity = createIdentity(crypto, n);
    this.port = port;
    this.wireguard = new WireGuard({ crypto, rng: createSeededRng(n), endpoints: this.endpoints, counters: this.counters });
    for (const command of commandsOf(configOf(this.identity, [{ identity: own, port: OUR_PORT }]))) {
      if (command.kind === 'identity' || command.kind === 'put-peer') this.wireguard.handle(command, instant(0));
    }
    this.wireguard.handle({ kind: 'wall-clock', at: instant(0), wall: wallTime(1.7e12) }, instant(0));
  }

  /** Its sealed datagrams for an inner packet: none while the handshake runs. */
  seal(inner: Uint8Array, now: Instant): Uint8Array[] {
    const arena = arenaOver(new Uint8Array(HEADROOM + inner.length + TAILROOM));
    arena.bytes.set(inner, HEADROOM);
    const length = this.wireguard.encap(0 as PeerId, arena, HEADROOM, inner.length, HEADROOM - 16, now);
    const sealed = length > 0 ? [arena.bytes.slice(HEADROOM - 16, HEADROOM - 16 + length)] : [];
    return [...sealed, ...this.drain()];
  }

  take(bytes: Uint8Array, now: Instant): void {
    const arena = arenaOver(new Uint8Array(HEADROOM + bytes.length + TAILROOM));
    arena.bytes.set(bytes, HEADROOM);
    const out: Decapsulated = { peer: 0 as PeerId, offset: 0, length: 0 };
    const from = this.endpoints.internEndpoint({ address: ipv4(0x7f000001), port: OUR_PORT });
    if (this.wireguard.receive(arena, HEADROOM, bytes.length, from, now, out)) this.received.push(arena.bytes.slice(out.offset, out.offset + out.length));
  }

  drain(): Uint8Array[] {
    const out: Uint8Array[] = [];
    for (let o = this.wireguard.poll(); o !== undefined; o = this.wireguard.poll()) if (o.kind === 'transmit') out.push(o.bytes.slice());
    return out;
  }
}

class Scene {
  readonly counters = new Counters(4);
  readonly endpoints = new EndpointTable(64);
  readonly dataplane = new Dataplane({ crypto, rng: createSeededRng(7), endpoints: this.endpoints, counters: this.counters });
  readonly b = new RawPeer(2, 2_000);
  readonly c = new RawPeer(3, 3_000);
  readonly facts: DataplaneFact[] = [];
  /** What came out of the tunnel, and whose it is. */
  readonly overlay: { readonly peer: PeerId; readonly packet: Uint8Array }[] = [];
  /** What went to relays. */
  readonly relayed: { readonly region: number; readonly peer: PeerId; readonly bytes: Uint8Array }[] = [];
  now = instant(1_000);

  constructor() {
    this.dataplane.handle({ kind: 'wall-clock', at: instant(0), wall: wallTime(1.7e12) }, this.now);
    const peers = [this.b, this.c].map((peer) => ({ identity: peer.identity, port: peer.port }));
    for (const command of commandsOf(configOf(own, peers))) if (command.kind !== 'rebind') this.dataplane.handle(command, this.now);
    this.settle();
    for (const peer of [this.b, this.c]) this.from(peer, this.echo(peer.identity.addresses[0], 1));
    this.overlay.length = 0;
  }

  /** An echo request to us. */
  echo(from: IpAddress, sequence: number): Uint8Array {
    const to = from.family === 4 ? own.addresses[0] : own.addresses[1];
    return encodeEcho(from, to, { kind: 'request', identifier: 9, sequence, payload: new Uint8Array(3) });
  }

  /** A peer sends this inner packet in its session. */
  from(peer: RawPeer, inner: Uint8Array): void {
    for (const datagram of peer.seal(inner, this.now)) this.inbound(peer, datagram);
    this.settle();
  }

  /** We send these inner packets; they arrive at once. */
  send(...inner: readonly Uint8Array[]): void {
    const batch = createBatch(Math.max(1, inner.length));
    for (const packet of inner) pushPacket(batch, packet, -1);
    this.dataplane.outbound(batch, this.now, {
      place: inPlace,
      datagram: (arena, offset, length, endpoint) => this.deliver(arena.bytes.slice(offset, offset + length), endpoint),
      relayed: (arena, offset, length, region, peer) => this.relayed.push({ region, peer, bytes: arena.bytes.slice(offset, offset + length) }),
    });
    this.settle();
  }

  inbound(peer: RawPeer, datagram: Uint8Array): void {
    const batch = createBatch(1);
    pushPacket(batch, datagram, this.endpoints.internEndpoint({ address: ipv4(0x7f000001), port: peer.port }));
    this.dataplane.inbound(batch, this.now, { packet: (arena, offset, length, from) => this.overlay.push({ peer: from, packet: arena.bytes.slice(offset, offset + length) }) });
  }

  settle(): void {
    for (let o = this.dataplane.poll(); o !== undefined; o = this.dataplane.poll()) {
      if (o.kind === 'fact') this.facts.push(o.fact);
      else if (o.kind === 'relay') this.relayed.push({ region: o.region, peer: o.peer, bytes: o.bytes.slice() });
      else this.deliver(o.bytes.slice(), o.endpoint);
    }
  }

  deliver(bytes: Uint8Array, to: EndpointId): void {
    const port = this.endpoints.get(to)?.port;
    const peer = [this.b, this.c].find((candidate) => candidate.port === port);
    peer?.take(bytes, this.now);
    if (peer !== undefined) for (const answer of peer.drain()) this.inbound(peer, answer);
  }
}

/** An echo from us to an address. */
function ours(to: IpAddress, size = 20): Uint8Array {
  const from = to.family === 4 ? own.addresses[0] : own.addresses[1];
  return encodeEcho(from, to, { kind: 'request', identifier: 1, sequence: 1, payload: new Uint8Array(size) });
}

describe('the dataplane', () => {
  it('carries packets both ways, both families, unpadded', () => {
    const s = new Scene();
    for (const address of s.b.identity.addresses) {
      for (const size of [0, 1, 7, 500]) {
        s.send(ours(address, size));
        const inner = s.b.received.at(-1)!;
        expect(inner.subarray(0, ours(address, size).length)).toEqual(ours(address, size));
        s.from(s.b, s.echo(address, size));
        expect(s.overlay.at(-1)).toEqual({ peer: B, packet: s.echo(address, size) });
      }
    }
    expect(s.counters.refusals()).toEqual({});
  });

  it('waits for a handshake, then sends what waited, in order', () => {
    const s = new Scene();
    s.dataplane.handle({ kind: 'forget-sessions' }, s.now);
    s.now = instant(20_000);
    s.send(ours(s.b.identity.addresses[0], 1), ours(s.b.identity.addresses[0], 2));
    expect(s.b.received.slice(-2).map((inner) => new DataView(inner.buffer, inner.byteOffset).getUint16(2))).toEqual([29, 30]);
  });

  it('takes from a peer only what comes from its own addresses', () => {
    const s = new Scene();
    for (const source of [s.c.identity.addresses[0], s.c.identity.addresses[1], own.addresses[0], ipv4(0x08080808), ipv4(0)]) s.from(s.b, s.echo(source, 1));
    expect(s.overlay).toEqual([]);
    expect(s.counters.refused('inner: source not allowed')).toBe(5);
  });

  it('drops authentic packets that are no IP or lie about their length', () => {
    const s = new Scene();
    s.from(s.b, new Uint8Array(64));
    s.from(s.b, Uint8Array.of(0x45));
    const lying = s.echo(s.b.identity.addresses[0], 1);
    lying[2] = 0x40;
    s.from(s.b, lying);
    expect(s.overlay).toEqual([]);
    expect(s.counters.refusals()).toEqual({ 'inner: not IP': 2, 'inner: length wrong': 1 });
  });

  it('refuses to send what is no IP, larger than the MTU, or for nobody', () => {
    const s = new Scene();
    const [sentB, sentC] = [s.b.received.length, s.c.received.length];
    s.send(new Uint8Array(40), ours(s.b.identity.addresses[0], TEST_MTU - 27), ours(ipv4(0x08080808)), ours(s.b.identity.addresses[0], TEST_MTU - 28));
    expect(s.counters.refusals()).toEqual({ 'outbound: not IP': 1, 'outbound: larger than the MTU': 1, 'outbound: no peer for destination': 1 });
    expect([s.b.received.length - sentB, s.c.received.length - sentC]).toEqual([1, 0]);
  });

  it('prefers the longest prefix', () => {
    const s = new Scene();
    const c = commandsOf(configOf(own, [{ identity: s.b.identity, port: s.b.port }, { identity: s.c.identity, port: s.c.port }])).at(-1)!;
    if (c.kind !== 'put-peer') throw new Error('not a peer');
    s.dataplane.handle({ kind: 'put-peer', peer: { ...c.peer, allowedIps: [parsePrefix('0.0.0.0/0')!, parsePrefix('100.64.0.0/10')!] } }, s.now);
    s.send(ours(ipv4(0x08080808)), ours(s.b.identity.addresses[0]));
    expect([s.b.received.length, s.c.received.length]).toEqual([1, 1]);
    s.from(s.c, s.echo(ipv4(0x08080808), 1));
    s.from(s.c, s.echo(s.b.identity.addresses[0], 1));
    expect(s.overlay.map((o) => o.peer)).toEqual([C]);
  });

  it('moves a prefix to the peer that was given it last, in both directions, and does not give it back', () => {
    const s = new Scene();
    const address = s.b.identity.addresses[0];
    const puts = commandsOf(configOf(own, [{ identity: s.b.identity, port: s.b.port }, { identity: s.c.identity, port: s.c.port }])).flatMap((command) => (command.kind === 'put-peer' ? [command] : []));
    const [putB, putC] = [puts[0]!, puts[1]!];
    s.dataplane.handle({ kind: 'put-peer', peer: { ...putC.peer, allowedIps: [...putC.peer.allowedIps, { address, bits: 32 }] } }, s.now);
    s.send(ours(address));
    s.from(s.b, s.echo(address, 1));
    s.from(s.c, s.echo(address, 2));
    expect([s.b.received.length, s.c.received.length]).toEqual([0, 1]);
    expect(s.overlay.map((o) => o.peer)).toEqual([C]);
    s.dataplane.handle({ kind: 'remove-peer', peer: C }, s.now);
    s.send(ours(address));
    expect(s.counters.refused('outbound: no peer for destination')).toBe(1);
    s.dataplane.handle(putB, s.now);
    s.send(ours(address));
    expect(s.b.received).toHaveLength(1);
  });

  it('leaves a moved prefix with its new owner when the old one goes', () => {
    const s = new Scene();
    const address = s.b.identity.addresses[0];
    const puts = commandsOf(configOf(own, [{ identity: s.b.identity, port: s.b.port }, { identity: s.c.identity, port: s.c.port }])).flatMap((command) => (command.kind === 'put-peer' ? [command] : []));
    s.dataplane.handle({ kind: 'put-peer', peer: { ...puts[1]!.peer, allowedIps: [{ address, bits: 32 }] } }, s.now);
    s.dataplane.handle({ kind: 'remove-peer', peer: B }, s.now);
    s.send(ours(address));
    expect([s.b.received.length, s.c.received.length]).toEqual([0, 1]);
  });

  it('tells each removal once, also of a peer that it never knew', () => {
    const s = new Scene();
    for (const peer of [B, 77 as PeerId, B]) s.dataplane.handle({ kind: 'remove-peer', peer }, s.now);
    const told: number[] = [];
    for (let output = s.dataplane.poll(); output !== undefined; output = s.dataplane.poll()) if (output.kind === 'fact' && output.fact.kind === 'peer-removed') told.push(output.fact.peer);
    expect(told).toEqual([B, 77, B]);
  });

  it('keeps every session when only its own addresses change, and ends them with another key', () => {
    const s = new Scene();
    const identity = commandsOf(configOf(own, [])).find((command) => command.kind === 'identity')!;
    const before = s.facts.length;
    s.dataplane.handle({ ...identity, addresses: [ipv4(0x64401234)] }, s.now);
    s.send(ours(s.b.identity.addresses[0]));
    expect(s.b.received).toHaveLength(1);
    expect(s.facts.length).toBe(before);
    s.dataplane.handle({ ...identity, privateKey: new Uint8Array(32).fill(3) }, s.now);
    s.send(ours(s.b.identity.addresses[0]));
    expect(s.b.received).toHaveLength(1);
  });

  it('keeps the session of a peer whose prefixes change', () => {
    const s = new Scene();
    const put = commandsOf(configOf(own, [{ identity: s.b.identity, port: s.b.port }])).find((command) => command.kind === 'put-peer')!;
    if (put.kind !== 'put-peer') throw new Error('not a peer');
    const before = s.facts.length;
    s.dataplane.handle({ kind: 'put-peer', peer: { ...put.peer, allowedIps: [parsePrefix('10.9.0.0/16')!] } }, s.now);
    s.send(ours(ipv4(0x0a090001)));
    expect(s.b.received).toHaveLength(1);
    expect(s.facts.length).toBe(before);
    s.from(s.b, s.echo(s.b.identity.addresses[0], 1));
    expect(s.counters.refused('inner: source not allowed')).toBe(1);
  });
});

describe('the in-tunnel probe', () => {
  /** The reply of a stack that answers honestly. */
  function reply(request: Uint8Array): Uint8Array {
    const echo = decodeEcho(request.subarray(0, new DataView(request.buffer, request.byteOffset).getUint16(2)), 4, 20, 1)!;
    const view = new DataView(request.buffer, request.byteOffset);
    return encodeEcho(ipv4(view.getUint32(16)), ipv4(view.getUint32(12)), { ...echo, kind: 'reply' });
  }
  const probe = (s: Scene, peer: PeerId, to: IpAddress, token: number): void => {
    s.dataplane.handle({ kind: 'probe', peer, to, token }, s.now);
    s.settle();
  };
  const answers = (s: Scene): DataplaneFact[] => s.facts.filter((fact) => fact.kind === 'probe-answered');

  it('is answered once, by the peer it was sent to, and measures the way there and back', () => {
    const s = new Scene();
    probe(s, B, s.b.identity.addresses[0], 77);
    const request = s.b.received.at(-1)!;
    s.now = instant(s.now + 42);
    s.from(s.b, reply(request));
    expect(answers(s)).toEqual([{ kind: 'probe-answered', peer: B, at: s.now, token: 77, rttMs: 42, via: { kind: 'direct', endpoint: { address: ipv4(0x7f000001), port: 2_000 } } }]);
    expect(s.overlay).toEqual([]);
    s.from(s.b, reply(request));
    expect(answers(s)).toHaveLength(1);
  });

  it('is not answered by another peer, nor by an echo of somebody else', () => {
    const s = new Scene();
    probe(s, B, s.b.identity.addresses[0], 78);
    const honest = reply(s.b.received.at(-1)!);
    const echo = decodeEcho(honest, 4, 20, 1)!;
    const from = (address: IpAddress, change: Partial<typeof echo>): Uint8Array => encodeEcho(address, own.addresses[0], { ...echo, ...change });
    s.from(s.c, from(s.c.identity.addresses[0], {}));
    s.from(s.b, from(s.b.identity.addresses[0], { identifier: echo.identifier ^ 1 }));
    s.from(s.b, from(s.b.identity.addresses[0], { payload: echo.payload.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) }));
    s.from(s.b, from(s.b.identity.addresses[0], { payload: echo.payload.map((byte, i) => (i === 19 ? byte ^ 1 : byte)) }));
    s.from(s.b, from(s.b.identity.addresses[0], { kind: 'request' }));
    expect(answers(s)).toEqual([]);
    expect(s.overlay.map((o) => o.peer)).toEqual([C, B, B, B, B]);
    s.from(s.b, honest);
    expect(answers(s)).toHaveLength(1);
  });

  it('goes over IPv6, and nowhere without an address of that family or to a peer that is not there', () => {
    const s = new Scene();
    probe(s, B, s.b.identity.addresses[1], 1);
    expect(s.b.received.at(-1)![0]! >>> 4).toBe(6);
    const before = s.b.received.length;
    probe(s, 3 as PeerId, s.b.identity.addresses[0], 2);
    s.dataplane.handle({ kind: 'identity', privateKey: own.privateKey.bytes, addresses: [own.addresses[0]], mtu: TEST_MTU }, s.now);
    probe(s, B, s.b.identity.addresses[1], 3);
    expect(s.b.received).toHaveLength(before);
    expect(own.addresses.some((address) => equalIp(address, s.b.identity.addresses[0]))).toBe(false);
  });

  it('is as large as a packet of the tunnel may be when it asks a direct way, and small else', () => {
    const s = new Scene();
    const lengthOf = (via?: Via): number => {
      s.dataplane.handle({ kind: 'probe', peer: B, to: s.b.identity.addresses[0], token: 9, form: 'tsmp', ...(via === undefined ? {} : { via }) }, s.now);
      s.settle();
      const request = s.b.received.at(-1)!;
      return new DataView(request.buffer, request.byteOffset).getUint16(2);
    };
    expect(lengthOf({ kind: 'direct', endpoint: { address: ipv4(0x7f000001), port: s.b.port } })).toBe(TEST_MTU);
    expect(lengthOf()).toBe(29);
  });

  it('is forgotten when a thousand newer ones are on their way', () => {
    const s = new Scene();
    probe(s, B, s.b.identity.addresses[0], 0);
    const first = reply(s.b.received.at(-1)!);
    for (let token = 1; token <= 1_024; token++) probe(s, B, s.b.identity.addresses[0], token);
    const last = reply(s.b.received.at(-1)!);
    s.from(s.b, first);
    s.from(s.b, last);
    expect(answers(s)).toMatchObject([{ token: 1_024 }]);
  });
});
