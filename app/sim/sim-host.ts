/**
 * One simulated machine: an engine (node and packet path), a small stack inside the tunnel, an underlay address, clocks
 * of its own, and a power state. It carries out what the engine wants and tells the watcher everything. It decides
 * nothing about the network: datagrams leave through `Surroundings`. Callers: the World.
 */
import { createBatch, pushPacket, type Arena } from '../base/batch.ts';
import type { EndpointId, PeerId } from '../base/brand.ts';
import type { IpAddress, IpEndpoint, IpPrefix } from '../base/ip.ts';
import { inPlace } from '../dataplane/dataplane.ts';
import { PrivateKey, PublicKey, type PresharedKey } from '../keys/keys.ts';
import type { NodeInput, StaticNodeConfig } from '../node/types.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { DataplaneFact, FilterSetup } from '../ports/dataplane.ts';
import type { Effect } from '../ports/effects.ts';
import type { Rng } from '../ports/rng.ts';
import { earlier, type Deadline } from '../time/deadline.ts';
import { instant, wallTime, type Duration, type Instant, type WallTime } from '../time/instant.ts';
import { drain, type DrainSink } from './drain.ts';
import type { Engine, EngineFactory } from './engine.ts';
import { MiniStack } from './mini-stack.ts';
import { randomBytes } from './random-bytes.ts';
import type { TailnetMember } from './tailnet-member.ts';

/** More outputs than this after one mutation means that the engine does not come to rest. */
export const DRAIN_LIMIT = 10_000;

/** Peers that a member of a tailnet has room for. */
const MEMBER_ROWS = 64;

export type Power = 'up' | 'asleep' | 'down';

export interface SimPeer {
  readonly host: SimHost;
  readonly allowedIps: readonly IpPrefix[];
  readonly endpoint: IpEndpoint | undefined;
  readonly presharedKey: PresharedKey | undefined;
  readonly persistentKeepaliveMs: Duration;
}

/** Why the engine ran: something came in, or its own deadline. */
export type StepKind = 'datagram' | 'overlay' | 'input' | 'wake';

/** What a host needs of the world, and whom it tells. Times are virtual ms of the World. */
export interface Surroundings {
  readonly crypto: Crypto;
  readonly createEngine: EngineFactory;
  now(): number;
  /** `bytes` are valid only during the call. */
  send(from: SimHost, to: IpEndpoint | undefined, bytes: Uint8Array): void;
  /** A WireGuard packet for this host's peer goes to a relay region. `bytes` are valid only during the call. */
  relayed?(from: SimHost, region: number, peer: PeerId, bytes: Uint8Array): void;
  /** A packet of this machine goes into the tunnel. */
  sent(from: SimHost, packet: Uint8Array): void;
  packet(to: SimHost, packet: Uint8Array, peer: PeerId): void;
  fact(host: SimHost, fact: DataplaneFact): void;
  effect(host: SimHost, effect: Effect): void;
  /** The host that has, or had, this node key (base64). */
  ownerOf(key: string): SimHost | undefined;
  stepped(host: SimHost, kind: StepKind, outputs: number, why: string | undefined): void;
  threw(host: SimHost, error: unknown): void;
}

export interface SimHostInit {
  readonly index: number;
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  readonly endpoint: IpEndpoint;
  /** Whole ms between the World's zero and this host's, so that no two hosts share Instants. */
  readonly zero: number;
  readonly mtu: number;
  readonly rng: Rng;
  readonly createEngine: EngineFactory | undefined;
  /** Of a tailnet: its peers come from the control server. */
  readonly member: TailnetMember | undefined;
}

/** Wall time of the World's zero: 2026-11-01T00:00:00Z. */
export const WALL_ZERO = 1_793_491_200_000;

export class SimHost {
  readonly index: number;
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  readonly stack: MiniStack;
  readonly publicKey: PublicKey;
  readonly peers: SimPeer[] = [];
  endpoint: IpEndpoint;
  power: Power = 'down';
  /** Counts engines: 0 before the first start. */
  generation = 0;
  /** False: the tunnel's network device is gone, and nothing comes or goes through it. */
  hasDevice = true;
  /** Wall clock error in ms. */
  wallSkewMs = 0;
  /** What may come in; kept over restarts. Changed by `setFilter`. */
  filter: FilterSetup = { kind: 'off' };
  /** Kept by the World: the wake-up that is scheduled and the end of a dead window, in virtual ms; where it takes its peers to be. */
  wakeAt: number | undefined;
  deadUntil = 0;
  readonly believed = new Map<PeerId, IpEndpoint>();
  /** Every node key that a member of a tailnet ever had (base64). */
  readonly nodeKeys = new Set<string>();
  /** The latest wall time that this host has lived in before its clock was set, and that earlier engines have lived in. */
  #wallLived = 0;
  #wallReached = 0;
  readonly #init: SimHostInit;
  readonly #around: Surroundings;
  readonly #privateKey: PrivateKey;
  readonly #underlay = createBatch(1);
  readonly #overlay = createBatch(1);
  readonly #waitingReplies: Uint8Array[] = [];
  readonly #sink: DrainSink;
  #engine: Engine | undefined;
  #outputs = 0;

