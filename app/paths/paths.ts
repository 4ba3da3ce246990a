/**
 * The path machine: which way each peer's packets go. Opens and seals disco messages, finds whose they are, and keeps one
 * PeerPath a peer. Pure.
 *
 *   disco in, facts of the packet thread -> PeerPath -> disco out, paths, checks inside the tunnel
 *
 * A message counts only when its sender's key is a known peer's and its box opens; by a relay, only when the relay's word
 * about the sender agrees with the key. Peers that nobody uses cost no deadline. Caller: node/mesh.
 */
import { bytesText, sameBytes } from '../base/bytes.ts';
import type { PeerId } from '../base/brand.ts';
import { equalEndpoint, type IpEndpoint } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import { RingQueue } from '../base/ring.ts';
import type { Via } from '../base/via.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { Rng } from '../ports/rng.ts';
import { earlier, type Deadline, type Machine } from '../time/deadline.ts';
import { DeadlineHeap } from '../time/deadline-heap.ts';
import { after, age, type Instant } from '../time/instant.ts';
import { discoSender, openDisco, sealDisco, type DiscoMessage } from '../wire/disco.ts';
import { ENDPOINTS_FRESH, ENDPOINTS_TOLD, ENDPOINTS_WITHIN } from './constants.ts';
import type { Around } from './around.ts';
import { PeerPath } from './peer-path.ts';
import type { PathReport, PathsInput, PathsOutput, Surroundings } from './types.ts';

export interface PathsInit {
  readonly crypto: Pick<Crypto, 'boxKey' | 'boxSeal' | 'boxOpen' | 'x25519Base'>;
  readonly rng: Rng;
  /** When data last went to or came from this peer; undefined: never. */
  readonly lastUserDataAt: (peer: PeerId) => Instant | undefined;
  /** When anything authentic of this peer last came. */
  readonly lastHeardAt: (peer: PeerId) => Instant | undefined;
}

interface Known {
  readonly path: PeerPath;
  /** Shared with the peer's disco key; made when it is first needed. */
  box: Uint8Array | undefined;
  /** Its disco key by the map; the peer itself may have told a younger one. */
  mapKey: Uint8Array | undefined;
}

interface Identity {
  readonly secret: Uint8Array;
  readonly public: Uint8Array;
  readonly nodeKey: Uint8Array;
}

/** A few for each of 10,000 peers at once; datagrams are lost earlier, as they may be on any way. */
const OUTPUTS_WAITING = 262_144;
const DATAGRAMS_WAITING = 32_768;
const NONCE = 24;
const UNKNOWN: Surroundings = { udpWorks: undefined, mappingVariesByDestination: undefined, ipv4: undefined, ipv6: undefined, portMapped: undefined };

export class Paths implements Machine<PathsInput, PathsOutput> {
  readonly #init: PathsInit;
  readonly #outputs = new RingQueue<PathsOutput>(OUTPUTS_WAITING);
  readonly #peers = new Map<PeerId, Known>();
  /** By raw disco key as text. */
  readonly #byDisco = new Map<string, PeerId>();
  readonly #deadlines = new DeadlineHeap();
  readonly #active = new Set<PeerId>();
  readonly #relaysUp = new Set<number>();
  /** Whose call waits for our endpoints to be confirmed. */
  readonly #callers = new Set<PeerPath>();
  readonly #tokens = new Map<number, PeerId>();
  readonly #around: Around;
  #identity: Identity | undefined;
  #own: { readonly endpoints: readonly IpEndpoint[]; readonly confirmedAt: Instant } | undefined;
  /** A way was asked then and did not answer: our NAT may have lost where we were seen before. */
  #ownDoubtedAt: Instant | undefined;
  #surroundings = UNKNOWN;
  #offline = false;
  #callBy: Instant | undefined;
  #now: Instant = 0 as Instant;
  /** Messages that were refused, and datagrams that were dropped because too many waited, since the machine was made. */
  readonly counts = { unknownSender: 0, notAuthentic: 0, wrongRelaySender: 0, notUnderstood: 0, keyOfAnother: 0, notSent: 0 };

