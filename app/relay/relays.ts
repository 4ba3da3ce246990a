/**
 * The relay client: connections to the regions of a map over ports/relay-link.ts. Pure.
 *
 *   home region: connected always. Others: opened by the first packet for them, closed when nothing was sent for a while.
 *   a connection ends by a cause of RelayStale and by nothing else; another follows after a wait that grows, and within a
 *   budget. One connection a region; two for the moment in which another definition of it in the map is being connected.
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
import type { RelayMap, RelayNode } from '../wire/netmap/types.ts';
import { Budgets } from './budgets.ts';
import { Connection } from './connection.ts';
import { FRESH, IDLE_AFTER, OPEN_REGIONS, OPEN_WITHIN, PONG_WITHIN, PONG_WITHIN_ANEW, RESTART_AT_MOST, RESTART_SPREAD, RETRY_CAP, RETRY_STEP, STABLE_AFTER } from './constants.ts';
import { EarlyPackets } from './early-packets.ts';
import { RELAY_DROPS, type RelayDrop, type RelayInput, type RelayOutput, type RelayRegionState, type RelaySink, type RelayStale } from './types.ts';

export interface RelaysInit {
  readonly crypto: Pick<Crypto, 'boxKey' | 'boxSeal' | 'boxOpen' | 'x25519Base'>;
  readonly rng: Rng;
}

/** A region that is connected, or is to be. */
interface Active {
  readonly region: number;
  attempt: number;
  last: RelayStale | undefined;
  incident: number | undefined;
  at:
    | { readonly kind: 'connection'; readonly connection: Connection; readonly successor: Successor | undefined }
    | { readonly kind: 'backing-off'; readonly since: Instant; readonly until: Instant }
    | { readonly kind: 'waiting-for-network'; readonly since: Instant };
  readonly early: EarlyPackets;
  usedAt: Instant;
}

/** What follows a connection that still serves, since the map has another definition of its region. */
type Successor =
  | { readonly kind: 'connection'; readonly connection: Connection; readonly attempt: number }
  | { readonly kind: 'backing-off'; readonly until: Instant; readonly attempt: number };

const OUTPUTS_WAITING = 4_096;
const IDLE: RelayRegionState = { kind: 'idle' };

