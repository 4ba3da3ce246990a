/**
 * Decides what is done when peers fall silent, smallest repair first, and tells the history:
 *   suspicion -> in-tunnel probe -> handshake -> (all peers silent:) new socket -> handshakes until something answers.
 *
 * One peer's silence is its own entry. When every peer in use is silent the cause is ours or the network's: one entry
 * for all. After start and after wake one entry sums up the first round; wake begins with a new socket. It never touches a peer
 * that answers.
 */
import type { PeerId } from '../base/brand.ts';
import type { Counters } from '../ports/counters.ts';
import type { DataplaneCommand, DataplaneFact } from '../ports/dataplane.ts';
import { earlier, type Deadline } from '../time/deadline.ts';
import { after, age, type Duration, type Instant, type WallTime } from '../time/instant.ts';
import { TimerTable } from '../time/timer-table.ts';
import { ALONE_WAIT, CROSSED_WITHIN, EARLY_SESSION, FIRST_ROUND, FIRST_ROUND_PEERS, IN_USE_FOR, PROBE_WAIT, PROVED_FOR, REBIND_EVERY, SILENT_AFTER_ASKING } from './constants.ts';
import type { History, IncidentId } from './history.ts';
import type { Message } from './messages.ts';
import type { NodePeer, PeerTimer } from './peer.ts';

export interface RepairInit {
  readonly peers: ReadonlyMap<PeerId, NodePeer>;
  readonly counters: Counters;
  readonly history: History;
  readonly command: (command: DataplaneCommand) => void;
  readonly probe: (peer: NodePeer, now: Instant) => void;
  readonly wall: (now: Instant) => WallTime;
}

/** The first round after start or wake: who has not answered yet. */
export interface Round {
  readonly incident: IncidentId;
  readonly sleptMs: Duration | undefined;
  readonly startedAt: Instant;
  total: number;
  readonly waiting: Set<PeerId>;
  /** Suspicions told meanwhile: WireGuard tells each once. */
  readonly suspectedSince: Map<PeerId, Instant>;
}

/** Everyone in use is silent. */
export interface Blackout {
  readonly incident: IncidentId;
  readonly since: Instant;
  readonly members: Set<PeerId>;
  total: number;
  rung: 'handshakes' | 'rebound';
}

type LadderTimer = 'first round over' | 'after a blackout, the rest';

export class RepairLadder {
  readonly #init: RepairInit;
  readonly #single = new Map<PeerId, IncidentId>();
  readonly #timers = new TimerTable<LadderTimer>(['first round over', 'after a blackout, the rest'], 'repair');
  /** Peers with a timer set: few, however many peers there are. */
  readonly #armed = new Set<NodePeer>();
  #round: Round | undefined;
  #blackout: Blackout | undefined;
  #online = true;
  /** ms of sleep that ended without a network: everything is asked when there is one. */
  #sleptOffline: Duration | undefined;
  #reboundAt: Instant | undefined;
  /** The entry that the last new socket was for. */
  #reboundFor: IncidentId | undefined;
  /** Sockets replaced: the teardown count that anyone may read. */
  teardowns = 0;

  constructor(init: RepairInit) {
    this.#init = init;
  }

  get round(): Round | undefined {
    return this.#round;
  }

  get blackout(): Blackout | undefined {
    return this.#blackout;
  }