  constructor(init: PathsInit) {
    this.#init = init;
    this.#around = {
      rng: init.rng,
      surroundings: () => this.#surroundings,
      own: () => this.#own?.endpoints ?? [],
      isOffline: () => this.#offline,
      lastUserDataAt: init.lastUserDataAt,
      lastHeardAt: init.lastHeardAt,
      send: (to, peer, message) => this.#send(to, peer, message),
      sendRelayed: (region, peer, message) => this.#sendRelayed(region, peer, message),
      callMaybe: (peer, now) => this.#call(peer, now),
      doubtOwn: (since, now) => this.#doubtOwn(since, now),
      token: (peer) => this.#token(peer.info.id),
      put: (output) => this.#put(output),
    };
  }

  /** Peers that data goes to now. */
  get activePeers(): number {
    return this.#active.size;
  }

  handle(input: PathsInput, now: Instant): void {
    this.#now = now;
    switch (input.kind) {
      case 'identity':
        this.#setIdentity(input.discoKey.bytes, input.nodeKey, now);
        return;
      case 'put-peer':
        this.#putPeer(input.peer, now);
        return;
      case 'remove-peer':
        this.#remove(input.peer);
        return;
      case 'own-endpoints':
        this.#setOwn(input, now);
        return;
      case 'datagram':
        this.#take(input.bytes, { kind: 'direct', endpoint: input.from }, undefined, now);
        return;
      case 'relayed':
        this.#take(input.bytes, { kind: 'relay', region: input.region }, input.source, now);
        return;
      case 'active':
        this.#with(input.peer, (path) => path.active(now));
        return;
      case 'suspect':
        this.#with(input.peer, (path) => path.suspect(now));
        return;
      case 'relay':
        this.#setRelay(input.region, input.up, now);
        return;
      case 'heard':
      case 'peer-gone':
        // What comes by a way shows nothing of the way back, and a relay that is away is the relay machine's affair.
        return;
      case 'probe-answered': {
        const peer = this.#tokens.get(input.token);
        this.#tokens.delete(input.token);
        if (peer !== undefined) this.#with(peer, (path) => path.probeAnswered(input.token, now));
        return;
      }
      case 'disco-key':
        this.#newDiscoKey(input.peer, input.key, now);
        return;
      case 'try-direct':
        for (const [id, { path }] of this.#peers) {
          if (input.peer === undefined ? path.report(now).kind === 'relay' : input.peer === id) this.#with(id, (each) => each.tryDirect(now));
        }
        return;
      case 'network':
        this.#setNetwork(input.now, now);
        return;
      case 'slept':
        for (const id of this.#peers.keys()) this.#with(id, (path) => path.moved(now));
        return;
      case 'surroundings':
        this.#surroundings = input.surroundings;
        for (const id of this.#active) this.#put({ kind: 'changed', peer: id });
        return;
      default:
        return input satisfies never;
    }
  }

  poll(): PathsOutput | undefined {
    return this.#outputs.shift();
  }

  nextDeadline(): Deadline | undefined {
    return earlier(this.#deadlines.next(), this.#callBy === undefined ? undefined : { at: this.#callBy, why: 'path: call without confirmed endpoints' });
  }

  expire(now: Instant): void {
    this.#now = now;
    if (this.#callBy !== undefined && this.#callBy <= now) this.#callAll(now);
    for (let key = this.#deadlines.takeDue(now); key !== undefined; key = this.#deadlines.takeDue(now)) this.#with(key as PeerId, (path) => path.expire(now));
  }

  report(peer: PeerId): PathReport | undefined {
    return this.#peers.get(peer)?.path.report(this.#now);
  }

  // ---- peers

  /** One mutation of one path, and what follows for the machine. */
  #with(id: PeerId, mutate: (path: PeerPath) => void): void {
    const known = this.#peers.get(id);
    if (known === undefined) return;
    mutate(known.path);
    this.#deadlines.set(id, known.path.nextDeadline());
    if (known.path.isActive) this.#active.add(id);
    else this.#active.delete(id);
  }

  #putPeer(peer: Extract<PathsInput, { kind: 'put-peer' }>['peer'], now: Instant): void {
    const old = this.#peers.get(peer.id);
    if (old !== undefined && !sameBytes(old.path.info.nodeKey, peer.nodeKey)) this.#remove(peer.id);
    const known = this.#peers.get(peer.id);
    if (known === undefined) {
      this.#peers.set(peer.id, { path: new PeerPath(peer, this.#around, now), box: undefined, mapKey: peer.discoKey });
      this.#setDisco(peer.id, undefined, peer.discoKey);
      return;
    }
    const before = known.path.info.discoKey;
    // A map that repeats what it said takes back nothing that the peer said since.
    const discoKey = sameBytes(known.mapKey, peer.discoKey) ? before : peer.discoKey;
    known.mapKey = peer.discoKey;
    const isNew = !sameBytes(before, discoKey);
    if (isNew) {
      this.#setDisco(peer.id, before, discoKey);
      known.box = undefined;
    }
    this.#with(peer.id, (path) => path.update({ ...peer, discoKey }, now));
    // Another disco key is another process: it knows nothing of the session that we have.
    if (isNew && before !== undefined && known.path.isActive) this.#put({ kind: 'initiate', peer: peer.id, because: 'restarted' });
  }

  #newDiscoKey(id: PeerId, key: Uint8Array, now: Instant): void {
    const known = this.#peers.get(id);
    if (known === undefined || sameBytes(known.path.info.discoKey, key)) return;
    const owner = this.#byDisco.get(bytesText(key));
    if (owner !== undefined && owner !== id) {
      this.counts.keyOfAnother++;
      return;
    }
    this.#setDisco(id, known.path.info.discoKey, key);
    known.box = undefined;
    this.#with(id, (path) => path.update({ ...path.info, discoKey: key.slice() }, now));
  }

  #setDisco(id: PeerId, before: Uint8Array | undefined, key: Uint8Array | undefined): void {
    if (before !== undefined && this.#byDisco.get(bytesText(before)) === id) this.#byDisco.delete(bytesText(before));
    if (key !== undefined) this.#byDisco.set(bytesText(key), id);
  }

  #remove(id: PeerId): void {
    const known = this.#peers.get(id);
    if (known === undefined) return;
    this.#peers.delete(id);
    this.#setDisco(id, known.path.info.discoKey, undefined);
    this.#deadlines.set(id, undefined);
    this.#active.delete(id);
    this.#callers.delete(known.path);
    for (const [token, peer] of this.#tokens) if (peer === id) this.#tokens.delete(token);
  }

  // ---- ourselves

  #setIdentity(secret: Uint8Array, nodeKey: Uint8Array, now: Instant): void {
    const before = this.#identity;
    const point = new Uint8Array(32);
    this.#init.crypto.x25519Base(secret, point);
    this.#identity = { secret: secret.slice(), public: point, nodeKey: nodeKey.slice() };
    if (before === undefined || sameBytes(before.public, point)) return;
    for (const [id, known] of this.#peers) {
      known.box = undefined;
      this.#with(id, (path) => path.newDiscoKey(now));
    }
  }

  #setNetwork(network: 'up' | 'down' | 'changed', now: Instant): void {
    this.#offline = network === 'down';
    this.#own = undefined;
    for (const id of this.#peers.keys()) this.#with(id, (path) => (network === 'down' ? path.offline() : path.moved(now)));
  }

  // ---- messages

  #take(bytes: Uint8Array, via: Via, source: PeerId | undefined, now: Instant): void {
    const sender = discoSender(bytes);
    const id = sender === undefined ? undefined : this.#byDisco.get(bytesText(sender));
    const known = id === undefined ? undefined : this.#peers.get(id);
    if (id === undefined || known === undefined || this.#identity === undefined) {
      this.counts.unknownSender++;
      return;
    }
    if (via.kind === 'relay' && source !== id) {
      this.counts.wrongRelaySender++;
      return;
    }
    const box = this.#boxOf(known);
    if (box === undefined) return;
    const message = openDisco(this.#init.crypto, box, bytes);
    if (isReject(message)) {
      if (message.refused === 'disco: not authentic') this.counts.notAuthentic++;
      else this.counts.notUnderstood++;
      return;
    }
    this.#with(id, (path) => path.heard(message, via, now));
  }

  #boxOf(known: Known): Uint8Array | undefined {
    if (known.box !== undefined) return known.box;
    const key = known.path.info.discoKey;
    if (key === undefined || this.#identity === undefined) return undefined;
    const box = new Uint8Array(32);
    if (!this.#init.crypto.boxKey(this.#identity.secret, key, box)) return undefined;
    known.box = box;
    return box;
  }

  #sealed(peer: PeerPath, message: DiscoMessage): Uint8Array | undefined {
    const known = this.#peers.get(peer.info.id);
    const box = known?.path === peer ? this.#boxOf(known) : undefined;
    if (box === undefined || this.#identity === undefined) return undefined;
    const nonce = new Uint8Array(NONCE);
    this.#init.rng.fillPublic(nonce);
    // A ping names the key of who sends it.
    const own: DiscoMessage = message.kind === 'ping' ? { ...message, nodeKey: this.#identity.nodeKey } : message;
    return sealDisco(this.#init.crypto, box, this.#identity.public, nonce, own);
  }

  #send(to: IpEndpoint, peer: PeerPath, message: DiscoMessage): void {
    const bytes = this.#sealed(peer, message);
    if (bytes !== undefined) this.#putDatagram({ kind: 'send', to, bytes });
  }

  #sendRelayed(region: number, peer: PeerPath, message: DiscoMessage): void {
    const bytes = this.#sealed(peer, message);
    if (bytes !== undefined) this.#putDatagram({ kind: 'send-relayed', region, peer: peer.info.id, bytes });
  }

  #setOwn(own: Extract<PathsInput, { kind: 'own-endpoints' }>, now: Instant): void {
    const before = this.#own?.endpoints;
    this.#own = own;
    if (!this.#ownIsConfirmed(now)) return;
    this.#callAll(now);
    if (before !== undefined && own.endpoints.some((endpoint) => !before.some((old) => equalEndpoint(old, endpoint)))) {
      for (const id of this.#active) this.#with(id, (path) => path.seenElsewhere(now));
    }
  }

  #setRelay(region: number, up: boolean, now: Instant): void {
    if (!up) this.#relaysUp.delete(region);
    if (!up || this.#relaysUp.has(region)) return;
    this.#relaysUp.add(region);
    for (const id of this.#active) {
      if (this.#peers.get(id)?.path.info.homeRelay === region) this.#with(id, (path) => path.seek(now));
    }
  }

  #ownIsConfirmed(now: Instant): boolean {
    const { confirmedAt } = this.#own ?? {};
    return confirmedAt !== undefined && age(confirmedAt, now) <= ENDPOINTS_FRESH && (this.#ownDoubtedAt === undefined || confirmedAt >= this.#ownDoubtedAt);
  }

  #doubtOwn(since: Instant, now: Instant): void {
    if (this.#ownDoubtedAt === undefined || since > this.#ownDoubtedAt) this.#ownDoubtedAt = since;
    if (!this.#ownIsConfirmed(now)) this.#put({ kind: 'need-endpoints' });
  }

  #call(peer: PeerPath, now: Instant): void {
    if (this.#ownIsConfirmed(now)) {
      this.#sendCall(peer);
      return;
    }
    if (this.#callers.size === 0) {
      this.#callBy = after(now, ENDPOINTS_WITHIN);
      this.#put({ kind: 'need-endpoints' });
    }
    this.#callers.add(peer);
  }

  #callAll(_now: Instant): void {
    this.#callBy = undefined;
    for (const peer of this.#callers) this.#sendCall(peer);
    this.#callers.clear();
  }

  #sendCall(peer: PeerPath): void {
    const { homeRelay } = peer.info;
    if (homeRelay !== 0) this.#sendRelayed(homeRelay, peer, { kind: 'call-me-maybe', endpoints: (this.#own?.endpoints ?? []).slice(0, ENDPOINTS_TOLD) });
  }

  #token(peer: PeerId): number {
    let token = this.#init.rng.uint32();
    while (this.#tokens.has(token)) token = this.#init.rng.uint32();
    for (const [old, owner] of this.#tokens) if (owner === peer) this.#tokens.delete(old);
    this.#tokens.set(token, peer);
    return token;
  }

  #putDatagram(output: PathsOutput): void {
    if (this.#outputs.size < DATAGRAMS_WAITING) this.#put(output);
    else this.counts.notSent++;
  }

  #put(output: PathsOutput): void {
    if (!this.#outputs.push(output)) throw new Error('path outputs are not drained');
  }
}
