/** STUN and disco on WireGuard's socket, questions inside the tunnel by a way of their own, and floods of both. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandsOf, configOf, createIdentity } from '../../tests/doubles/test-net.ts';
import { createBatch, HEADROOM, pushPacket, type Arena } from '../base/batch.ts';
import type { EndpointId, PeerId } from '../base/brand.ts';
import { EndpointTable } from '../base/endpoints.ts';
import { ipv4, parseEndpoint, type IpEndpoint } from '../base/ip.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import type { Via } from '../base/via.ts';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { Counters } from '../ports/counters.ts';
import type { DataplaneFact, FilterSetup } from '../ports/dataplane.ts';
import { instant, wallTime } from '../time/instant.ts';
import { encodeTsmpPacket } from '../wire/tsmp.ts';
import { Dataplane, inPlace } from './dataplane.ts';
import { PER_SECOND, PER_SOURCE, SOURCE_BURST } from './side-datagrams.ts';

const crypto = createSodiumCrypto();
const ids = [createIdentity(crypto, 1), createIdentity(crypto, 2)] as const;
const PEER = 0 as PeerId;
const REGION = 4;
const TOO_MANY = 'datagram: more STUN or disco than is taken';
const from = (i: number): IpEndpoint => ({ address: ipv4(0xc6336400 + i), port: 3_478 });

function stun(): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.set([1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42]);
  return bytes;
}

function disco(): Uint8Array {
  const bytes = new Uint8Array(100).fill(7);
  bytes.set([0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac]);
  return bytes;
}

/** Two dataplanes, each the other's chosen peer, joined by a relay and by a straight way that a test may cut. */
class Net {
  readonly endpoints = [new EndpointTable(64), new EndpointTable(64)] as const;
  readonly counters = [new Counters(2), new Counters(2)] as const;
  readonly planes: readonly Dataplane[];
  readonly facts: [DataplaneFact[], DataplaneFact[]] = [[], []];
  readonly overlay: [Uint8Array[], Uint8Array[]] = [[], []];
  readonly sent: { readonly via: Via; readonly bytes: Uint8Array }[] = [];
  straight = true;
  now = instant(1_000);

  constructor(filter?: FilterSetup) {
    this.planes = [0, 1].map((i) => {
      const plane = new Dataplane({ crypto, rng: createSeededRng(i + 1), endpoints: this.endpoints[i]!, counters: this.counters[i]! });
      plane.handle({ kind: 'wall-clock', at: this.now, wall: wallTime(1.7e12) }, this.now);
      if (filter !== undefined) plane.handle({ kind: 'set-filter', filter }, this.now);
      for (const command of commandsOf(configOf(ids[i]!, [{ identity: ids[1 - i]! }]))) {
        if (command.kind === 'rebind') continue;
        plane.handle(command.kind === 'put-peer' ? { ...command, peer: { ...command.peer, roaming: 'chosen' } } : command, this.now);
      }
      plane.handle({ kind: 'set-path', peer: PEER, direct: undefined, relay: REGION }, this.now);
      return plane;
    });
    this.planes[0]!.handle({ kind: 'initiate', peer: PEER }, this.now);
    this.settle();
    this.sent.length = 0;
    this.facts[0].length = 0;
  }

  probe(form: 'echo' | 'tsmp', via?: Via): void {
    this.planes[0]!.handle({ kind: 'probe', peer: PEER, to: ids[1].addresses[0], token: 5, form, ...(via === undefined ? {} : { via }) }, this.now);
    this.settle();
  }

  /** From the network to the first one, from this address. */
  datagram(bytes: Uint8Array, source: IpEndpoint): void {
    this.#inbound(0, bytes, this.endpoints[0].internEndpoint(source));
    this.settle();
  }

  /** The second one sends this inner packet. */
  inner(packet: Uint8Array): void {
    const batch = createBatch(1);
    pushPacket(batch, packet, -1);
    const cut = (arena: Arena, at: number, length: number): Uint8Array => arena.bytes.slice(at, at + length);
    this.planes[1]!.outbound(batch, this.now, {
      place: inPlace,
      datagram: (arena, at, length) => this.#direct(1, cut(arena, at, length)),
      relayed: (arena, at, length, region) => this.#inbound(0, cut(arena, at, length), this.endpoints[0].internRelay(region, PEER)),
    });
    this.settle();
  }

  of<K extends DataplaneFact['kind']>(kind: K): Extract<DataplaneFact, { kind: K }>[] {
    return this.facts[0].filter((fact): fact is Extract<DataplaneFact, { kind: K }> => fact.kind === kind);
  }