  /** Without a network nobody is asked and nothing is replaced; with one, whoever was being asked is asked again. */
  network(state: 'up' | 'down' | 'changed', now: Instant): void {
    const online = state !== 'down';
    if (this.#online === online) return;
    this.#online = online;
    const slept = this.#sleptOffline;
    this.#sleptOffline = undefined;
    if (!online) {
      for (const peer of this.#armed) peer.timers.clearAll();
      this.#armed.clear();
    } else if (slept !== undefined) {
      this.beginRound(slept, now);
    } else {
      for (const peer of this.#init.peers.values()) if (peer.standing.kind === 'checking' || peer.standing.kind === 'silent') this.#askAgain(peer, now);
    }
  }

  #askAgain(peer: NodePeer, now: Instant): void {
    if (!peer.isReachable || this.#round?.waiting.has(peer.id) === true) return;
    if (peer.standing.kind === 'checking') this.#arm(peer, 'ask', now);
    else this.#init.command({ kind: 'initiate', peer: peer.id });
  }

  /** First handshakes after start, or everything again after `sleptMs` of sleep. */
  beginRound(sleptMs: Duration | undefined, now: Instant, cause: Message = sleptMs === undefined ? { key: 'history.cause.started' } : { key: 'history.cause.slept', sleptMs }): void {
    this.#closeOpenEntries({ key: 'history.result.overtaken' }, now);
    if (!this.#online && sleptMs !== undefined) {
      this.#sleptOffline = (this.#sleptOffline ?? 0) + sleptMs;
      return;
    }
    if (sleptMs !== undefined) this.#freshSocket(now);
    const asked = this.#worthAsking(sleptMs === undefined);
    if (asked.length === 0) return;
    const incident = this.#init.history.open(
      {
        truth: sleptMs === undefined ? 'path' : 'os',
        peer: null,
        cause,
        action: sleptMs === undefined ? { key: 'history.action.first-handshakes', total: asked.length } : { key: 'history.action.checked-all', total: asked.length },
        since: now,
        unreachable: asked.map((peer) => peer.name),
      },
      now,
      this.#init.wall(now),
    );
    this.#round = { incident, sleptMs, startedAt: now, total: asked.length, waiting: new Set(asked.map((peer) => peer.id)), suspectedSince: new Map() };
    this.#timers.set('first round over', after(now, FIRST_ROUND));
    for (const peer of asked) {
      peer.timers.clearAll();
      if (peer.standing.kind !== 'never') peer.standing = { kind: 'checking', since: now, attempts: 0 };
      this.#init.command({ kind: 'initiate', peer: peer.id });
    }
  }

  /** Every peer that is written down. Of a map, which may have thousands: after sleep whoever was ever heard, else some of
   *  those that the server says are there. */
  #worthAsking(first: boolean): NodePeer[] {
    const asked: NodePeer[] = [];
    for (const peer of this.#init.peers.values()) {
      if (!peer.isReachable) continue;
      if (peer.fromMap !== undefined && (first ? peer.isOffline || peer.standing.kind === 'live' || asked.length >= FIRST_ROUND_PEERS : peer.standing.kind === 'never')) continue;
      asked.push(peer);
    }
    return asked;
  }

  /** A peer is no more, or no longer who it was: what is open about it ends with `result`. */
  left(peer: NodePeer, result: Message, now: Instant): void {
    peer.timers.clearAll();
    this.#armed.delete(peer);
    const single = this.#single.get(peer.id);
    this.#single.delete(peer.id);
    if (single !== undefined) this.#init.history.close(single, result, now);
    if (this.#round !== undefined && this.#round.waiting.delete(peer.id)) {
      this.#round.total--;
      if (this.#round.waiting.size === 0) this.#endRound(now);
    }
    if (this.#blackout !== undefined && this.#blackout.members.delete(peer.id)) {
      this.#blackout.total--;
      if (this.#blackout.members.size === 0) this.#endBlackout(now);
    }
  }

  /** WireGuard: data went out at `since` and nothing authentic came back. */
  suspected(peer: NodePeer, since: Instant, now: Instant): void {
    if (peer.standing.kind !== 'live') {
      this.#round?.suspectedSince.set(peer.id, since);
      return;
    }
    peer.standing = { kind: 'checking', since, attempts: 0 };
    this.#init.probe(peer, now);
    this.#arm(peer, 'ask', after(now, PROBE_WAIT));
  }

  handshakeSent(peer: NodePeer, attempt: number, now: Instant): void {
    peer.lastInitiatedAt = now;
    if (peer.standing.kind === 'live') return;
    peer.standing = { ...peer.standing, attempts: Math.max(attempt, peer.standing.attempts + 1) };
    const single = this.#single.get(peer.id);
    if (single === undefined) return;
    const key = single === this.#reboundFor ? 'history.action.rebind' : 'history.action.handshake';
    this.#init.history.revise(single, { action: { key, attempts: peer.standing.attempts } });
  }

  gaveUp(peer: NodePeer, now: Instant): void {
    if (peer.standing.kind === 'live') peer.standing = { kind: 'silent', since: now, attempts: 0 };
    const inVain = peer.fromMap !== undefined && (peer.isOffline || peer.standing.kind === 'never');
    if (peer.isReachable && !inVain) this.#arm(peer, 'retry', after(now, peer.retry.next()));
  }

  /** An authentic packet ended a silence. `proof` says what it shows about the old session. */
  recovered(peer: NodePeer, proof: 'same-session' | 'lost-session' | 'new-session', now: Instant): void {
    const was = peer.standing;
    if (was.kind === 'live') return;
    peer.standing = { kind: 'live', since: now };
    peer.timers.clearAll();
    peer.retry.reset();
    if (this.#answeredRound(peer, now) || this.#leftBlackout(peer, now)) return;
    const single = this.#single.get(peer.id);
    if (single !== undefined) {
      this.#single.delete(peer.id);
      this.#init.history.close(single, { key: `history.result.${proof}`, peer: peer.name }, now);
    }
  }

  /** The peer's packets come from elsewhere now; `silentMs`: how long nothing was heard before. */
  moved(peer: NodePeer, from: string, to: string, silentMs: Duration, now: Instant): void {
    const cause: Message = { key: 'history.cause.moved', peer: peer.name, from, to };
    const action: Message = { key: 'history.action.followed' };
    const single = this.#single.get(peer.id);
    if (single !== undefined) {
      this.#init.history.revise(single, { cause, action });
      return;
    }
    if (this.#blackout?.members.has(peer.id) === true || this.#round?.waiting.has(peer.id) === true) return;
    const since = after(now, -silentMs);
    this.#init.history.record({ truth: 'path', peer: peer.name, cause, action, since, unreachable: [] }, { key: 'history.result.data-again', peer: peer.name }, now, this.#init.wall(now));
  }

  /** The name of a silent peer's endpoint leads elsewhere now: its entry says so, and stays open until it answers. */
  resolvedAnew(peer: NodePeer, from: string, to: string): void {
    const single = this.#single.get(peer.id);
    if (single !== undefined) this.#init.history.revise(single, { cause: { key: 'history.cause.moved', peer: peer.name, from, to } });
  }

  /** A session completed. Tells of one that the peer began long before a rekey was due, while nothing seemed wrong. */
  sessionBegan(peer: NodePeer, fact: Extract<DataplaneFact, { kind: 'session' }>, now: Instant): void {
    const { lastSessionAt, lastBegunByPeerAt } = peer;
    peer.lastSessionAt = now;
    if (fact.role === 'initiator') return;
    peer.lastBegunByPeerAt = now;
    if (fact.replaced !== 'live' || lastSessionAt === undefined || age(lastSessionAt, now) >= EARLY_SESSION) return;
    // Each side renews what it began, at REKEY_AFTER_TIME and before it is dead; when both began at once, both renew.
    const renews = lastBegunByPeerAt !== undefined && age(lastBegunByPeerAt, now) >= EARLY_SESSION && age(lastBegunByPeerAt, now) < PROVED_FOR;
    const crossed = peer.lastInitiatedAt !== undefined && age(peer.lastInitiatedAt, now) < CROSSED_WITHIN;
    if (renews || crossed || this.#round !== undefined || this.#blackout !== undefined || this.#single.has(peer.id)) return;
    this.#init.history.record(
      { truth: 'path', peer: peer.name, cause: { key: 'history.cause.peer-restarted-handshake', peer: peer.name }, action: { key: 'history.action.accepted-session' }, since: now, unreachable: [] },
      { key: 'history.result.data-again', peer: peer.name },
      now,
      this.#init.wall(now),
    );
  }

  /** Another run of its program is there, as the server says, and we ask it for a session. What it began itself just now is told already. */
  restarted(peer: NodePeer, now: Instant): void {
    const { lastBegunByPeerAt: begun, standing } = peer;
    if (standing.kind !== 'live' || (begun !== undefined && age(begun, now) < CROSSED_WITHIN)) return;
    peer.standing = { kind: 'checking', since: now, attempts: 0 };
    this.#arm(peer, 'declare-silent', after(now, SILENT_AFTER_ASKING));
    if (this.#round?.waiting.has(peer.id) === true || this.#blackout !== undefined || this.#single.has(peer.id)) return;
    const incident = this.#init.history.open(
      { truth: 'path', peer: peer.name, cause: { key: 'history.cause.peer-restarted', peer: peer.name }, action: { key: 'history.action.handshake', attempts: 1 }, since: now, unreachable: [peer.name] },
      now,
      this.#init.wall(now),
    );
    this.#single.set(peer.id, incident);
  }

  /** A peer's own timer is due. */
  #fired(peer: NodePeer, timer: PeerTimer, now: Instant): void {
    switch (timer) {
      case 'ask':
        this.#ask(peer, now);
        return;
      case 'declare-silent':
        this.#declareSilent(peer, now);
        return;
      case 'alone':
        this.#tryNewSocketFor(peer, now);
        return;
      case 'retry':
        this.#init.command({ kind: 'initiate', peer: peer.id });
        return;
      default:
        return timer satisfies never;
    }
  }

  nextDeadline(): Deadline | undefined {
    let next = this.#timers.next();
    for (const peer of this.#armed) next = earlier(next, peer.timers.next());
    return next;
  }

  expire(now: Instant): void {
    for (let due = this.#timers.takeDue(now); due !== undefined; due = this.#timers.takeDue(now)) {
      if (due === 'first round over') this.#endRound(now);
      else this.#endBlackout(now);
    }
    for (const peer of this.#armed) {
      for (let due = peer.timers.takeDue(now); due !== undefined; due = peer.timers.takeDue(now)) this.#fired(peer, due, now);
      if (peer.timers.next() === undefined) this.#armed.delete(peer);
    }
  }

  /** Closes what is open, as the node stops. */
  stop(now: Instant): void {
    this.#closeOpenEntries({ key: 'history.result.stopped' }, now);
    this.#timers.clearAll();
  }

  #arm(peer: NodePeer, timer: PeerTimer, at: Instant): void {
    if (!this.#online) return;
    peer.timers.set(timer, at);
    this.#armed.add(peer);
  }

  #ask(peer: NodePeer, now: Instant): void {
    if (peer.standing.kind !== 'checking') return;
    this.#init.command({ kind: 'initiate', peer: peer.id });
    this.#arm(peer, 'declare-silent', after(now, SILENT_AFTER_ASKING));
    if (peer.answersProbes) this.#tell(peer, peer.standing.since, now);
  }

  #declareSilent(peer: NodePeer, now: Instant): void {
    if (peer.standing.kind !== 'checking') return;
    this.#tell(peer, peer.standing.since, now);
    peer.standing = { kind: 'silent', since: peer.standing.since, attempts: peer.standing.attempts };
    this.#considerRebind(now);
    this.#arm(peer, 'alone', after(now, ALONE_WAIT));
  }

  /** Opens the entry for this silence: the peer's own, or one for all when all in use are silent. */
  #tell(peer: NodePeer, since: Instant, now: Instant): void {
    if (this.#single.has(peer.id) || this.#round?.waiting.has(peer.id) === true) return;
    if (this.#blackout !== undefined) {
      this.#blackout.members.add(peer.id);
      return;
    }
    const inUse = [...this.#init.peers.values()].filter((other) => this.#isInUse(other, now));
    const all = inUse.length > 1 && inUse.every((other) => other.standing.kind === 'checking' || other.standing.kind === 'silent');
    if (all) this.#openBlackout(inUse, since, now);
    else this.#single.set(peer.id, this.#openSingle(peer, since, now));
  }

  #openSingle(peer: NodePeer, since: Instant, now: Instant): IncidentId {
    return this.#init.history.open(
      {
        truth: 'path',
        peer: peer.name,
        cause: { key: 'history.cause.peer-silent', peer: peer.name, silentMs: age(since, now) },
        action: { key: 'history.action.handshake', attempts: 1 },
        since,
        unreachable: [peer.name],
      },
      now,
      this.#init.wall(now),
    );
  }

  #openBlackout(inUse: readonly NodePeer[], since: Instant, now: Instant): void {
    const change = {
      cause: { key: 'history.cause.all-silent', total: inUse.length, silentMs: age(since, now) } satisfies Message,
      action: { key: 'history.action.handshake', attempts: 1 } satisfies Message,
      unreachable: inUse.map((peer) => peer.name),
    };
    // An entry of one of them that is already open becomes the common one: one cause is told once.
    let incident: IncidentId | undefined;
    for (const peer of inUse) {
      const single = this.#single.get(peer.id);
      if (single === undefined) continue;
      this.#single.delete(peer.id);
      if (incident === undefined) {
        incident = single;
        this.#init.history.revise(single, { ...change, peer: null });
      } else {
        this.#init.history.close(single, { key: 'history.result.part-of-all' }, now);
      }
    }
    incident ??= this.#init.history.open({ truth: 'path', peer: null, since, ...change }, now, this.#init.wall(now));
    this.#blackout = { incident, since, members: new Set(inUse.map((peer) => peer.id)), total: inUse.length, rung: 'handshakes' };
  }

  #isInUse(peer: NodePeer, now: Instant): boolean {
    if (peer.standing.kind === 'never') return false;
    if (peer.standing.kind !== 'live') return true;
    const sent = this.#init.counters.readAt(peer.id, 'lastSentAt');
    return sent !== undefined && age(sent, now) < IN_USE_FOR;
  }

