/**
 * One region that is connected, or is to be: its connections, why they end, and when others follow. It does not know which
 * regions there are. Caller: relays.ts.
 *
 *   connection ──cause of RelayStale──► backing-off ──► connection        waiting-for-network: nothing is tried
 *
 * One connection at a time; two for the moment in which another definition of the region in the map is being connected.
 */
import type { Crypto } from '../ports/crypto.ts';
import type { RelayLinkEvent } from '../ports/relay-link.ts';
import type { Rng } from '../ports/rng.ts';
import { earlier, type Deadline } from '../time/deadline.ts';
import { after, age, type Duration, type Instant } from '../time/instant.ts';
import type { RelayNode } from '../wire/netmap/types.ts';
import type { Budget } from './budgets.ts';
import { Connection } from './connection.ts';
import { FRESH, IDLE_AFTER, OPEN_WITHIN, PONG_WITHIN, PONG_WITHIN_ANEW, RESTART_AT_MOST, RESTART_SPREAD, RETRY_AT_ONCE, RETRY_CAP, RETRY_FIRST, RETRY_SHARE, STABLE_AFTER, UNHEARD } from './constants.ts';
import { EarlyPackets } from './early-packets.ts';
import type { RelayDrop, RelayOutput, RelayRegionState, RelaySink, RelayStale } from './types.ts';

/** What a region asks of its owner. */
export interface RegionSurroundings {
  readonly crypto: Pick<Crypto, 'boxKey' | 'boxSeal' | 'boxOpen'>;
  readonly rng: Rng;
  readonly budget: Budget;
  /** Our keys now. */
  identity(): { readonly secret: Uint8Array; readonly public: Uint8Array };
  /** Of the map now; at least one. */
  nodes(): readonly RelayNode[];
  isHome(): boolean;
  /** A number for a connection that begins; its events come here from now on. */
  begin(): number;
  /** No event of this generation comes any more. */
  over(generation: number): void;
  nextIncident(): number;
  put(output: RelayOutput): void;
  count(what: 'teardown' | 'short frame'): void;
  drop(why: RelayDrop, packets: number): void;
}

/** What follows a connection that still serves, since the map has another definition of its region. */
type Successor =
  | { readonly kind: 'connection'; readonly connection: Connection; readonly triedSince: Instant }
  | { readonly kind: 'backing-off'; readonly until: Instant; readonly triedSince: Instant };

type Place =
  | { readonly kind: 'connection'; readonly connection: Connection; readonly successor: Successor | undefined }
  | { readonly kind: 'backing-off'; readonly since: Instant; readonly until: Instant }
  | { readonly kind: 'waiting-for-network'; readonly since: Instant };

export class Region {
  readonly id: number;
  readonly #around: RegionSurroundings;
  readonly #early = new EarlyPackets();
  #at: Place;
  #attempt = 0;
  /** When the trouble began in which attempts follow each other; undefined: there is none. */
  #troubledSince: Instant | undefined;
  #last: RelayStale | undefined;
  #incident: number | undefined;
  #usedAt: Instant;

  /** Waits for the network until `open`. */
  constructor(id: number, around: RegionSurroundings, now: Instant) {
    this.id = id;
    this.#around = around;
    this.#at = { kind: 'waiting-for-network', since: now };
    this.#usedAt = now;
  }