export class Relays implements Machine<RelayInput, RelayOutput> {
  readonly #init: RelaysInit;
  readonly #outputs = new RingQueue<RelayOutput>(OUTPUTS_WAITING);
  readonly #active = new Map<number, Active>();
  /** By generation. */
  readonly #connections = new Map<number, Active>();
  readonly #budgets = new Budgets();
  #map: RelayMap = { regions: new Map(), scores: new Map(), omitDefaultRegions: false };
  #identity: { readonly secret: Uint8Array; readonly public: Uint8Array } | undefined;
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
        this.#askAll(input.forMs, now);
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
    const connection = active === undefined ? undefined : connectionOf(active, event.generation);
    if (active === undefined || connection === undefined) return;
    switch (event.kind) {
      case 'opened':
        connection.opened(event.node, now);
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
        const stale = connection.read(event.bytes, now, sink, (phase) => this.#entered(active, connection, phase, now));
        if (stale !== undefined) this.#end(active, connection, stale, now);
        else if ((wasAsked && connection.asked === undefined) || before !== connection.health) this.#changed(active.region);
        return;
      }
      default:
        return event satisfies never;
    }
  }

  /** A packet for a node, by its raw key, through this region; it leaves with the next `poll`, or when the region is connected. Copied. */
  send(region: number, destination: Uint8Array, packet: Uint8Array, now: Instant): 'sent' | 'dropped' | 'no-relay' {
    const active = this.#active.get(region) ?? this.#activateFor(region, now);
    if (typeof active === 'string') {
      this.#drop(active);
      return 'no-relay';
    }
    active.usedAt = now;
    const { at } = active;
    if (at.kind !== 'connection' || !at.connection.takesPackets) {
      this.#drop('queue full', active.early.put(destination, packet, now));
      return 'sent';
    }
    const outcome = at.connection.send(destination, packet, now);
    if (outcome === 'sent') return 'sent';
    this.#drop(outcome);
    return 'dropped';
  }

  poll(): RelayOutput | undefined {
    const output = this.#outputs.shift();
    if (output !== undefined) return output;
    for (const { at } of this.#active.values()) {
      if (at.kind !== 'connection') continue;
      const written = writeOf(at.connection) ?? (at.successor?.kind === 'connection' ? writeOf(at.successor.connection) : undefined);
      if (written !== undefined) return written;
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
      else if (active.at.kind === 'connection') this.#expired(active, active.at.connection, active.at.successor, now);
    }
  }

  state(region: number): RelayRegionState {
    const active = this.#active.get(region);
    if (active === undefined) return IDLE;
    const { at, attempt, last } = active;
    switch (at.kind) {
      case 'backing-off':
        // Without a fault only the budget makes it wait.
        return last === undefined ? { kind: 'connecting', since: at.since, attempt, last } : { kind: 'backing-off', since: at.since, until: at.until, attempt, last };
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
    const before = this.#identity;
    if (nodeKey === undefined) {
      this.#identity = undefined;
      for (const active of this.#active.values()) this.#deactivate(active, 'stopped');
      before?.secret.fill(0);
      return;
    }
    const secret = nodeKey.bytes.slice();
    if (before !== undefined && before.secret.every((byte, i) => byte === secret[i])) return;
    const point = new Uint8Array(32);
    this.#init.crypto.x25519Base(secret, point);
    this.#identity = { secret, public: point };
    for (const active of this.#active.values()) this.#anew(active, { kind: 'key-changed' }, now);
    before?.secret.fill(0);
    this.#wantHome(now);
  }

  #setMap(map: RelayMap, now: Instant): void {
    const before = this.#map;
    if (map === before) return;
    this.#map = map;
    for (const active of this.#active.values()) {
      const { region } = active;
      if (!this.#isDialable(region)) this.#deactivate(active, 'not-needed');
      else if (!isSame(before.regions.get(region)?.nodes, map.regions.get(region)?.nodes)) this.#redefined(active, now);
    }
    this.#wantHome(now);
  }

  /** A connection whose own node stays as it was is left alone. */
  #redefined(active: Active, now: Instant): void {
    const { at, region } = active;
    if (at.kind !== 'connection' || at.connection.phase !== 'joined') {
      this.#anew(active, { kind: 'map-changed' }, now);
      return;
    }
    const { connection, successor } = at;
    const isUnchanged = this.#nodes(region).some((node) => isSame(node, connection.node));
    if (!isUnchanged) this.#succeed(active, connection, successor, 1, now);
    else if (successor !== undefined) this.#keep(active, connection, successor);
  }

  /** It is what the map means again: nothing is to follow. */
  #keep(active: Active, connection: Connection, successor: Successor): void {
    if (successor.kind === 'connection') this.#close(successor.connection);
    active.at = { kind: 'connection', connection, successor: undefined };
  }

  #setHome(region: number | undefined, now: Instant): void {
    if (region === this.#home) return;
    const before = this.#home;
    this.#home = region;
    if (before !== undefined) {
      this.#tellPreferred(before, false);
      // Peers learn of the change later than we do.
      const active = this.#active.get(before);
      if (active !== undefined) active.usedAt = now;
    }
    if (region !== undefined) this.#tellPreferred(region, true);
    this.#wantHome(now);
  }

  #tellPreferred(region: number, home: boolean): void {
    const at = this.#active.get(region)?.at;
    if (at?.kind !== 'connection') return;
    at.connection.notePreferred(home);
    if (at.successor?.kind === 'connection') at.successor.connection.notePreferred(home);
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
    this.#askAll(0, now);
  }

  /** After sleep, or on another network: what stands is asked, what was under way begins anew. */
  #askAll(sleptMs: Duration, now: Instant): void {
    if (this.#network === 'down') return;
    for (const active of this.#active.values()) {
      const { at } = active;
      if (at.kind !== 'connection') {
        this.#open(active, now);
      } else if (at.connection.phase === 'joined') {
        if (sleptMs > 0) at.connection.askAfterSleep(sleptMs, now);
        else at.connection.ask(PONG_WITHIN_ANEW, now);
        this.#changed(active.region);
      } else if (this.#budgets.of(active.region).connects.freeAt(now) <= now) {
        // Without budget the attempt goes on: in a storm of changes one of them must be let finish.
        this.#closeAll(active);
        this.#open(active, now);
      }
    }
  }

  #doubt(region: number, now: Instant): void {
    const at = this.#active.get(region)?.at;
    if (at?.kind !== 'connection' || at.connection.phase !== 'joined' || at.connection.asked !== undefined || now < after(at.connection.heardAt, FRESH)) return;
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

  #activateFor(region: number, now: Instant): Active | RelayDrop {
    if (this.#identity === undefined || !this.#isDialable(region)) return 'no such relay';
    if (this.#active.size >= OPEN_REGIONS) return 'too many relays';
    return this.#activate(region, now);
  }

  #activate(region: number, now: Instant): Active {
    const active: Active = { region, attempt: 0, last: undefined, incident: undefined, at: { kind: 'waiting-for-network', since: now }, early: new EarlyPackets(), usedAt: now };
    this.#active.set(region, active);
    if (this.#network === 'up') this.#open(active, now);
    else this.#changed(region);
    return active;
  }

  #deactivate(active: Active, result: 'not-needed' | 'stopped'): void {
    this.#closeAll(active);
    this.#active.delete(active.region);
    this.#endIncident(active, result);
    this.#changed(active.region);
  }

  /** No network: nothing is tried. */
  #rest(active: Active, now: Instant): void {
    if (active.at.kind === 'waiting-for-network') return;
    this.#closeAll(active);
    active.at = { kind: 'waiting-for-network', since: now };
    active.attempt = 0;
    this.#changed(active.region);
  }

  #open(active: Active, now: Instant): void {
    const connection = this.#connect(active, now);
    if (connection === undefined) {
      active.at = { kind: 'backing-off', since: now, until: this.#budgets.of(active.region).connects.freeAt(now) };
    } else {
      active.attempt++;
      active.at = { kind: 'connection', connection, successor: undefined };
    }
    this.#changed(active.region);
  }

  /** Undefined: the budget does not allow it now. */
  #connect(active: Active, now: Instant): Connection | undefined {
    const identity = this.#identity;
    if (identity === undefined) throw new Error('a region is active without an identity');
    if (!this.#budgets.of(active.region).connects.take(now)) return undefined;
    const { crypto, rng } = this.#init;
    const generation = ++this.#generations;
    const nodes = this.#nodes(active.region);
    this.counts.opened++;
    this.#connections.set(generation, active);
    this.#put({ kind: 'link', command: { kind: 'open', generation, region: active.region, nodes, withinMs: OPEN_WITHIN } });
    return new Connection({ crypto, rng, generation, region: active.region, nodes, secretKey: identity.secret, publicKey: identity.public, now, countShort: () => void this.counts.shortFrames++ });
  }

  /** Another connection by the new definition, while the one that stands goes on serving. */
  #succeed(active: Active, connection: Connection, before: Successor | undefined, attempt: number, now: Instant): void {
    if (before?.kind === 'connection') this.#close(before.connection);
    const next = this.#connect(active, now);
    const successor: Successor = next === undefined ? { kind: 'backing-off', until: this.#budgets.of(active.region).connects.freeAt(now), attempt } : { kind: 'connection', connection: next, attempt };
    active.at = { kind: 'connection', connection, successor };
  }

  #entered(active: Active, connection: Connection, phase: 'introduced' | 'joined', now: Instant): void {
    const { at } = active;
    if (at.kind !== 'connection') return;
    if (phase === 'introduced') {
      if (active.region === this.#home) connection.notePreferred(true);
      if (at.connection === connection) this.#flushEarly(active, connection, now);
      return;
    }
    if (at.connection !== connection) {
      this.#close(at.connection);
      active.at = { kind: 'connection', connection, successor: undefined };
      active.last = { kind: 'map-changed' };
    }
    this.#endIncident(active, 'up-again');
    this.#log('debug', active, 'up');
    this.#changed(active.region);
  }

  #flushEarly(active: Active, connection: Connection, now: Instant): void {
    const old = active.early.flush(now, ({ destination, packet }) => {
      const outcome = connection.send(destination, packet, now);
      if (outcome !== 'sent') this.#drop(outcome);
    });
    this.#drop('waited too long', old);
  }

  /** The same region at once, for a reason that is no fault of it and that makes what stands useless. */
  #anew(active: Active, why: RelayStale, now: Instant): void {
    if (active.at.kind === 'waiting-for-network') return;
    this.#closeAll(active);
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
    this.#forget(connection);
    const { at } = active;
    if (at.kind !== 'connection') return;
    const { successor } = at;
    if (at.connection !== connection) {
      const attempt = successor === undefined ? 1 : successor.attempt;
      active.at = { kind: 'connection', connection: at.connection, successor: { kind: 'backing-off', until: after(now, this.#wait(attempt)), attempt: attempt + 1 } };
      return;
    }
    const stood = connection.phase === 'joined';
    if (stood && now >= after(connection.since, STABLE_AFTER)) active.attempt = 0;
    const cause = afterNotice(connection, stale, now);
    active.last = cause;
    this.#beginIncident(active, cause, stood ? connection.heardAt : connection.openedAt, now);
    if (successor?.kind === 'connection') {
      active.at = { kind: 'connection', connection: successor.connection, successor: undefined };
      active.attempt++;
      if (successor.connection.takesPackets) this.#flushEarly(active, successor.connection, now);
    } else {
      const told = cause.kind === 'restarting' ? cause.inMs + Math.min(cause.inMs, RESTART_SPREAD) * this.#init.rng.fraction() : 0;
      active.at = { kind: 'backing-off', since: now, until: after(now, told + this.#wait(active.attempt + 1)) };
    }
    this.#changed(active.region);
  }

  #retry(active: Active, now: Instant): void {
    // Nobody asked for it since the last time: only home is kept without use.
    if (this.#isIdle(active, now)) this.#deactivate(active, 'not-needed');
    else this.#open(active, now);
  }

  #isIdle(active: Active, now: Instant): boolean {
    return active.region !== this.#home && now >= after(active.usedAt, IDLE_AFTER);
  }

  #wait(n: number): Duration {
    return Math.min(RETRY_CAP, n * n * RETRY_STEP) * (0.5 + this.#init.rng.fraction());
  }

  #close(connection: Connection): void {
    this.#forget(connection);
    this.#put({ kind: 'link', command: { kind: 'close', generation: connection.generation } });
  }

  #closeAll({ at }: Active): void {
    if (at.kind !== 'connection') return;
    this.#close(at.connection);
    if (at.successor?.kind === 'connection') this.#close(at.successor.connection);
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection.generation);
    connection.wipe();
  }

  #deadline({ at, region, usedAt }: Active): Deadline | undefined {
    if (at.kind === 'waiting-for-network') return undefined;
    if (at.kind === 'backing-off') return { at: at.until, why: 'relay: retry' };
    const { connection, successor } = at;
    const idle: Deadline | undefined = region === this.#home ? undefined : { at: after(usedAt, IDLE_AFTER), why: 'relay: idle' };
    const next = earlier(connection.deadline(), idle);
    if (successor === undefined) return next;
    return earlier(next, successor.kind === 'connection' ? successor.connection.deadline() : { at: successor.until, why: 'relay: retry' });
  }

  #expired(active: Active, connection: Connection, successor: Successor | undefined, now: Instant): void {
    if (this.#isIdle(active, now)) {
      this.#deactivate(active, 'not-needed');
      return;
    }
    if (successor?.kind === 'backing-off' && successor.until <= now) {
      this.#succeed(active, connection, successor, successor.attempt, now);
    } else if (successor?.kind === 'connection') {
      const stale = successor.connection.judge(now);
      if (stale !== undefined) this.#end(active, successor.connection, stale, now);
    }
    const wasAsked = connection.asked !== undefined;
    const stale = connection.judge(now);
    if (stale === undefined) {
      if (!wasAsked && connection.asked !== undefined) this.#changed(active.region);
      return;
    }
    const { teardowns } = this.#budgets.of(active.region);
    if (connection.phase !== 'joined' || teardowns.take(now)) {
      this.#end(active, connection, stale, now);
      return;
    }
    connection.postponeVerdict(teardowns.freeAt(now), now);
    this.#changed(active.region);
  }

  #beginIncident(active: Active, cause: RelayStale, since: Instant, now: Instant): void {
    if (active.incident !== undefined) return;
    active.incident = ++this.#incidents;
    this.#log('warn', active, cause.kind === 'lost' ? cause.failure.kind : cause.kind);
    this.#put({ kind: 'incident-began', id: active.incident, region: active.region, cause, since: since > now ? now : since });
  }

  #endIncident(active: Active, result: 'up-again' | 'not-needed' | 'stopped'): void {
    if (active.incident === undefined) return;
    this.#put({ kind: 'incident-ended', id: active.incident, region: active.region, attempts: active.attempt, result });
    active.incident = undefined;
  }

  #drop(why: RelayDrop, packets = 1): void {
    this.counts.drops[why] += packets;
  }

  #log(level: 'debug' | 'warn', { region }: Active, text: string): void {
    this.#put({ kind: 'log', level, text: `relay ${region}: ${text}` });
  }

  #changed(region: number): void {
    this.#put({ kind: 'changed', region });
  }

  #put(output: RelayOutput): void {
    if (!this.#outputs.push(output)) throw new Error('relay outputs are not drained');
  }
}

/** The connection of this generation, if it is one of the region's. */
function connectionOf({ at }: Active, generation: number): Connection | undefined {
  if (at.kind !== 'connection') return undefined;
  if (at.connection.generation === generation) return at.connection;
  return at.successor?.kind === 'connection' && at.successor.connection.generation === generation ? at.successor.connection : undefined;
}

function writeOf(connection: Connection): RelayOutput | undefined {
  const bytes = connection.take();
  return bytes === undefined ? undefined : { kind: 'link', command: { kind: 'write', generation: connection.generation, bytes } };
}

/** What a relay told of its restart explains why it closed. */
function afterNotice({ restarting }: Connection, stale: RelayStale, now: Instant): RelayStale {
  if (stale.kind !== 'lost' || restarting === undefined || now > after(restarting.toldAt, RESTART_AT_MOST)) return stale;
  return { kind: 'restarting', inMs: Math.min(RESTART_AT_MOST, age(now, restarting.until)) };
}

function isSame<T>(a: T, b: T): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function noDrops(): Record<RelayDrop, number> {
  return Object.fromEntries(RELAY_DROPS.map((why) => [why, 0])) as Record<RelayDrop, number>;
}