  #considerRebind(now: Instant): void {
    const blackout = this.#blackout;
    if (blackout === undefined || blackout.rung === 'rebound') return;
    if (!this.#rebind(blackout.members, blackout.incident, now)) return;
    blackout.rung = 'rebound';
  }

  /** Where no other peer ever answered, its silence and ours look alike: after some patience, the socket is replaced once. */
  #tryNewSocketFor(peer: NodePeer, now: Instant): void {
    const incident = this.#single.get(peer.id);
    if (incident === undefined || peer.standing.kind !== 'silent') return;
    for (const other of this.#init.peers.values()) if (other !== peer && other.standing.kind !== 'never') return;
    this.#rebind([peer.id], incident, now);
  }

  /** After sleep a socket may stand for an address that is no more. On suspicion of nothing, so it is in no budget. */
  #freshSocket(now: Instant): void {
    this.#reboundAt = now;
    this.#init.command({ kind: 'rebind' });
  }

  /** False when the budget does not allow it. */
  #rebind(silent: Iterable<PeerId>, incident: IncidentId, now: Instant): boolean {
    if (!this.#online || (this.#reboundAt !== undefined && age(this.#reboundAt, now) < REBIND_EVERY)) return false;
    this.#reboundAt = now;
    this.#reboundFor = incident;
    this.teardowns++;
    this.#init.command({ kind: 'rebind' });
    for (const id of silent) this.#init.command({ kind: 'initiate', peer: id });
    this.#init.history.revise(incident, { action: { key: 'history.action.rebind', attempts: 2 } });
    return true;
  }

  /** Data goes on in the session that was asked about: no fact tells of that, the counters do. */
  #hasAnswered(peer: NodePeer, since: Instant, now: Instant): boolean {
    const heard = this.#init.counters.readAt(peer.id, 'lastAuthenticAt');
    if (heard === undefined || heard <= since) return false;
    this.recovered(peer, 'same-session', now);
    return true;
  }

  /** True when the peer belonged to the first round. */
  #answeredRound(peer: NodePeer, now: Instant): boolean {
    const round = this.#round;
    if (round === undefined || !round.waiting.delete(peer.id)) return false;
    if (round.waiting.size === 0) this.#endRound(now);
    else this.#init.history.revise(round.incident, { unreachable: this.#names(round.waiting) });
    return true;
  }

  #endRound(now: Instant): void {
    const round = this.#round;
    if (round === undefined) return;
    for (const id of round.waiting) {
      const peer = this.#init.peers.get(id);
      if (peer !== undefined && this.#hasAnswered(peer, round.suspectedSince.get(id) ?? round.startedAt, now) && this.#round !== round) return;
    }
    this.#round = undefined;
    this.#timers.clear('first round over');
    this.#init.history.close(round.incident, summary(round.total - round.waiting.size, round.total), now);
    for (const id of round.waiting) {
      const peer = this.#init.peers.get(id);
      if (peer?.standing.kind !== 'checking') continue;
      this.#tell(peer, round.startedAt, now);
      peer.standing = { kind: 'silent', since: round.startedAt, attempts: peer.standing.attempts };
    }
    this.#considerRebind(now);
  }

  #leftBlackout(peer: NodePeer, now: Instant): boolean {
    const blackout = this.#blackout;
    if (blackout === undefined || !blackout.members.delete(peer.id)) return false;
    if (blackout.members.size === 0) this.#endBlackout(now);
    else this.#timers.setIfIdle('after a blackout, the rest', after(now, FIRST_ROUND));
    return true;
  }

  /** All answered, or some did and the rest had their time: those get entries of their own. */
  #endBlackout(now: Instant): void {
    const blackout = this.#blackout;
    if (blackout === undefined) return;
    this.#blackout = undefined;
    this.#timers.clear('after a blackout, the rest');
    this.#init.history.close(blackout.incident, summary(blackout.total - blackout.members.size, blackout.total), now);
    for (const id of blackout.members) {
      const peer = this.#init.peers.get(id);
      if (peer !== undefined && peer.standing.kind !== 'live') this.#single.set(id, this.#openSingle(peer, blackout.since, now));
    }
  }

  #names(ids: Iterable<PeerId>): string[] {
    return [...ids].map((id) => this.#init.peers.get(id)?.name ?? `peer ${id}`);
  }

  #closeOpenEntries(result: Message, now: Instant): void {
    const open = [...this.#single.values(), this.#round?.incident, this.#blackout?.incident];
    for (const id of open) if (id !== undefined) this.#init.history.close(id, result, now);
    this.#single.clear();
    this.#round = undefined;
    this.#blackout = undefined;
  }
}

function summary(answered: number, total: number): Message {
  return { key: answered === total ? 'history.result.all-again' : 'history.result.some-again', answered, total };
}