  get state(): RelayRegionState {
    const at = this.#at;
    const attempt = this.#attempt;
    const last = this.#last;
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

  /** Else they wait. */
  get takesPackets(): boolean {
    return this.#at.kind === 'connection' && this.#at.connection.takesPackets;
  }

  // ---- what its owner wants

  /** Connects now, or as soon as the budget allows. Nothing may stand. */
  open(now: Instant): void {
    const connection = this.#connect(now);
    if (connection === undefined) {
      this.#at = { kind: 'backing-off', since: now, until: this.#around.budget.connects.freeAt(now) };
    } else {
      this.#attempt++;
      this.#at = { kind: 'connection', connection, successor: undefined };
    }
    this.changed();
  }

  /** For good. */
  stop(result: 'not-needed' | 'stopped'): void {
    this.#closeAll();
    this.#endIncident(result);
    this.changed();
  }

  /** No network: nothing is tried until `open`. */
  rest(now: Instant): void {
    if (this.#at.kind === 'waiting-for-network') return;
    this.#closeAll();
    this.#at = { kind: 'waiting-for-network', since: now };
    this.#calm();
    this.changed();
  }

  /** At once, for a reason that is no fault of it and that makes what stands useless. */
  anew(why: RelayStale, now: Instant): void {
    if (this.#at.kind === 'waiting-for-network') return;
    this.#closeAll();
    this.#last = why;
    this.#calm();
    this.open(now);
  }

  /** The map has other nodes for it. A connection whose own node stays as it was is left alone. */
  redefined(now: Instant): void {
    const at = this.#at;
    if (at.kind !== 'connection' || at.connection.phase !== 'joined') {
      this.anew({ kind: 'map-changed' }, now);
      return;
    }
    const isUnchanged = this.#around.nodes().some((node) => JSON.stringify(node) === JSON.stringify(at.connection.node));
    if (!isUnchanged) this.#succeed(at.connection, at.successor, now, now);
    else if (at.successor !== undefined) this.#keep(at.connection, at.successor);
  }

  /** After sleep, or on another network: what stands is asked, what was under way begins anew. */
  check(sleptMs: Duration, now: Instant): void {
    const at = this.#at;
    if (at.kind !== 'connection') {
      this.open(now);
    } else if (at.connection.phase === 'joined') {
      if (sleptMs > 0) at.connection.askAfterSleep(sleptMs, now);
      else at.connection.ask(PONG_WITHIN_ANEW, now);
      this.changed();
    } else if (this.#around.budget.connects.freeAt(now) <= now) {
      // Without budget the attempt goes on: in a storm of changes one of them must be let finish.
      this.#closeAll();
      this.open(now);
    }
  }

  doubt(now: Instant, within: Duration = PONG_WITHIN): void {
    const at = this.#at;
    if (at.kind !== 'connection' || at.connection.phase !== 'joined' || at.connection.asked !== undefined || now < after(at.connection.heardAt, FRESH)) return;
    at.connection.ask(within, now);
    this.changed();
  }

  retryNow(now: Instant): void {
    if (this.#at.kind === 'backing-off') this.open(now);
  }

  tellPreferred(home: boolean): void {
    const at = this.#at;
    if (at.kind !== 'connection') return;
    at.connection.notePreferred(home);
    if (at.successor?.kind === 'connection') at.successor.connection.notePreferred(home);
  }

  /** It counts as used now: it stays for a while. */
  use(now: Instant): void {
    this.#usedAt = now;
  }

  send(destination: Uint8Array, packet: Uint8Array, now: Instant): 'sent' | 'dropped' {
    this.#usedAt = now;
    const at = this.#at;
    if (at.kind !== 'connection' || !at.connection.takesPackets) {
      this.#around.drop('queue full', this.#early.put(destination, packet, now));
      return 'sent';
    }
    // Its peer may answer by another relay: that the peer is heard says nothing of this connection.
    if (now >= after(at.connection.heardAt, UNHEARD)) this.doubt(now);
    const outcome = at.connection.send(destination, packet, now);
    if (outcome === 'sent') return 'sent';
    this.#around.drop(outcome, 1);
    return 'dropped';
  }

  // ---- its link

  /** Of a generation that `begin` gave out and that is not over. */
  receive(event: RelayLinkEvent, now: Instant, sink: RelaySink): void {
    const connection = this.#connectionOf(event.generation);
    if (connection === undefined) return;
    switch (event.kind) {
      case 'opened':
        connection.opened(event.node, now);
        return;
      case 'written':
        connection.written(event.bytes);
        return;
      case 'lost':
        this.#ended(connection, { kind: 'lost', failure: event.failure }, now);
        return;
      case 'data': {
        const wasAsked = connection.asked !== undefined;
        const before = connection.health;
        const stale = connection.read(event.bytes, now, sink, (phase) => this.#entered(connection, phase, now));
        if (stale !== undefined) this.#end(connection, stale, now);
        else if ((wasAsked && connection.asked === undefined) || before !== connection.health) this.changed();
        this.#tellCarry(connection);
        return;
      }
      case 'carried':
        this.#carried(connection, event.sent, event.heard.length > 0, now);
        return;
      default:
        return event satisfies never;
    }
  }

  #carried(connection: Connection, sent: boolean, heard: boolean, now: Instant): void {
    if (sent) this.#usedAt = now;
    const wasAsked = connection.asked !== undefined;
    if (heard) connection.heardOf(now);
    else if (sent && now >= after(connection.heardAt, UNHEARD)) this.doubt(now);
    if (wasAsked && connection.asked === undefined) this.changed();
  }

  /** A relay that limits its clients is asked for each packet: what they cost is counted here. */
  #tellCarry(connection: Connection): void {
    const at = this.#at;
    if (at.kind !== 'connection' || at.connection !== connection || connection.mayCarry === connection.carries) return;
    connection.carries = connection.mayCarry;
    this.#around.put({ kind: 'link', command: { kind: 'carry', generation: connection.generation, on: connection.carries } });
  }

  /** Frames that were gathered, as one command; undefined: none. */
  takeWrite(): RelayOutput | undefined {
    const at = this.#at;
    if (at.kind !== 'connection') return undefined;
    return writeOf(at.connection) ?? (at.successor?.kind === 'connection' ? writeOf(at.successor.connection) : undefined);
  }

  // ---- its time

  deadline(): Deadline | undefined {
    const at = this.#at;
    if (at.kind === 'waiting-for-network') return undefined;
    if (at.kind === 'backing-off') return { at: at.until, why: 'relay: retry' };
    const { connection, successor } = at;
    const idle: Deadline | undefined = this.#around.isHome() ? undefined : { at: after(this.#usedAt, IDLE_AFTER), why: 'relay: idle' };
    const next = earlier(connection.deadline(), idle);
    if (successor === undefined) return next;
    return earlier(next, successor.kind === 'connection' ? successor.connection.deadline() : { at: successor.until, why: 'relay: retry' });
  }

  /** Does what is due. False: nobody needs it any more, so it is to be stopped. */
  expire(now: Instant): boolean {
    const due = this.deadline();
    if (due === undefined || due.at > now) return true;
    if (!this.#around.isHome() && now >= after(this.#usedAt, IDLE_AFTER)) return false;
    const at = this.#at;
    if (at.kind === 'backing-off') this.open(now);
    if (at.kind !== 'connection') return true;
    this.#judgeSuccessor(at.connection, at.successor, now);
    this.#judge(at.connection, now);
    return true;
  }

  #judgeSuccessor(connection: Connection, successor: Successor | undefined, now: Instant): void {
    if (successor?.kind === 'backing-off' && successor.until <= now) {
      this.#succeed(connection, successor, successor.triedSince, now);
    } else if (successor?.kind === 'connection') {
      const stale = successor.connection.judge(now);
      if (stale !== undefined) this.#end(successor.connection, stale, now);
    }
  }

  #judge(connection: Connection, now: Instant): void {
    const wasAsked = connection.asked !== undefined;
    const stale = connection.judge(now);
    if (stale === undefined) {
      if (!wasAsked && connection.asked !== undefined) this.changed();
      return;
    }
    const { teardowns } = this.#around.budget;
    if (connection.phase !== 'joined' || teardowns.take(now)) {
      this.#end(connection, stale, now);
      return;
    }
    connection.postponeVerdict(teardowns.freeAt(now), now);
    this.changed();
  }

  // ---- its connections

  /** Undefined: the budget does not allow it now. */
  #connect(now: Instant): Connection | undefined {
    const { crypto, rng, budget } = this.#around;
    if (!budget.connects.take(now)) return undefined;
    const { secret, public: publicKey } = this.#around.identity();
    const generation = this.#around.begin();
    const nodes = this.#around.nodes();
    this.#around.put({ kind: 'link', command: { kind: 'open', generation, region: this.id, nodes, withinMs: OPEN_WITHIN } });
    return new Connection({ crypto, rng, generation, region: this.id, nodes, secretKey: secret, publicKey, now, countShort: () => this.#around.count('short frame') });
  }

  /** Another connection by the new definition, while the one that stands goes on serving. */
  #succeed(connection: Connection, before: Successor | undefined, triedSince: Instant, now: Instant): void {
    if (before?.kind === 'connection') this.#close(before.connection);
    const next = this.#connect(now);
    const successor: Successor = next === undefined ? { kind: 'backing-off', until: this.#around.budget.connects.freeAt(now), triedSince } : { kind: 'connection', connection: next, triedSince };
    this.#at = { kind: 'connection', connection, successor };
  }

  /** It is what the map means again: nothing is to follow. */
  #keep(connection: Connection, successor: Successor): void {
    if (successor.kind === 'connection') this.#close(successor.connection);
    this.#at = { kind: 'connection', connection, successor: undefined };
  }

  #connectionOf(generation: number): Connection | undefined {
    const at = this.#at;
    if (at.kind !== 'connection') return undefined;
    if (at.connection.generation === generation) return at.connection;
    return at.successor?.kind === 'connection' && at.successor.connection.generation === generation ? at.successor.connection : undefined;
  }

  #entered(connection: Connection, phase: 'introduced' | 'joined', now: Instant): void {
    const at = this.#at;
    if (at.kind !== 'connection') return;
    if (phase === 'introduced') {
      if (this.#around.isHome()) connection.notePreferred(true);
      if (at.connection === connection) this.#flushEarly(connection, now);
      return;
    }
    if (at.connection !== connection) {
      this.#close(at.connection);
      this.#at = { kind: 'connection', connection, successor: undefined };
      this.#last = { kind: 'map-changed' };
    }
    this.#endIncident('up-again');
    this.#log('debug', 'up');
    this.changed();
  }

  #flushEarly(connection: Connection, now: Instant): void {
    const old = this.#early.flush(now, ({ destination, packet }) => {
      const outcome = connection.send(destination, packet, now);
      if (outcome !== 'sent') this.#around.drop(outcome, 1);
    });
    this.#around.drop('waited too long', old);
  }

  /** By us. */
  #end(connection: Connection, stale: RelayStale, now: Instant): void {
    if (connection.phase === 'joined') this.#around.count('teardown');
    this.#close(connection);
    this.#ended(connection, stale, now);
  }

  #ended(connection: Connection, stale: RelayStale, now: Instant): void {
    this.#forget(connection);
    const at = this.#at;
    if (at.kind !== 'connection') return;
    const { successor } = at;
    if (at.connection !== connection) {
      const triedSince = successor?.triedSince ?? now;
      this.#at = { kind: 'connection', connection: at.connection, successor: { kind: 'backing-off', until: after(now, this.#wait(triedSince, now)), triedSince } };
      return;
    }
    const stood = connection.phase === 'joined';
    // Tries are told for each incident; how long to wait counts for the whole trouble.
    if (stood) this.#attempt = 0;
    if (stood && now >= after(connection.since, STABLE_AFTER)) this.#calm();
    this.#troubledSince ??= now;
    const cause = afterNotice(connection, stale, now);
    this.#last = cause;
    this.#beginIncident(cause, stood ? connection.heardAt : connection.openedAt);
    if (successor?.kind === 'connection') {
      this.#at = { kind: 'connection', connection: successor.connection, successor: undefined };
      this.#attempt++;
    } else {
      const told = cause.kind === 'restarting' ? cause.inMs + Math.min(cause.inMs, RESTART_SPREAD) * this.#around.rng.fraction() : 0;
      this.#at = { kind: 'backing-off', since: now, until: after(now, told + this.#wait(this.#troubledSince, now)) };
    }
    this.changed();
  }

  #wait(since: Instant, now: Instant): Duration {
    const wait = since === now ? RETRY_AT_ONCE : Math.min(RETRY_CAP, Math.max(RETRY_FIRST, RETRY_SHARE * age(since, now)));
    return wait * (0.5 + this.#around.rng.fraction());
  }

  /** The next wait begins small. */
  #calm(): void {
    this.#attempt = 0;
    this.#troubledSince = undefined;
  }

  #close(connection: Connection): void {
    this.#forget(connection);
    this.#around.put({ kind: 'link', command: { kind: 'close', generation: connection.generation } });
  }

  #closeAll(): void {
    if (this.#at.kind !== 'connection') return;
    this.#close(this.#at.connection);
    if (this.#at.successor?.kind === 'connection') this.#close(this.#at.successor.connection);
  }

  #forget(connection: Connection): void {
    this.#around.over(connection.generation);
    connection.wipe();
  }

  // ---- what it tells

  #beginIncident(cause: RelayStale, since: Instant): void {
    if (this.#incident !== undefined) return;
    this.#incident = this.#around.nextIncident();
    this.#log('warn', cause.kind === 'lost' ? cause.failure.kind : cause.kind);
    this.#around.put({ kind: 'incident-began', id: this.#incident, region: this.id, cause, since });
  }

  #endIncident(result: 'up-again' | 'not-needed' | 'stopped'): void {
    if (this.#incident === undefined) return;
    this.#around.put({ kind: 'incident-ended', id: this.#incident, region: this.id, attempts: this.#attempt, result });
    this.#incident = undefined;
  }

  #log(level: 'debug' | 'warn', text: string): void {
    this.#around.put({ kind: 'log', level, text: `relay ${this.id}: ${text}` });
  }

  changed(): void {
    this.#around.put({ kind: 'changed', region: this.id });
  }
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