  constructor(init: SimHostInit, around: Surroundings) {
    this.index = init.index;
    this.name = init.name;
    this.addresses = init.addresses;
    this.endpoint = init.endpoint;
    this.stack = new MiniStack({ addresses: init.addresses });
    this.#init = init;
    this.#around = around;
    const secret = randomBytes(init.rng, 32);
    this.#privateKey = new PrivateKey(secret);
    const point = new Uint8Array(32);
    around.crypto.x25519Base(secret, point);
    this.publicKey = new PublicKey(point);
    this.#sink = {
      transmit: (bytes, endpoint) => this.#transmit(bytes, endpoint),
      relayed: (region, peer, bytes) => around.relayed?.(this, region, peer, bytes),
      fact: (fact) => around.fact(this, fact),
      effect: (effect) => {
        init.member?.note(effect);
        around.effect(this, effect);
      },
      rebind: () => this.#engine?.node.handle(this.#bound(), this.now()),
    };
  }

  get member(): TailnetMember | undefined {
    return this.#init.member;
  }

  /** Who this host's peer of this id is. */
  peerHost(id: PeerId): SimHost | undefined {
    const { member } = this.#init;
    if (member === undefined) return this.peers[id]?.host;
    const key = member.keyOf(id);
    return key === undefined ? undefined : this.#around.ownerOf(key);
  }

  /** Undefined: not a peer now. */
  peerIdOf(other: SimHost): PeerId | undefined {
    const { member } = this.#init;
    if (member !== undefined) return member.peerWith(other.nodeKeys);
    const at = this.peers.findIndex((peer) => peer.host === other);
    return at < 0 ? undefined : (at as PeerId);
  }

  /** Tells the server, by way of the node, where this host is. */
  tellEndpoints(): void {
    this.input({ kind: 'local-endpoints', endpoints: [{ endpoint: this.endpoint, type: 1 }] });
  }

  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** This host's Instant. Runs through sleep, starts anywhere. */
  now(): Instant {
    return instant(this.#around.now() + this.#init.zero);
  }

  wall(): WallTime {
    return wallTime(WALL_ZERO + this.#around.now() + this.wallSkewMs);
  }

  /** True while peers that knew an earlier engine of this host refuse its initiations (TAI64N): the wall clock went back in between. */
  get clockIsBehind(): boolean {
    return this.wall() <= this.#wallReached;
  }

  /** A fresh engine with the same key: every session is lost. */
  start(): void {
    this.generation++;
    const create = this.#init.createEngine ?? this.#around.createEngine;
    this.power = 'up';
    this.#engine = create({ crypto: this.#around.crypto, rng: this.#init.rng, peers: this.member === undefined ? Math.max(1, this.peers.length) : MEMBER_ROWS });
    this.#step('input', ({ node }) => {
      const config = this.member?.config(this.name, this.#init.mtu) ?? this.#staticConfig();
      node.handle({ kind: 'start', config, wall: this.wall() }, this.now());
      this.#drainNow();
      node.handle(this.#bound(), this.now());
    });
    if (this.member === undefined) this.setFilter(this.filter);
    else this.tellEndpoints();
  }

  /** As from a control server, past the node. */
  setFilter(filter: FilterSetup): void {
    this.filter = filter;
    this.#step('input', (engine) => engine.dataplane.handle({ kind: 'set-filter', filter }, this.now()));
  }

  /** The wall clock is set. */
  setWall(byMs: Duration): void {
    this.#wallLived = Math.max(this.#wallLived, this.wall());
    this.wallSkewMs += byMs;
    this.input({ kind: 'wall-clock', wall: this.wall() });
  }

  stop(): void {
    this.#wallReached = Math.max(this.#wallReached, this.#wallLived, this.wall());
    this.power = 'down';
    this.#engine = undefined;
  }

  sleep(): void {
    this.power = 'asleep';
  }

  /** Power is back after `forMs`. Timers that were due fire before or after the news of it, as on real machines. */
  wake(forMs: Duration, timersFirst: boolean): void {
    this.power = 'up';
    if (timersFirst) this.expire();
    this.input({ kind: 'slept', forMs, wall: this.wall() });
    if (!timersFirst) this.expire();
  }

  /** Any input to the node. */
  input(input: NodeInput): void {
    this.#step('input', (engine) => engine.node.handle(input, this.now()));
  }

  /** A datagram from the network. */
  receive(bytes: Uint8Array, from: IpEndpoint): void {
    this.#take(bytes, (engine) => engine.endpoints.internEndpoint(from));
  }

  /** A WireGuard packet from a relay region; `peer`: who sent it, by the relay's word. */
  receiveRelayed(region: number, peer: PeerId, bytes: Uint8Array): void {
    this.#take(bytes, (engine) => engine.endpoints.internRelay(region, peer));
  }

  #take(bytes: Uint8Array, from: (engine: Engine) => EndpointId): void {
    this.#step('datagram', (engine) => {
      const batch = this.#underlay;
      batch.count = 0;
      if (!pushPacket(batch, bytes, from(engine))) return;
      engine.dataplane.inbound(batch, this.now(), { packet: (arena, at, length, peer) => this.#deliver(arena, at, length, peer) });
    });
    for (let reply = this.#waitingReplies.shift(); reply !== undefined; reply = this.#waitingReplies.shift()) this.sendOverlay(reply);
  }

  /** A packet from this machine into the tunnel. */
  sendOverlay(packet: Uint8Array): void {
    if (!this.hasDevice) return;
    this.#around.sent(this, packet);
    this.#step('overlay', (engine) => {
      const batch = this.#overlay;
      batch.count = 0;
      if (!pushPacket(batch, packet, -1)) return;
      engine.dataplane.outbound(batch, this.now(), {
        place: inPlace,
        datagram: (arena, offset, length, endpoint) => this.#transmit(arena.bytes.subarray(offset, offset + length), endpoint),
        relayed: (arena, offset, length, region, peer) => this.#around.relayed?.(this, region, peer, arena.bytes.subarray(offset, offset + length)),
      });
    });
  }

  /** Fires what is due. The reason is told when something was. */
  expire(): void {
    const due = this.nextDeadline();
    const why = due !== undefined && due.at <= this.now() ? due.why : undefined;
    this.#step(why === undefined ? 'input' : 'wake', (engine) => {
      engine.dataplane.expire(this.now());
      this.#drainNow();
      engine.node.expire(this.now());
    }, why);
  }

  nextDeadline(): Deadline | undefined {
    if (this.power !== 'up' || this.#engine === undefined) return undefined;
    return earlier(this.#engine.dataplane.nextDeadline(), this.#engine.node.nextDeadline());
  }

  /** The next deadline in the World's time. */
  nextDeadlineMs(): number | undefined {
    const next = this.nextDeadline();
    return next === undefined ? undefined : next.at - this.#init.zero;
  }

  /** One mutation, drained. What the engine throws is told, and ends this engine. */
  #step(kind: StepKind, mutate: (engine: Engine) => void, why?: string): void {
    const engine = this.#engine;
    if (this.power !== 'up' || engine === undefined) return;
    this.#outputs = 0;
    try {
      mutate(engine);
      this.#drainNow();
    } catch (error) {
      this.stop();
      this.#around.threw(this, error);
      return;
    }
    this.#around.stepped(this, kind, this.#outputs, why);
  }

  #staticConfig(): StaticNodeConfig {
    return {
      kind: 'static',
      name: this.name,
      privateKey: this.#privateKey,
      publicKey: this.publicKey,
      addresses: this.addresses,
      mtu: this.#init.mtu,
      peers: this.peers.map((peer) => ({
        name: peer.host.name,
        publicKey: peer.host.publicKey,
        ...(peer.presharedKey === undefined ? {} : { presharedKey: peer.presharedKey }),
        ...(peer.endpoint === undefined ? {} : { endpoint: peer.endpoint }),
        allowedIps: peer.allowedIps,
        persistentKeepaliveMs: peer.persistentKeepaliveMs,
      })),
    };
  }

  #drainNow(): void {
    if (this.#engine !== undefined) this.#outputs += drain(this.#engine, this.now(), this.#sink, DRAIN_LIMIT - this.#outputs);
  }

  #transmit(bytes: Uint8Array, endpoint: EndpointId): void {
    this.#around.send(this, this.#engine?.endpoints.get(endpoint), bytes);
  }

  #deliver(arena: Arena, at: number, length: number, peer: PeerId): void {
    if (!this.hasDevice) return;
    const packet = arena.bytes.slice(at, at + length);
    this.#around.packet(this, packet, peer);
    this.#waitingReplies.push(...this.stack.handlePacket(packet, this.now()));
  }

  #bound(): NodeInput {
    return { kind: 'fact', fact: { kind: 'underlay', at: this.now(), state: { kind: 'bound', port: this.endpoint.port } } };
  }
}
