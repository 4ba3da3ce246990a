/**
 * WireGuard for all peers of a node (whitepaper sections 5 and 6): handshakes, sessions, cookies, timers. Peers are known
 * by id; where they are is an EndpointId that only authenticated packets may move.
 *
 * It does not route, filter or pad addresses into place: dataplane/ does. It does no I/O: `poll` gives handshake messages
 * and facts; `encap` and `receive` work in the caller's memory. Callers: dataplane/, and the tests of this folder.
 */
import type { Arena } from '../base/batch.ts';
import { NO_ENDPOINT, type EndpointId, type PeerId } from '../base/brand.ts';
import type { EndpointTable } from '../base/endpoints.ts';
import type { IpEndpoint } from '../base/ip.ts';
import type { Via } from '../base/via.ts';
import type { StaticKeys } from '../noise/key-pairs.ts';
import type { Counters, Refusal } from '../ports/counters.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { DataplanePeer } from '../ports/dataplane.ts';
import type { Rng } from '../ports/rng.ts';
import type { Deadline, Machine } from '../time/deadline.ts';
import { DeadlineHeap } from '../time/deadline-heap.ts';
import { after, age, type Instant, type WallTime } from '../time/instant.ts';
import { classify, DATA, MESSAGE_COOKIE, MESSAGE_DATA, MESSAGE_INITIATION } from '../wire/wireguard.ts';
import { KEEPALIVE_TIMEOUT, REJECT_AFTER_TIME, REKEY_TIMEOUT, REKEY_TIMEOUT_JITTER, SUSPECT_AFTER, UNANSWERED_AFTER } from './constants.ts';
import { Handshakes } from './handshakes.ts';
import { Outputs, type WireGuardOutput } from './outputs.ts';
import { WgPeer, type PeerTimer, type Staged } from './peer.ts';
import { sealCopy, sealDatagram } from './seal-datagram.ts';
import type { Session } from './session.ts';
import { replacedBy, SessionTable } from './session-table.ts';
import { sourceOf } from './source.ts';
import { judgeTimer } from './timers.ts';
import type { Decapsulated, WireGuardInit, WireGuardInput } from './types.ts';
import { sameEndpoint, Ways } from './ways.ts';

export type { Decapsulated, WireGuardInit, WireGuardInput, WireGuardOutput };

export const TRANSPORT_HEADER = DATA.header;
const TAG = DATA.tag;
const DEFAULT_MTU = 1_420;
const NOTHING = new Uint8Array(0);
/** The key in the heap of deadlines that is no peer's. */
const LOAD_KEY = -1;

export class WireGuard implements Machine<WireGuardInput, WireGuardOutput> {
  readonly #crypto: Crypto;
  readonly #rng: Rng;
  readonly #endpoints: EndpointTable;
  readonly #counters: Counters;
  readonly #outputs: Outputs;
  readonly #ways: Ways;
  readonly #notWireGuards: WireGuardInit['notWireGuards'];
  readonly #deadlines = new DeadlineHeap();
  readonly #peers: (WgPeer | undefined)[] = [];
  readonly #sessions = new SessionTable();
  readonly #handshakes: Handshakes;
  #mtu = DEFAULT_MTU;
  #wallOffset = 0;
  #underLoad = false;

