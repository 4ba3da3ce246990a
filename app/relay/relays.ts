/**
 * The relay client: connections to the regions of a map over ports/relay-link.ts. Pure.
 *
 *   home region: connected always. Others: opened by the first packet for them, closed when nothing was sent for a while.
 *   a connection ends by a cause of RelayStale and by nothing else; another follows after a wait that grows, within a budget.
 *
 * Each connection is a generation: what is told of an earlier one changes nothing. It proves no sender: relays may lie, and
 * what is inside the packets is authenticated by who reads them. Caller: node/mesh.
 */
import type { PrivateKey } from '../keys/keys.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { RelayLinkEvent } from '../ports/relay-link.ts';
import type { Rng } from '../ports/rng.ts';
import { RingQueue } from '../base/ring.ts';
import { earlier, type Deadline, type Machine } from '../time/deadline.ts';
import type { Duration, Instant } from '../time/instant.ts';
import type { RelayMap, RelayNode } from '../wire/netmap/types.ts';
import { Budgets } from './budgets.ts';
import { OPEN_REGIONS, PONG_WITHIN_ANEW } from './constants.ts';
import { LearnedRoutes } from './learned-routes.ts';
import { Region, type RegionSurroundings } from './region.ts';
import { RELAY_DROPS, type RelayDrop, type RelayInput, type RelayOutput, type RelayRegionState, type RelaySink } from './types.ts';

export interface RelaysInit {
  readonly crypto: Pick<Crypto, 'boxKey' | 'boxSeal' | 'boxOpen' | 'x25519Base'>;
  readonly rng: Rng;
}

interface Identity {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
}

const OUTPUTS_WAITING = 4_096;
const IDLE: RelayRegionState = { kind: 'idle' };

export class Relays implements Machine<RelayInput, RelayOutput> {
  readonly #init: RelaysInit;
  readonly #outputs = new RingQueue<RelayOutput>(OUTPUTS_WAITING);
  /** Those that are connected, or are to be. */
  readonly #regions = new Map<number, Region>();
  readonly #byGeneration = new Map<number, Region>();
  readonly #budgets = new Budgets();
  readonly #routes = new LearnedRoutes();
  #map: RelayMap = { regions: new Map(), scores: new Map(), omitDefaultRegions: false };
  #identity: Identity | undefined;
  #home: number | undefined;
  #network: 'up' | 'down' = 'up';
  #generations = 0;
  #incidents = 0;
  /** Connections that stood and that we ended for a fault. */
  teardowns = 0;
  /** Since the machine was made: connections begun, frames too short to mean anything, packets not sent. */
  readonly counts: { opened: number; shortFrames: number; readonly drops: Record<RelayDrop, number> };

  constructor(init: RelaysInit) {
    this.#init = init;
    this.counts = { opened: 0, shortFrames: 0, drops: noDrops() };
  }

