/**
 * Two (or more) WireGuard machines joined by wires that a test holds in its hands, under virtual time. For the tests of
 * this folder only.
 */
import { arenaOver, HEADROOM, TAILROOM } from '../../app/base/batch.ts';
import type { EndpointId, PeerId } from '../../app/base/brand.ts';
import { EndpointTable } from '../../app/base/endpoints.ts';
import { parseEndpoint, parsePrefix, type IpEndpoint } from '../../app/base/ip.ts';
import { createSeededRng } from '../../app/base/seeded-rng.ts';
import { createSodiumCrypto } from '../../app/host/crypto/sodium-crypto.ts';
import { Counters, type Refusal } from '../../app/ports/counters.ts';
import type { DataplaneFact, DataplanePeer } from '../../app/ports/dataplane.ts';
import { instant, wallTime, type Instant } from '../../app/time/instant.ts';
import { WireGuard, type Decapsulated } from '../../app/wireguard/wireguard.ts';

export const MTU = 1_420;
const WALL = 1_790_000_000_000;

export interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
}

/** One machine with its own key, counters and inbox. */
export class Station {
  readonly name: string;
  readonly secret = new Uint8Array(32);
  readonly point = new Uint8Array(32);
  readonly endpoints = new EndpointTable(64);
  readonly counters = new Counters(16);
  readonly wireguard: WireGuard;
  readonly facts: DataplaneFact[] = [];
  readonly received: Uint8Array[] = [];
  readonly wakeups: string[] = [];
  address: string;
  readonly #out: Decapsulated = { peer: 0 as PeerId, offset: 0, length: 0 };

  constructor(name: string, address: string, seed: number) {
    this.name = name;
    this.address = address;
    const crypto = createSodiumCrypto();
    const rng = createSeededRng(seed);
    rng.fill(this.secret);
    crypto.x25519Base(this.secret, this.point);
    this.wireguard = new WireGuard({ crypto, rng, endpoints: this.endpoints, counters: this.counters });
  }

  start(now: Instant): void {
    this.wireguard.handle({ kind: 'wall-clock', at: now, wall: wallTime(WALL + now) }, now);
    this.wireguard.handle({ kind: 'identity', privateKey: this.secret, addresses: [], mtu: MTU }, now);
  }

  knows(id: number, other: Station, now: Instant, change: Partial<DataplanePeer> = {}): void {
    const peer: DataplanePeer = {
      id: id as PeerId,
      publicKey: other.point,
      endpoint: endpoint(other.address),
      allowedIps: [parsePrefix('10.0.0.0/8')!],
      persistentKeepaliveMs: 0,
      roaming: 'follow',
      ...change,
    };
    this.wireguard.handle({ kind: 'put-peer', peer }, now);
  }

