/**
 * The relay client: connections to the regions of a map, one at most for each region, over ports/relay-link.ts. Pure.
 *
 *   home region: connected always. Others: opened by the first packet for them, closed when nothing was sent for a while.
 *   a connection ends by a cause of RelayStale and by nothing else; another follows after a wait that grows.
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
import { after, age, type Duration, type Instant } from '../time/instant.ts';
import type { RelayMap, RelayNode, RelayRegion } from '../wire/netmap/types.ts';
import { Connection } from './connection.ts';
import {
  FRESH,
  GREET_WITHIN,
  IDLE_AFTER,
  OPEN_WITHIN,
  PONG_WITHIN,
  PONG_WITHIN_ANEW,
  RESTART_AT_MOST,
  RETRY_CAP,
  RETRY_STEP,
  SILENT_AFTER,
  STABLE_AFTER,
  WAITING_PACKETS,
} from './constants.ts';
import type { RelayInput, RelayOutput, RelayRegionState, RelaySink, RelayStale } from './types.ts';

export interface RelaysInit {
  readonly crypto: Pick<Crypto, 'boxKey' | 'boxSeal' | 'boxOpen' | 'x25519Base'>;
  readonly rng: Rng;
}

interface Waiting {
  readonly destination: Uint8Array;
  readonly packet: Uint8Array;
}

/** A region that is connected, or is to be. */
interface Active {
  readonly region: number;
  attempt: number;
  last: RelayStale | undefined;
  incident: number | undefined;
  at:
    | { readonly kind: 'connection'; readonly connection: Connection }
    | { readonly kind: 'backing-off'; readonly since: Instant; readonly until: Instant }
    | { readonly kind: 'waiting-for-network'; readonly since: Instant };
  readonly waiting: RingQueue<Waiting>;
  usedAt: Instant;
}

const OUTPUTS_WAITING = 4_096;
const IDLE: RelayRegionState = { kind: 'idle' };

export class Relays implements Machine<RelayInput, RelayOutput> {
  readonly #init: RelaysInit;
  readonly #outputs = new RingQueue<RelayOutput>(OUTPUTS_WAITING);
  readonly #active = new Map<number, Active>();
  /** By generation. */
  readonly #connections = new Map<number, Active>();
  #map: RelayMap = { regions: new Map(), scores: new Map(), omitDefaultRegions: false };
  #identity: { readonly secret: Uint8Array; readonly public: Uint8Array } | undefined;
  #home: number | undefined;
  #network: 'up' | 'down' = 'up';
  #generations = 0;
  #incidents = 0;
  /** Connections that stood and that we ended for a fault. */
  teardowns = 0;
  /** Since the machine was made: connections begun, and packets dropped. */
  readonly counts = { opened: 0, dropped: 0 };

  constructor(init: RelaysInit) {
    this.#init = init;
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
      case 'link':
        throw new Error('a link event goes to receive, which has a place for its packets');
      case 'network':
        this.#setNetwork(input.now, now);
        return;
      case 'slept':
        this.#askAll(now);
        return;
      case 'doubt':
        this.#doubt(input.region, now);
        return;
      case 'retry':
        for (const active of this.#active.values()) if (active.at.kind === 'backing-off') this.#open(active, now);
        return;
      default:
        return input satisfies never;
    }
  }