  handle(input: RelayInput, now: Instant): void {
    switch (input.kind) {
      case 'identity':
        this.#setIdentity(input.nodeKey, now);
        return;
      case 'map':
        this.#setMap(input.map, now);
        return;
      case 'home':
        this.#setHome(input.region, now);
        return;
      case 'network':
        this.#setNetwork(input.now, now);
        return;
      case 'slept':
        this.#check(input.forMs, now);
        return;
      case 'doubt':
        this.#regions.get(input.region)?.doubt(now);
        return;
      case 'nat-anew':
        for (const region of this.#regions.values()) region.doubt(now, PONG_WITHIN_ANEW);
        return;
      case 'retry':
        for (const region of this.#regions.values()) region.retryNow(now);
        return;
      default:
        return input satisfies never;
    }
  }

  /** A link event; the packets in it go to `sink` during the call. */
  receive(event: RelayLinkEvent, now: Instant, sink: RelaySink): void {
    const { generation } = event;
    if (event.kind === 'carried' && this.#byGeneration.has(generation)) for (const source of event.heard) this.#routes.learn(source, generation, now);
    this.#byGeneration.get(generation)?.receive(event, now, {
      packet: (region, source, bytes) => {
        this.#routes.learn(source, generation, now);
        sink.packet(region, source, bytes);
      },
      peerGone: (region, peer, dropped) => {
        this.#routes.gone(peer, generation);
        sink.peerGone(region, peer, dropped);
      },
    });
  }

  /**
   * A packet for a node, by its raw key, through this region; it leaves with the next `poll`, or when the region is
   * connected. Until then it goes where the node was heard of late, if it was. Copied. What is not sent is counted by reason.
   */
  send(region: number, destination: Uint8Array, packet: Uint8Array, now: Instant): 'sent' | 'dropped' | 'no-relay' {
    const open = this.#regions.get(region) ?? this.#activateFor(region, now);
    const takesIt = typeof open !== 'string' && open.takesPackets ? open : (this.#learned(destination, now) ?? open);
    if (typeof open !== 'string') open.use(now);
    if (typeof takesIt !== 'string') return takesIt.send(destination, packet, now);
    this.counts.drops[takesIt]++;
    return 'no-relay';
  }

  poll(): RelayOutput | undefined {
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    for (const region of this.#regions.values()) {
      const write = region.takeWrite();
      if (write !== undefined) return write;
    }
    return undefined;
  }

  nextDeadline(): Deadline | undefined {
    let next: Deadline | undefined;
    for (const region of this.#regions.values()) next = earlier(next, region.deadline());
    return next;
  }

  expire(now: Instant): void {
    for (const region of this.#regions.values()) if (!region.expire(now)) this.#stop(region, 'not-needed');
  }

  state(region: number): RelayRegionState {
    return this.#regions.get(region)?.state ?? IDLE;
  }

  #setIdentity(nodeKey: PrivateKey | undefined, now: Instant): void {
    const before = this.#identity;
    if (nodeKey === undefined) {
      this.#identity = undefined;
      for (const region of this.#regions.values()) this.#stop(region, 'stopped');
      this.#routes.clear();
      before?.secret.fill(0);
      return;
    }
    const secret = nodeKey.bytes.slice();
    if (before !== undefined && before.secret.every((byte, i) => byte === secret[i])) return;
    const point = new Uint8Array(32);
    this.#init.crypto.x25519Base(secret, point);
    this.#identity = { secret, public: point };
    for (const region of this.#regions.values()) region.anew({ kind: 'key-changed' }, now);
    before?.secret.fill(0);
    this.#wantHome(now);
  }

  #setMap(map: RelayMap, now: Instant): void {
    const before = this.#map;
    if (map === before) return;
    this.#map = map;
    for (const region of this.#regions.values()) {
      if (this.#nodes(region.id).length === 0) this.#stop(region, 'not-needed');
      else if (JSON.stringify(before.regions.get(region.id)?.nodes) !== JSON.stringify(map.regions.get(region.id)?.nodes)) region.redefined(now);
    }
    this.#wantHome(now);
  }

  #setHome(home: number | undefined, now: Instant): void {
    if (home === this.#home) return;
    const before = this.#home === undefined ? undefined : this.#regions.get(this.#home);
    this.#home = home;
    before?.tellPreferred(false);
    // Peers learn of the change later than we do.
    before?.use(now);
    if (home !== undefined) this.#regions.get(home)?.tellPreferred(true);
    this.#wantHome(now);
  }

  #wantHome(now: Instant): void {
    const home = this.#home;
    if (home !== undefined && this.#identity !== undefined && !this.#regions.has(home) && this.#nodes(home).length > 0) this.#activate(home, now);
  }

  #setNetwork(network: 'up' | 'down' | 'changed', now: Instant): void {
    this.#network = network === 'down' ? 'down' : 'up';
    if (network === 'down') for (const region of this.#regions.values()) region.rest(now);
    else this.#check(0, now);
  }

  #check(sleptMs: Duration, now: Instant): void {
    if (this.#network === 'up') for (const region of this.#regions.values()) region.check(sleptMs, now);
  }

  #nodes(region: number): readonly RelayNode[] {
    return this.#map.regions.get(region)?.nodes.filter((node) => !node.stunOnly) ?? [];
  }

  #activateFor(region: number, now: Instant): Region | RelayDrop {
    if (this.#identity === undefined || this.#nodes(region).length === 0) return 'no such relay';
    if (this.#regions.size >= OPEN_REGIONS) return 'too many relays';
    return this.#activate(region, now);
  }

  #activate(id: number, now: Instant): Region {
    const region: Region = new Region(id, this.#surroundings(id, () => region), now);
    this.#regions.set(id, region);
    if (this.#network === 'up') region.open(now);
    else region.changed();
    return region;
  }

  /** Another region by which this node was heard, over a connection that still stands. */
  #learned(destination: Uint8Array, now: Instant): Region | undefined {
    const generation = this.#routes.generationOf(destination, now);
    const region = generation === undefined ? undefined : this.#byGeneration.get(generation);
    return region?.takesPackets === true ? region : undefined;
  }

  #stop(region: Region, result: 'not-needed' | 'stopped'): void {
    // First out of the list: who hears of its change asks for its state.
    this.#regions.delete(region.id);
    region.stop(result);
  }

  #surroundings(id: number, region: () => Region): RegionSurroundings {
    const { crypto, rng } = this.#init;
    return {
      crypto,
      rng,
      budget: this.#budgets.of(id),
      identity: () => {
        if (this.#identity === undefined) throw new Error('a region is connected without an identity');
        return this.#identity;
      },
      nodes: () => this.#nodes(id),
      isHome: () => this.#home === id,
      begin: () => {
        this.counts.opened++;
        this.#byGeneration.set(++this.#generations, region());
        return this.#generations;
      },
      over: (generation) => void this.#byGeneration.delete(generation),
      nextIncident: () => ++this.#incidents,
      put: (output) => this.#put(output),
      count: (what) => void (what === 'teardown' ? this.teardowns++ : this.counts.shortFrames++),
      drop: (why, packets) => void (this.counts.drops[why] += packets),
    };
  }

  #put(output: RelayOutput): void {
    if (!this.#outputs.push(output)) throw new Error('relay outputs are not drained');
  }
}

function noDrops(): Record<RelayDrop, number> {
  return Object.fromEntries(RELAY_DROPS.map((why) => [why, 0])) as Record<RelayDrop, number>;
}