  settle(): void {
    for (let busy = true; busy; ) {
      busy = false;
      for (const i of [0, 1] as const) {
        for (let out = this.planes[i]!.poll(); out !== undefined; out = this.planes[i]!.poll()) {
          busy = true;
          if (out.kind === 'fact') this.facts[i].push(out.fact);
          else if (out.kind === 'relay') {
            if (i === 0) this.sent.push({ via: { kind: 'relay', region: out.region }, bytes: out.bytes.slice() });
            this.#inbound(1 - i, out.bytes.slice(), this.endpoints[1 - i]!.internRelay(out.region, out.peer));
          } else {
            if (i === 0) this.sent.push({ via: this.endpoints[0].via(out.endpoint)!, bytes: out.bytes.slice() });
            this.#direct(i, out.bytes.slice());
          }
        }
      }
    }
  }

  #direct(author: number, bytes: Uint8Array): void {
    if (this.straight) this.#inbound(1 - author, bytes, this.endpoints[1 - author]!.internEndpoint(from(author)));
  }

  #inbound(to: number, bytes: Uint8Array, way: EndpointId): void {
    const batch = createBatch(1);
    if (!pushPacket(batch, bytes, way)) throw new Error('larger than a slot');
    this.planes[to]!.inbound(batch, this.now, { packet: (arena, at, length) => void this.overlay[to]!.push(arena.bytes.slice(at, at + length)) });
  }
}

describe('a datagram that is not WireGuard’s', () => {
  it('goes up as it came, with its sender, and its memory is its own', () => {
    const net = new Net();
    for (const bytes of [stun(), disco()]) net.datagram(bytes, from(9));
    expect(net.of('datagram')).toEqual([stun(), disco()].map((bytes) => ({ kind: 'datagram', at: net.now, from: from(9), bytes })));
    expect(net.of('datagram').every(({ bytes }) => bytes.buffer.byteLength === bytes.length)).toBe(true);
    expect(net.counters[0].refusals()).toEqual({});
  });

  it('is none of the two when it is cut, has another cookie or magic, is too long, or came through a relay', () => {
    const net = new Net();
    const bad = [stun().subarray(0, 19), disco().subarray(0, 37), stun().fill(0, 4, 5), disco().fill(0, 5, 6), stun().fill(0x41, 0, 1), stun().fill(2, 1, 2)];
    for (const bytes of bad) net.datagram(bytes, from(9));
    const long = new Uint8Array(2_049);
    long.set(disco());
    net.datagram(long, from(9));
    const batch = createBatch(1);
    pushPacket(batch, disco(), net.endpoints[0].internRelay(REGION, PEER));
    net.planes[0]!.inbound(batch, net.now, { packet: () => expect.unreachable('nothing to deliver') });
    net.settle();
    expect(net.of('datagram')).toEqual([]);
    expect(net.counters[0].refused('datagram: unknown type')).toBe(bad.length + 2);
  });

  it('is sent from where WireGuard sends, as it is', () => {
    const net = new Net();
    net.planes[0]!.handle({ kind: 'send-datagram', to: from(3), bytes: stun() }, net.now);
    net.settle();
    expect(net.sent).toEqual([{ via: { kind: 'direct', endpoint: from(3) }, bytes: stun() }]);
  });

  it('never throws, whatever the bytes, and is never taken for data', () => {
    const net = new Net();
    fc.assert(
      fc.property(fc.constantFrom(stun(), disco()), fc.uint8Array({ maxLength: 300 }), fc.nat(40), (head, tail, cut) => {
        net.datagram(Uint8Array.from([...head.subarray(0, cut), ...tail]), from(1));
        expect(net.overlay[0]).toEqual([]);
      }),
    );
  });
});

describe('a flood of them', () => {
  it('from one address is cut to its share, and leaves the others theirs', () => {
    const net = new Net();
    for (let i = 0; i < 10_000; i++) net.datagram(i % 2 === 0 ? stun() : disco(), from(1));
    expect(net.of('datagram')).toHaveLength(SOURCE_BURST);
    net.datagram(stun(), from(2));
    expect(net.of('datagram')).toHaveLength(SOURCE_BURST + 1);
    expect(net.counters[0].refused(TOO_MANY)).toBe(10_000 - SOURCE_BURST);
    net.now = instant(net.now + 1_000);
    for (let i = 0; i < 1_000; i++) net.datagram(disco(), from(1));
    expect(net.of('datagram')).toHaveLength(SOURCE_BURST + 1 + PER_SOURCE);
  });

  it('from a thousand addresses is cut to so many a second, and data goes on', () => {
    const net = new Net();
    for (let i = 0; i < 10_000; i++) net.datagram(disco(), from(i % 1_000));
    expect(net.of('datagram')).toHaveLength(PER_SECOND);
    net.probe('tsmp');
    expect(net.overlay[1]).toHaveLength(1);
    net.now = instant(net.now + 1_000);
    for (let i = 0; i < 10_000; i++) net.datagram(disco(), from(i % 1_000));
    expect(net.of('datagram')).toHaveLength(2 * PER_SECOND);
  });
});