  /** A link event; the packets in it go to `sink` during the call. */
  receive(event: RelayLinkEvent, now: Instant, sink: RelaySink): void {
    const active = this.#connections.get(event.generation);
    if (active?.at.kind !== 'connection' || active.at.connection.generation !== event.generation) return;
    const { connection } = active.at;
    switch (event.kind) {
      case 'opened':
        connection.opened(now);
        return;
      case 'written':
        connection.written(event.bytes);
        return;
      case 'lost':
        this.#ended(active, connection, { kind: 'lost', failure: event.failure }, now);
        return;
      case 'data': {
        const wasAsked = connection.asked !== undefined;
        const before = connection.health;
        const stale = connection.read(event.bytes, now, sink, () => this.#joined(active, connection, now));
        if (stale !== undefined) this.#end(active, connection, stale, now);
        else if ((wasAsked && connection.asked === undefined) || before !== connection.health) this.#changed(active.region);
        return;
      }
      default:
        return event satisfies never;
    }
  }

  /** A packet for a node, by its raw key, through this region; it leaves with the next `poll`. Copied. */
  send(region: number, destination: Uint8Array, packet: Uint8Array, now: Instant): 'sent' | 'dropped' | 'no-relay' {
    let active = this.#active.get(region);
    if (active === undefined) {
      if (this.#identity === undefined || !this.#isDialable(region)) return 'no-relay';
      active = this.#activate(region, now);
    }
    active.usedAt = now;
    if (active.at.kind === 'connection' && active.at.connection.phase === 'joined') {
      if (active.at.connection.send(destination, packet, now)) return 'sent';
      this.counts.dropped++;
      return 'dropped';
    }
    if (active.waiting.size >= WAITING_PACKETS) {
      active.waiting.shift();
      this.counts.dropped++;
    }
    active.waiting.push({ destination: destination.slice(), packet: packet.slice() });
    return 'sent';
  }

  poll(): RelayOutput | undefined {
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    for (const { at } of this.#active.values()) {
      if (at.kind !== 'connection') continue;
      const bytes = at.connection.take();
      if (bytes !== undefined) return { kind: 'link', command: { kind: 'write', generation: at.connection.generation, bytes } };
    }
    return undefined;
  }

  nextDeadline(): Deadline | undefined {
    let next: Deadline | undefined;
    for (const active of this.#active.values()) next = earlier(next, this.#deadline(active));
    return next;
  }

  expire(now: Instant): void {
    for (const active of this.#active.values()) {
      const due = this.#deadline(active);
      if (due === undefined || due.at > now) continue;
      if (active.at.kind === 'backing-off') this.#retry(active, now);
      else if (active.at.kind === 'connection') this.#expired(active, active.at.connection, now);
    }
  }

  state(region: number): RelayRegionState {
    const active = this.#active.get(region);
    if (active === undefined) return IDLE;
    const { at, attempt, last } = active;
    switch (at.kind) {
      case 'backing-off':
        return last === undefined ? IDLE : { kind: 'backing-off', since: at.since, until: at.until, attempt, last };
      case 'waiting-for-network':
        return { kind: 'waiting-for-network', since: at.since };
      case 'connection': {
        const { phase, since, heardAt, openedAt, asked, pingMs, health } = at.connection;
        if (phase !== 'joined') return { kind: 'connecting', since: openedAt, attempt, last };
        return asked === undefined ? { kind: 'up', since, heardAt, pingMs, health } : { kind: 'checking', since, heardAt };
      }
      default:
        return at satisfies never;
    }
  }

  // ---- what others want

  #setIdentity(nodeKey: PrivateKey | undefined, now: Instant): void {
    if (nodeKey === undefined) {
      this.#identity = undefined;
      for (const active of this.#active.values()) this.#deactivate(active, 'stopped');
      return;
    }
    const before = this.#identity;
    const secret = nodeKey.bytes.slice();
    if (before !== undefined && before.secret.every((byte, i) => byte === secret[i])) return;
    const point = new Uint8Array(32);
    this.#init.crypto.x25519Base(secret, point);
    this.#identity = { secret, public: point };
    for (const active of this.#active.values()) this.#replace(active, { kind: 'key-changed' }, now);
    this.#wantHome(now);
  }

  #setMap(map: RelayMap, now: Instant): void {
    const before = this.#map;
    this.#map = map;
    for (const active of this.#active.values()) {
      const region = map.regions.get(active.region);
      if (!this.#isDialable(active.region)) this.#deactivate(active, 'not-needed');
      else if (!sameRegion(before.regions.get(active.region), region)) this.#replace(active, { kind: 'map-changed' }, now);
    }
    this.#wantHome(now);
  }

  #setHome(region: number | undefined, now: Instant): void {
    if (region === this.#home) return;
    const before = this.#home;
    this.#home = region;
    if (before !== undefined) this.#tellPreferred(before, false);
    if (region !== undefined) this.#tellPreferred(region, true);
    this.#wantHome(now);
  }

  #tellPreferred(region: number, home: boolean): void {
    const at = this.#active.get(region)?.at;
    if (at?.kind === 'connection') at.connection.notePreferred(home);
  }

  #wantHome(now: Instant): void {
    const home = this.#home;
    if (home === undefined || this.#identity === undefined || this.#active.has(home) || !this.#isDialable(home)) return;
    this.#activate(home, now);
  }

  #setNetwork(network: 'up' | 'down' | 'changed', now: Instant): void {
    if (network === 'down') {
      this.#network = 'down';
      for (const active of this.#active.values()) this.#rest(active, now);
      return;
    }
    this.#network = 'up';
    this.#askAll(now);
  }

  /** After sleep, or on another network: what stands is asked, what was under way begins anew. */
  #askAll(now: Instant): void {
    if (this.#network === 'down') return;
    for (const active of this.#active.values()) {
      const { at } = active;
      if (at.kind === 'connection' && at.connection.phase === 'joined') {
        at.connection.ask(PONG_WITHIN_ANEW, now);
        this.#changed(active.region);
      } else {
        if (at.kind === 'connection') this.#close(at.connection);
        this.#open(active, now);
      }
    }
  }

  #doubt(region: number, now: Instant): void {
    const at = this.#active.get(region)?.at;
    if (at?.kind !== 'connection' || at.connection.phase !== 'joined' || at.connection.asked !== undefined || age(at.connection.heardAt, now) < FRESH) return;
    at.connection.ask(PONG_WITHIN, now);
    this.#changed(region);
  }

  // ---- life of a region

  #isDialable(region: number): boolean {
    return this.#nodes(region).length > 0;
  }

  #nodes(region: number): readonly RelayNode[] {
    return this.#map.regions.get(region)?.nodes.filter((node) => !node.stunOnly) ?? [];
  }