  take(bytes: Uint8Array, from: string, now: Instant): boolean {
    const arena = arenaOver(new Uint8Array(HEADROOM + bytes.length + TAILROOM));
    arena.bytes.set(bytes, HEADROOM);
    const id = this.endpoints.internEndpoint(endpoint(from));
    if (!this.wireguard.receive(arena, HEADROOM, bytes.length, id, now, this.#out)) return false;
    this.received.push(arena.bytes.slice(this.#out.offset, this.#out.offset + this.#out.length));
    return true;
  }

  /** Seals; the datagram, or undefined when it waits or was refused. */
  seal(id: number, packet: Uint8Array, now: Instant): { bytes: Uint8Array; endpoint: EndpointId } | undefined {
    const arena = arenaOver(new Uint8Array(HEADROOM + packet.length + TAILROOM));
    arena.bytes.set(packet, HEADROOM);
    const length = this.wireguard.encap(id as PeerId, arena, HEADROOM, packet.length, HEADROOM - 16, now);
    if (length === 0) return undefined;
    return { bytes: arena.bytes.slice(HEADROOM - 16, HEADROOM - 16 + length), endpoint: this.wireguard.endpointOf(id as PeerId) };
  }

  refused(reason: Refusal): number {
    return this.counters.refused(reason);
  }

  factsOf<K extends DataplaneFact['kind']>(kind: K): Extract<DataplaneFact, { kind: K }>[] {
    return this.facts.filter((fact): fact is Extract<DataplaneFact, { kind: K }> => fact.kind === kind);
  }
}

/** The wires: what was sent waits in `flying` until `deliver`. */
export class Wires {
  now: Instant = instant(1_000_000);
  readonly stations: Station[];
  flying: Datagram[] = [];
  /** Everything ever sent. */
  readonly log: Datagram[] = [];
  /** Everything that went to relays. */
  readonly relayed: { readonly from: Station; readonly region: number; readonly peer: PeerId; readonly bytes: Uint8Array }[] = [];
  /** False drops the datagram. */
  carry: (datagram: Datagram) => boolean = () => true;

  constructor(...stations: Station[]) {
    this.stations = stations;
    for (const station of stations) station.start(this.now);
  }

  /** Two stations that know each other as peer 0. */
  static pair(change: { a?: Partial<DataplanePeer>; b?: Partial<DataplanePeer> } = {}): { wires: Wires; a: Station; b: Station } {
    const a = new Station('a', '192.0.2.1:1000', 1);
    const b = new Station('b', '192.0.2.2:2000', 2);
    const wires = new Wires(a, b);
    a.knows(0, b, wires.now, change.a);
    b.knows(0, a, wires.now, change.b);
    return { wires, a, b };
  }

  /** A pair with a confirmed session that `a` began. */
  static connected(change: Parameters<typeof Wires.pair>[0] = {}): { wires: Wires; a: Station; b: Station } {
    const made = Wires.pair(change);
    made.wires.initiate(made.a, 0);
    made.wires.settle();
    return made;
  }

  initiate(station: Station, id: number): void {
    station.wireguard.handle({ kind: 'initiate', peer: id as PeerId }, this.now);
    this.collect();
  }

  send(station: Station, packet: Uint8Array = new Uint8Array([0x45, 1, 2, 3]), id = 0): void {
    const sealed = station.seal(id, packet, this.now);
    if (sealed !== undefined) this.#fly(station, sealed.endpoint, sealed.bytes);
    this.collect();
  }

  /** Drains every machine into `flying` and `facts`. */
  collect(): void {
    for (const station of this.stations) {
      for (let out = station.wireguard.poll(); out !== undefined; out = station.wireguard.poll()) {
        if (out.kind === 'fact') station.facts.push(out.fact);
        else if (out.kind === 'relay') this.relayed.push({ from: station, region: out.region, peer: out.peer, bytes: out.bytes });
        else this.#fly(station, out.endpoint, out.bytes);
      }
    }
  }

  /** Delivers what is in flight, and what that causes, until nothing flies. */
  settle(): void {
    for (let i = 0; this.flying.length > 0; i++) {
      if (i > 1_000) throw new Error('the machines do not come to rest');
      this.deliver(this.flying.shift()!);
    }
  }

  deliver(datagram: Datagram): void {
    const to = this.stations.find((station) => station.address === datagram.to);
    if (to === undefined || !this.carry(datagram)) return;
    to.take(datagram.bytes, datagram.from, this.now);
    this.collect();
  }

  /** Moves time forward, firing every deadline at its moment and delivering at once. */
  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.stations.map((station) => ({ station, next: station.wireguard.nextDeadline() })).filter(({ next }) => next !== undefined && next.at <= end);
      const first = due.sort((x, y) => x.next!.at - y.next!.at)[0];
      if (first === undefined) break;
      this.now = instant(Math.max(this.now, first.next!.at));
      first.station.wakeups.push(first.next!.why);
      if (first.station.wakeups.length > 100_000) throw new Error(`wakes without end: ${first.next!.why}`);
      first.station.wireguard.expire(this.now);
      this.collect();
      this.settle();
    }
    this.now = instant(end);
  }

  sent(from: Station, type?: number): Datagram[] {
    return this.log.filter((datagram) => datagram.from === from.address && (type === undefined || datagram.bytes[0] === type));
  }

  #fly(from: Station, to: EndpointId, bytes: Uint8Array): void {
    const target = from.endpoints.format(to);
    if (target === undefined) throw new Error('sent to nowhere');
    const datagram = { from: from.address, to: target, bytes };
    this.flying.push(datagram);
    this.log.push(datagram);
  }
}

export function endpoint(text: string): IpEndpoint {
  return parseEndpoint(text)!;
}