describe('a question inside the tunnel', () => {
  const rules: FilterSetup = { kind: 'rules', rules: [], shieldsUp: false, local: ids.flatMap(({ addresses }) => addresses.map((address) => ({ address, bits: address.family === 4 ? 32 : 128 }))) };

  it('as TSMP is answered by the other dataplane itself, also where no rule lets anything in', () => {
    const net = new Net(rules);
    net.probe('tsmp');
    expect(net.of('probe-answered')).toMatchObject([{ token: 5, via: { kind: 'relay', region: REGION } }]);
    expect(net.overlay).toEqual([[], []]);
  });

  it('as TSMP is recognised without a filter too', () => {
    const net = new Net();
    net.probe('tsmp');
    const ping = net.overlay[1][0]!;
    const pong = (data: Uint8Array): Uint8Array => encodeTsmpPacket(ids[1].addresses[0], ids[0].addresses[0], { kind: 'pong', data, apiPort: 80 });
    net.inner(pong(ping.slice(21, 29).fill(0, 7)));
    expect(net.of('probe-answered')).toEqual([]);
    net.inner(pong(ping.slice(21, 29)));
    expect(net.of('probe-answered')).toMatchObject([{ token: 5, via: { kind: 'relay', region: REGION } }]);
    net.inner(pong(ping.slice(21, 29)));
    expect(net.of('probe-answered')).toHaveLength(1);
  });

  it('goes by the way it is asked for only; the answer says which way it took', () => {
    const net = new Net(rules);
    const straight: Via = { kind: 'direct', endpoint: from(1) };
    net.probe('tsmp', straight);
    expect(net.sent.map(({ via }) => via)).toEqual([straight]);
    expect(net.of('probe-answered')).toMatchObject([{ via: { kind: 'relay', region: REGION } }]);
    net.planes[1]!.handle({ kind: 'set-path', peer: PEER, direct: from(0), relay: undefined }, net.now);
    net.probe('tsmp', straight);
    expect(net.of('probe-answered').at(-1)).toMatchObject({ via: { kind: 'direct', endpoint: from(1) } });
    net.straight = false;
    net.probe('tsmp', straight);
    expect(net.of('probe-answered')).toHaveLength(2);
  });

  it('has bytes of its own each time, which tell nothing of the next one', () => {
    const net = new Net();
    for (const form of ['echo', 'tsmp'] as const) {
      const seen = new Set<string>();
      for (let i = 0; i < 50; i++) {
        net.probe(form);
        const packet = net.overlay[1].at(-1)!;
        seen.add(packet.subarray(form === 'echo' ? 28 : 21, form === 'echo' ? 36 : 29).join());
      }
      expect(seen.size).toBe(50);
    }
  });

  it('tells our use of a peer to nobody', () => {
    const net = new Net(rules);
    net.probe('tsmp');
    net.probe('echo');
    expect(net.of('active')).toEqual([]);
  });
});

describe('the disco key that a peer tells inside the tunnel', () => {
  const local = ids[0].addresses.map((address) => ({ address, bits: address.family === 4 ? 32 : 128 }));
  const advert = (fill: number): Uint8Array => encodeTsmpPacket(ids[1].addresses[0], ids[0].addresses[0], { kind: 'disco-key', key: new Uint8Array(32).fill(fill) });

  it('is told once a second, whatever it tells', () => {
    const net = new Net({ kind: 'rules', rules: [], shieldsUp: true, local });
    for (let i = 0; i < 200; i++) net.inner(advert(i));
    expect(net.of('disco-key')).toEqual([{ kind: 'disco-key', peer: PEER, at: net.now, key: new Uint8Array(32) }]);
    expect(net.counters[0].refused('tsmp: more than are answered')).toBe(199);
    net.now = instant(net.now + 1_000);
    net.inner(advert(9));
    expect(net.of('disco-key')).toHaveLength(2);
    expect(net.overlay[0]).toEqual([]);
  });
});

describe('packets of the user', () => {
  it('are sealed once and go both ways, the same bytes', () => {
    const net = new Net();
    net.planes[1]!.handle({ kind: 'set-path', peer: PEER, direct: from(0), relay: REGION }, net.now);
    const batch = createBatch(1);
    pushPacket(batch, encodeTsmpPacket(ids[1].addresses[0], ids[0].addresses[0], { kind: 'ping', data: new Uint8Array(8) }), -1);
    const ways: string[] = [];
    net.planes[1]!.outbound(batch, net.now, {
      place: inPlace,
      datagram: (arena, at, length, to) => ways.push(`${net.endpoints[1].format(to)} ${arena.bytes.slice(at, at + length).join()}`),
      relayed: (arena, at, length, region, peer) => ways.push(`relay ${region} ${peer} ${arena.bytes.slice(at, at + length).join()}`),
    });
    expect(ways).toHaveLength(2);
    expect(ways[0]!.startsWith(`relay ${REGION} 0 4,0,0,0,`)).toBe(true);
    expect(ways[1]!.slice('198.51.100.0:3478 '.length)).toBe(ways[0]!.slice(`relay ${REGION} 0 `.length));
    expect(parseEndpoint('198.51.100.0:3478')).toEqual(from(0));
    expect(batch.offset[0]).toBe(HEADROOM);
  });
});