  constructor(init: WireGuardInit) {
    this.#crypto = init.crypto;
    this.#rng = init.rng;
    this.#endpoints = init.endpoints;
    this.#counters = init.counters;
    this.#outputs = new Outputs(init.counters);
    this.#ways = new Ways(init.endpoints, init.counters, this.#outputs);
    this.#notWireGuards = init.notWireGuards;
    this.#handshakes = new Handshakes(init.crypto, init.rng, (index) => {
      const session = this.#sessions.byIndex(index);
      return session === undefined ? undefined : this.#peers[session.peer];
    });
  }

  handle(input: WireGuardInput, now: Instant): void {
    switch (input.kind) {
      case 'identity':
        this.#mtu = input.mtu;
        this.#setIdentity(input.privateKey, now);
        return;
      case 'wall-clock':
        this.#wallOffset = input.wall - input.at;
        return;
      case 'put-peer':
        this.#putPeer(input.peer, now);
        return;
      case 'remove-peer':
        this.#removePeer(input.peer);
        return;
      case 'set-endpoint': {
        const peer = this.#peers[input.peer];
        if (peer === undefined) return;
        this.#ways.moveTo(peer, this.#endpoints.internEndpoint(input.endpoint), now);
        this.#keepAliveNow(peer, now);
        return;
      }
      case 'set-path':
        this.#setPath(input.peer, input.direct, input.relay, now);
        return;
      case 'initiate': {
        const peer = this.#peers[input.peer];
        if (peer !== undefined) this.#initiateAnew(peer, now);
        return;
      }
      case 'forget-sessions':
        for (const peer of this.#peers) if (peer !== undefined) this.#forget(peer);
        return;
      default:
        return input satisfies never;
    }
  }

  poll(): WireGuardOutput | undefined {
    return this.#outputs.shift();
  }

  nextDeadline(): Deadline | undefined {
    return this.#deadlines.next();
  }

  expire(now: Instant): void {
    for (let id = this.#deadlines.takeDue(now); id !== undefined; id = this.#deadlines.takeDue(now)) {
      if (id === LOAD_KEY) {
        this.#tellLoad(now);
        // Still loaded: the excess went on since the deadline was set.
        this.#watchLoad();
        continue;
      }
      const peer = this.#peers[id];
      if (peer === undefined) continue;
      for (let timer = peer.timers.takeDue(now); timer !== undefined; timer = peer.timers.takeDue(now)) this.#fired(peer, timer, now);
      this.#reschedule(peer);
    }
  }

  /** Sessions in memory, of all peers: at most three each. */
  get sessionsHeld(): number {
    return this.#sessions.size;
  }

  hasPeer(peer: PeerId): boolean {
    return this.#peers[peer] !== undefined;
  }

  /** The address its packets go to; NO_ENDPOINT: none. */
  endpointOf(peer: PeerId): EndpointId {
    return this.#peers[peer]?.endpoint ?? NO_ENDPOINT;
  }

  /** The address and the relay region its packets go to: one look-up. */
  waysOf(peer: PeerId): { readonly endpoint: EndpointId; readonly relay: number | undefined } | undefined {
    return this.#peers[peer];
  }

  /**
   * Seals the inner packet at [from, from + length) into a transport datagram at `to`; `to + 16` may equal `from`. Returns
   * its length; 0 when the packet was copied to wait for a handshake, or refused and counted.
   */
  encap(id: PeerId, arena: Arena, from: number, length: number, to: number, now: Instant): number {
    const peer = this.#peers[id];
    if (peer === undefined) {
      this.#counters.refuse('outbound: peer unknown');
      return 0;
    }
    if (peer.roaming === 'chosen') this.#ways.used(peer, now);
    if (!peer.hasWay) {
      this.#counters.refuse('outbound: peer has no endpoint');
      return 0;
    }
    const session = peer.current;
    if (session === undefined || !session.canSend(now)) {
      this.#stage(peer, { packet: arena.bytes.slice(from, from + length), via: undefined }, now);
      return 0;
    }
    const sealed = sealDatagram(session, arena, from, length, to, this.#mtu);
    this.#dataSent(peer, session, length, now);
    return sealed;
  }

  /** A whole inner packet of our own making, not the user's: sealed and sent, or staged. `via`: by this way only. */
  send(id: PeerId, packet: Uint8Array, via: Via | undefined, now: Instant): void {
    const peer = this.#peers[id];
    if (peer === undefined) this.#counters.refuse('outbound: peer unknown');
    else if (via === undefined && !peer.hasWay) this.#counters.refuse('outbound: peer has no endpoint');
    else if (peer.current?.canSend(now) === true) this.#sealAndSend(peer, peer.current, { packet, via }, now);
    else this.#stage(peer, { packet, via }, now);
  }

  /**
   * Takes any WireGuard datagram. True when it was authentic data with an inner packet: `out` then says where the
   * plaintext lies in the same arena (opened in place). False: a handshake, a cookie, a keepalive, or refused and counted.
   */
  receive(arena: Arena, offset: number, length: number, endpoint: EndpointId, now: Instant, out: Decapsulated): boolean {
    const kind = classify(arena.view, offset, length);
    switch (kind) {
      case 'too-short':
        this.#counters.refuse('datagram: too short');
        return false;
      case 'unknown-type':
        if (this.#notWireGuards?.(arena, offset, length, endpoint, now) !== true) this.#counters.refuse('datagram: unknown type');
        return false;
      case 'wrong-length':
        this.#counters.refuse('datagram: wrong length for its type');
        return false;
      default:
        break;
    }
    if (kind.type === MESSAGE_DATA) return this.#receiveData(arena, offset, length, endpoint, now, out);
    const message = arena.bytes.slice(offset, offset + length);
    const refusal = this.#receiveHandshake(kind.type, message, endpoint, now);
    if (refusal !== undefined) this.#counters.refuse(refusal);
    return false;
  }

  // ---- data

  #receiveData(arena: Arena, offset: number, length: number, endpoint: EndpointId, now: Instant, out: Decapsulated): boolean {
    const view = arena.view;
    const session = this.#sessions.byIndex(view.getUint32(offset + DATA.receiver, true));
    if (session === undefined) {
      this.#counters.refuse('data: unknown session');
      return false;
    }
    if (!session.isAlive(now)) {
      this.#counters.refuse('data: session too old');
      return false;
    }
    const low = view.getUint32(offset + DATA.counterLow, true);
    const high = view.getUint32(offset + DATA.counterHigh, true);
    if (session.isBeyondReject(high, low)) {
      this.#counters.refuse('data: counter spent');
      return false;
    }
    const inner = offset + DATA.header;
    if (!session.receiveKey.open(high, low, arena, inner, length - DATA.header, inner)) {
      this.#counters.refuse('data: not authentic');
      return false;
    }
    if (!session.replay.accept(high, low)) {
      this.#counters.refuse('data: replayed');
      return false;
    }
    const peer = this.#peers[session.peer]!;
    const plain = length - DATA.header - TAG;
    const confirms = session === peer.next;
    if (confirms) this.#confirm(peer, session, now);
    if (endpoint !== peer.endpoint) this.#follow(peer, endpoint, now);
    if (peer.roaming === 'chosen' && endpoint !== peer.arrivedBy) this.#ways.arrived(peer, endpoint, now);
    this.#heard(peer, confirms ? 'new-session' : 'same-session', now);
    if (session.wantsRekeyAfterReceive(now)) this.#initiate(peer, now);
    if (plain === 0) return false;
    this.#counters.noteReceived(peer.id, plain, now);
    if (peer.keepaliveOwedSince === undefined) {
      peer.keepaliveOwedSince = now;
      this.#armIfIdle(peer, 'passive keepalive', after(now, KEEPALIVE_TIMEOUT));
    }
    out.peer = peer.id;
    out.offset = inner;
    out.length = plain;
    return true;
  }

  #dataSent(peer: WgPeer, session: Session, length: number, now: Instant): void {
    this.#counters.noteSent(peer.id, length, now);
    if (peer.unansweredSince === undefined) {
      peer.unansweredSince = now;
      this.#armIfIdle(peer, 'suspect', after(now, peer.suspectAfter));
      this.#armIfIdle(peer, 'unanswered data', after(now, UNANSWERED_AFTER));
    }
    this.#authenticSent(peer, now);
    if (session.wantsRekeyAfterSend(now)) this.#initiate(peer, now);
  }

  #sendKeepalive(peer: WgPeer, now: Instant): void {
    const session = peer.current;
    if (session === undefined || !session.canSend(now)) {
      this.#initiate(peer, now);
      return;
    }
    this.#ways.send(peer, sealCopy(session, NOTHING, this.#mtu));
    this.#authenticSent(peer, now);
    if (session.wantsRekeyAfterSend(now)) this.#initiate(peer, now);
  }

  /** Any authenticated packet went out: nothing is owed. */
  #authenticSent(peer: WgPeer, now: Instant): void {
    peer.keepaliveOwedSince = undefined;
    this.#traversed(peer, now);
  }

  /** Any authentic packet came in. */
  #heard(peer: WgPeer, proof: 'new-session' | 'same-session', now: Instant): void {
    const silentSince = peer.silentSince ?? peer.unansweredSince ?? peer.gaveUpAt;
    if (peer.suspectTold || peer.gaveUpAt !== undefined) {
      this.#outputs.fact({ kind: 'answered', peer: peer.id, at: now, silentForMs: silentSince === undefined ? 0 : age(silentSince, now) });
      // The old session worked after all: be slower to suspect until the next session.
      if (peer.suspectTold && proof === 'same-session') peer.suspectAfter = Math.min(peer.suspectAfter * 2, UNANSWERED_AFTER);
    }
    peer.suspectTold = false;
    peer.gaveUpAt = undefined;
    peer.silentSince = undefined;
    peer.unansweredSince = undefined;
    peer.lastAuthenticAt = now;
    this.#counters.noteAuthentic(peer.id, now);
    this.#traversed(peer, now);
  }

  #traversed(peer: WgPeer, now: Instant): void {
    peer.lastTraversalAt = now;
    if (peer.persistentKeepaliveMs > 0) this.#armIfIdle(peer, 'persistent keepalive', after(now, peer.persistentKeepaliveMs));
  }

  // ---- handshakes

  /** A session is wanted. An attempt under way goes on at its own pace. */
  #initiate(peer: WgPeer, now: Instant): void {
    if (peer.attempt !== undefined || this.#initiatedLately(peer, now)) return;
    this.#sendInitiation(peer, { startedAt: now, count: 1 }, now);
  }

  /** Somebody asks for a session now: the clock of an attempt under way starts again; one that would come too soon is sent when it may. */
  #initiateAnew(peer: WgPeer, now: Instant): void {
    const last = peer.lastInitiationSentAt;
    if (last === undefined || !this.#initiatedLately(peer, now)) {
      this.#sendInitiation(peer, { startedAt: now, count: 1 }, now);
    } else if (peer.attempt !== undefined) {
      peer.attempt = { ...peer.attempt, startedAt: now };
      this.#ways.resend(peer, now);
    } else {
      peer.askedAt = now;
      this.#armIfIdle(peer, 'asked too soon', after(last, REKEY_TIMEOUT));
    }
  }

  #initiatedLately(peer: WgPeer, now: Instant): boolean {
    return peer.lastInitiationSentAt !== undefined && age(peer.lastInitiationSentAt, now) < REKEY_TIMEOUT;
  }

  #sendInitiation(peer: WgPeer, attempt: { startedAt: Instant; count: number }, now: Instant): void {
    peer.wanted = !peer.hasWay;
    // An attempt that stays under way without a timer would keep every other from beginning.
    if (!peer.hasWay || !this.#handshakes.hasIdentity) return this.#handshakes.abandon(peer);
    peer.lastInitiationSentAt = now;
    const made = this.#handshakes.begin(peer, (now + this.#wallOffset) as WallTime, attempt, now);
    if (made === undefined) {
      this.#counters.refuse('handshake: low-order key');
      return;
    }
    this.#ways.send(peer, made);
    this.#outputs.fact({ kind: 'handshake-sent', peer: peer.id, at: now, attempt: attempt.count });
    peer.timers.set('retransmit handshake', after(now, REKEY_TIMEOUT + this.#rng.fraction() * REKEY_TIMEOUT_JITTER));
    this.#traversed(peer, now);
    this.#reschedule(peer);
  }

  #receiveHandshake(type: 1 | 2 | 3, message: Uint8Array, endpoint: EndpointId, now: Instant): Refusal | undefined {
    const source = sourceOf(this.#endpoints, endpoint);
    // Every slot of the endpoint table is pinned: a stranger has no place, as if its share were used up.
    if (source === undefined) return 'handshake: rate limit of its source';
    if (type === MESSAGE_COOKIE) return this.#handshakes.takeCookie(message, now);
    const admitted = this.#handshakes.admit(type, message, source, now);
    this.#tellLoad(now);
    if (admitted.kind === 'refused') return admitted.why;
    if (admitted.kind === 'cookie') {
      this.#ways.answer(endpoint, admitted.reply);
      return 'handshake: under load, cookie sent';
    }
    return type === MESSAGE_INITIATION ? this.#respond(message, endpoint, now) : this.#complete(message, endpoint, now);
  }

  #respond(message: Uint8Array, endpoint: EndpointId, now: Instant): Refusal | undefined {
    const taken = this.#handshakes.respond(message, now);
    if (typeof taken === 'string') return taken;
    const { peer, session, response } = taken;
    this.#sessions.answered(peer, session);
    this.#follow(peer, endpoint, now);
    this.#ways.answerPeer(peer, endpoint, response);
    peer.timers.set('erase keys', after(now, REJECT_AFTER_TIME * 3));
    this.#traversed(peer, now);
    this.#reschedule(peer);
    return undefined;
  }

  #complete(message: Uint8Array, endpoint: EndpointId, now: Instant): Refusal | undefined {
    const taken = this.#handshakes.complete(message, now);
    if (typeof taken === 'string') return taken;
    const { peer, session, attempt } = taken;
    const replaced = replacedBy(peer, now);
    this.#sessions.completed(peer, session);
    this.#began(peer, session, now);
    this.#outputs.fact({ kind: 'session', peer: peer.id, at: now, role: 'initiator', attempts: attempt.count, rttMs: now - attempt.sentAt, replaced });
    this.#follow(peer, endpoint, now);
    this.#heard(peer, 'new-session', now);
    if (!this.#sendStaged(peer, now)) this.#sendKeepalive(peer, now);
    this.#reschedule(peer);
    return undefined;
  }

  /** The first packet on a session that we answered: now we may send on it. */
  #confirm(peer: WgPeer, session: Session, now: Instant): void {
    const replaced = replacedBy(peer, now);
    this.#sessions.confirmed(peer);
    this.#began(peer, session, now);
    this.#outputs.fact({ kind: 'session', peer: peer.id, at: now, role: 'responder', attempts: 0, rttMs: undefined, replaced });
    this.#sendStaged(peer, now);
    this.#reschedule(peer);
  }

  #began(peer: WgPeer, session: Session, now: Instant): void {
    this.#counters.setAt(peer.id, 'handshakeAt', now);
    peer.suspectAfter = SUSPECT_AFTER;
    this.#handshakes.abandon(peer);
    peer.timers.clear('retransmit handshake');
    peer.timers.set('erase keys', after(session.bornAt, REJECT_AFTER_TIME * 3));
  }

  /** True when anything was waiting and went out. */
  #sendStaged(peer: WgPeer, now: Instant): boolean {
    let sent = false;
    for (let staged = peer.staged.shift(); staged !== undefined; staged = peer.staged.shift()) {
      const session = peer.current;
      if (session === undefined || !session.canSend(now)) return sent;
      this.#sealAndSend(peer, session, staged, now);
      // What goes by one way only does not tell the peer's other ways that the session stands.
      sent ||= staged.via === undefined;
    }
    return sent;
  }

  #sealAndSend(peer: WgPeer, session: Session, { packet, via }: Staged, now: Instant): void {
    const sealed = sealCopy(session, packet, this.#mtu);
    if (via === undefined) this.#ways.send(peer, sealed);
    else this.#ways.sendVia(peer.id, via, sealed);
    this.#dataSent(peer, session, packet.length, now);
  }

  /** To wait for a session. */
  #stage(peer: WgPeer, staged: Staged, now: Instant): void {
    if (peer.staged.pushDroppingOldest(staged) !== undefined) this.#counters.refuse('outbound: waiting queue full');
    this.#initiate(peer, now);
  }

  // ---- timers

  #fired(peer: WgPeer, timer: PeerTimer, now: Instant): void {
    const verdict = judgeTimer(peer, timer, now);
    switch (verdict.kind) {
      case 'nothing':
        return;
      case 'later':
        peer.timers.set(timer, verdict.at);
        return;
      case 'keepalive':
        this.#sendKeepalive(peer, now);
        if (peer.persistentKeepaliveMs > 0) peer.timers.setIfIdle('persistent keepalive', after(now, peer.persistentKeepaliveMs));
        return;
      case 'tell suspicion':
        peer.suspectTold = true;
        this.#outputs.fact({ kind: 'suspect', peer: peer.id, at: now, since: verdict.since });
        return;
      case 'initiate':
        this.#initiate(peer, now);
        return;
      case 'retransmit':
        if (peer.attempt !== undefined) this.#sendInitiation(peer, { startedAt: peer.attempt.startedAt, count: peer.attempt.count + 1 }, now);
        return;
      case 'give up':
        this.#giveUp(peer, now);
        return;
      case 'erase keys':
        this.#sessions.dropAll(peer);
        this.#outputs.fact({ kind: 'session-ended', peer: peer.id, at: now });
        return;
      default:
        return verdict satisfies never;
    }
  }

  #giveUp(peer: WgPeer, now: Instant): void {
    const attempts = peer.attempt?.count ?? 0;
    this.#handshakes.abandon(peer);
    peer.staged.clear();
    peer.gaveUpAt = now;
    // The next data is a new question, with its own timers; the silence is as old as the first one.
    peer.silentSince ??= peer.unansweredSince;
    peer.unansweredSince = undefined;
    this.#outputs.fact({ kind: 'handshake-gave-up', peer: peer.id, at: now, attempts });
  }

  #armIfIdle(peer: WgPeer, timer: PeerTimer, at: Instant): void {
    if (peer.timers.get(timer) !== undefined) return;
    peer.timers.set(timer, at);
    this.#reschedule(peer);
  }

  #reschedule(peer: WgPeer): void {
    this.#deadlines.set(peer.id, peer.timers.next());
  }

  // ---- configuration

  #setIdentity(privateKey: Uint8Array, now: Instant): void {
    if (this.#handshakes.hasKey(privateKey)) return;
    for (const peer of this.#peers) if (peer !== undefined) this.#forget(peer);
    const point = new Uint8Array(32);
    this.#crypto.x25519Base(privateKey, point);
    const own: StaticKeys = { secret: privateKey.slice(), point };
    this.#handshakes.setIdentity(own);
    for (const peer of this.#peers) if (peer !== undefined && peer.persistentKeepaliveMs > 0) this.#initiate(peer, now);
  }

  #putPeer(config: DataplanePeer, now: Instant): void {
    const before = this.#peers[config.id];
    const sameKeys = before !== undefined && this.#crypto.equal(before.publicKey, config.publicKey) && this.#crypto.equal(before.presharedKey, config.presharedKey ?? new Uint8Array(32));
    let peer = before;
    if (peer === undefined || !sameKeys) {
      const remembered = this.#handshakes.peerByKey(config.publicKey)?.latestTimestamp.slice();
      if (before !== undefined) this.#removePeer(config.id);
      const other = this.#handshakes.peerByKey(config.publicKey);
      if (other !== undefined) this.#removePeer(other.id);
      peer = new WgPeer({ ...config, crypto: this.#crypto, presharedKey: config.presharedKey });
      if (remembered !== undefined) peer.latestTimestamp.set(remembered);
      this.#peers[config.id] = peer;
      this.#handshakes.addPeer(peer);
    }
    peer.roaming = config.roaming;
    if (peer.roaming === 'follow') this.#ways.leaveToFollow(peer);
    const keepaliveChanged = peer.persistentKeepaliveMs !== config.persistentKeepaliveMs;
    peer.persistentKeepaliveMs = config.persistentKeepaliveMs;
    if (config.endpoint !== undefined && (peer.endpoint === NO_ENDPOINT || (config.roaming === 'follow' && !sameEndpoint(config.endpoint, peer.configuredEndpoint)))) {
      this.#ways.setEndpoint(peer, this.#endpoints.internEndpoint(config.endpoint));
      this.#keepAliveNow(peer, now);
    }
    peer.configuredEndpoint = config.endpoint;
    if (!sameKeys || keepaliveChanged) peer.timers.clear('persistent keepalive');
    // The first one is due at once: it opens the way in for the other side.
    if (peer.persistentKeepaliveMs > 0 && peer.hasWay) peer.timers.setIfIdle('persistent keepalive', now);
    this.#reschedule(peer);
  }

  #removePeer(id: PeerId): void {
    const peer = this.#peers[id];
    if (peer === undefined) return;
    this.#forget(peer);
    this.#ways.forget(peer);
    this.#handshakes.removePeer(peer);
    peer.presharedKey.fill(0);
    this.#peers[id] = undefined;
    this.#deadlines.set(id, undefined);
    this.#counters.clearPeer(id);
  }

  /** Every session and handshake of a peer, and all that was derived from them. The timestamp rule stays. */
  #forget(peer: WgPeer): void {
    this.#sessions.dropAll(peer);
    this.#handshakes.abandon(peer);
    peer.staged.clear();
    peer.timers.clearAll();
    peer.unansweredSince = undefined;
    peer.keepaliveOwedSince = undefined;
    peer.lastInitiationSentAt = undefined;
    peer.askedAt = undefined;
    peer.wanted = false;
    peer.gaveUpAt = undefined;
    peer.silentSince = undefined;
    peer.suspectTold = false;
    this.#reschedule(peer);
  }

  #follow(peer: WgPeer, endpoint: EndpointId, now: Instant): void {
    const before = peer.endpoint;
    this.#ways.follow(peer, endpoint, now);
    if (peer.endpoint !== before) this.#keepAliveNow(peer, now);
  }

  /** The first way opens the gate for what waited for one. */
  #setPath(id: PeerId, direct: IpEndpoint | undefined, relay: number | undefined, now: Instant): void {
    const peer = this.#peers[id];
    if (peer === undefined || peer.roaming !== 'chosen') return;
    const had = peer.hasWay;
    this.#ways.setPath(peer, direct, relay);
    if (had || !peer.hasWay) return;
    this.#keepAliveNow(peer, now);
    if (peer.attempt === undefined && (peer.wanted || peer.staged.size > 0)) this.#initiateAnew(peer, now);
  }

  #keepAliveNow(peer: WgPeer, now: Instant): void {
    if (peer.persistentKeepaliveMs > 0 && peer.hasWay) this.#armIfIdle(peer, 'persistent keepalive', now);
  }

  #tellLoad(now: Instant): void {
    const on = this.#handshakes.isLoaded(now);
    if (on === this.#underLoad) return;
    this.#underLoad = on;
    this.#outputs.fact({ kind: 'under-load', at: now, on });
    this.#watchLoad();
  }

  #watchLoad(): void {
    this.#deadlines.set(LOAD_KEY, this.#underLoad ? { at: this.#handshakes.loadedUntil, why: 'handshakes: under load' } : undefined);
  }
}