  #activate(region: number, now: Instant): Active {
    const active: Active = { region, attempt: 0, last: undefined, incident: undefined, at: { kind: 'waiting-for-network', since: now }, waiting: new RingQueue(WAITING_PACKETS), usedAt: now };
    this.#active.set(region, active);
    if (this.#network === 'up') this.#open(active, now);
    else this.#changed(region);
    return active;
  }

  #deactivate(active: Active, result: 'not-needed' | 'stopped'): void {
    if (active.at.kind === 'connection') this.#close(active.at.connection);
    this.#active.delete(active.region);
    this.#endIncident(active, result);
    this.#changed(active.region);
  }

  /** No network: nothing is tried. */
  #rest(active: Active, now: Instant): void {
    if (active.at.kind === 'connection') this.#close(active.at.connection);
    if (active.at.kind !== 'waiting-for-network') active.at = { kind: 'waiting-for-network', since: now };
    this.#changed(active.region);
  }

  #open(active: Active, now: Instant): void {
    const identity = this.#identity;
    if (identity === undefined) return;
    const { crypto, rng } = this.#init;
    const generation = ++this.#generations;
    active.attempt++;
    this.counts.opened++;
    active.at = { kind: 'connection', connection: new Connection({ crypto, rng, generation, region: active.region, secretKey: identity.secret, publicKey: identity.public, now }) };
    this.#connections.set(generation, active);
    this.#put({ kind: 'link', command: { kind: 'open', generation, region: active.region, nodes: this.#nodes(active.region), withinMs: OPEN_WITHIN } });
    this.#changed(active.region);
  }

  #joined(active: Active, connection: Connection, now: Instant): void {
    if (active.region === this.#home) connection.notePreferred(true);
    for (let next = active.waiting.shift(); next !== undefined; next = active.waiting.shift()) {
      if (!connection.send(next.destination, next.packet, now)) this.counts.dropped++;
    }
    this.#endIncident(active, 'up-again');
    this.#changed(active.region);
  }

  /** The same region, anew, for a reason that is no fault of it. */
  #replace(active: Active, why: RelayStale, now: Instant): void {
    if (active.at.kind !== 'connection') return;
    this.#close(active.at.connection);
    active.last = why;
    active.attempt = 0;
    this.#open(active, now);
  }

  /** By us. */
  #end(active: Active, connection: Connection, stale: RelayStale, now: Instant): void {
    if (connection.phase === 'joined') this.teardowns++;
    this.#close(connection);
    this.#ended(active, connection, stale, now);
  }

  #ended(active: Active, connection: Connection, stale: RelayStale, now: Instant): void {
    this.#connections.delete(connection.generation);
    const stood = connection.phase === 'joined';
    if (stood && age(connection.since, now) >= STABLE_AFTER) active.attempt = 0;
    active.last = stale;
    this.#beginIncident(active, stale, stood ? connection.heardAt : connection.openedAt, now);
    if (this.#network === 'down') {
      this.#rest(active, now);
      return;
    }
    active.at = { kind: 'backing-off', since: now, until: after(now, this.#wait(active, stale)) };
    this.#changed(active.region);
  }

  #retry(active: Active, now: Instant): void {
    // Nobody asked for it since the last time: only home is kept without use.
    if (active.region !== this.#home && age(active.usedAt, now) >= IDLE_AFTER) this.#deactivate(active, 'not-needed');
    else this.#open(active, now);
  }

  #wait(active: Active, stale: RelayStale): Duration {
    const spread = 0.5 + this.#init.rng.fraction();
    const n = active.attempt + 1;
    const wait = Math.min(RETRY_CAP, n * n * RETRY_STEP) * spread;
    return stale.kind === 'restarting' ? wait + Math.min(RESTART_AT_MOST, stale.inMs) * spread : wait;
  }

  #close(connection: Connection): void {
    this.#connections.delete(connection.generation);
    this.#put({ kind: 'link', command: { kind: 'close', generation: connection.generation } });
  }

  #deadline({ at, region, usedAt }: Active): Deadline | undefined {
    if (at.kind === 'waiting-for-network') return undefined;
    if (at.kind === 'backing-off') return { at: at.until, why: 'relay: retry' };
    const { connection } = at;
    // The link keeps its own time-out; this one is for a link that forgets.
    if (connection.phase === 'opening') return { at: after(connection.since, OPEN_WITHIN + GREET_WITHIN), why: 'relay: connecting' };
    if (connection.phase === 'greeting') return { at: after(connection.since, GREET_WITHIN), why: 'relay: greeting' };
    const silent: Deadline = { at: after(connection.heardAt, SILENT_AFTER), why: 'relay: silent' };
    const idle: Deadline | undefined = region === this.#home ? undefined : { at: after(usedAt, IDLE_AFTER), why: 'relay: idle' };
    const asked: Deadline | undefined = connection.asked === undefined ? undefined : { at: connection.asked.until, why: 'relay: no pong' };
    return earlier(earlier(asked, silent), idle);
  }

  #expired(active: Active, connection: Connection, now: Instant): void {
    if (connection.phase !== 'joined') {
      this.#end(active, connection, { kind: 'silent', forMs: age(connection.since, now) }, now);
    } else if (connection.asked !== undefined && connection.asked.until <= now) {
      this.#end(active, connection, { kind: 'no-pong', afterMs: age(connection.asked.at, now) }, now);
    } else if (age(connection.heardAt, now) >= SILENT_AFTER) {
      this.#end(active, connection, { kind: 'silent', forMs: age(connection.heardAt, now) }, now);
    } else if (active.region !== this.#home && age(active.usedAt, now) >= IDLE_AFTER) {
      this.#deactivate(active, 'not-needed');
    }
  }

  #beginIncident(active: Active, cause: RelayStale, since: Instant, now: Instant): void {
    if (active.incident !== undefined) return;
    active.incident = ++this.#incidents;
    this.#put({ kind: 'incident-began', id: active.incident, region: active.region, cause, since: since > now ? now : since });
  }

  #endIncident(active: Active, result: 'up-again' | 'not-needed' | 'stopped'): void {
    if (active.incident === undefined) return;
    this.#put({ kind: 'incident-ended', id: active.incident, region: active.region, attempts: active.attempt, result });
    active.incident = undefined;
  }

  #changed(region: number): void {
    this.#put({ kind: 'changed', region });
  }

  #put(output: RelayOutput): void {
    if (!this.#outputs.push(output)) throw new Error('relay outputs are not drained');
  }
}

function sameRegion(a: RelayRegion | undefined, b: RelayRegion | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(a.nodes) === JSON.stringify(b.nodes));
}
