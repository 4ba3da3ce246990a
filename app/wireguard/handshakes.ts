/**
 * The handshake side of WireGuard: who may speak (macs, cookies, load), what is said (Noise IKpsk2), and under which
 * index. It finds peers by public key and pending attempts by index. A refused message changes nothing, except that an
 * authentic initiation moves the peer's timestamp. Sessions are made here and placed by `wireguard.ts`.
 */
import { toBase64 } from '../keys/keys.ts';
import { createInitiation, createResponse, openInitiation, openResponse, wipePending, type OpenedInitiation } from '../noise/ikpsk2.ts';
import type { StaticKeys } from '../noise/key-pairs.ts';
import type { Refusal } from '../ports/counters.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { Rng } from '../ports/rng.ts';
import { age, type Instant, type WallTime } from '../time/instant.ts';
import { COOKIE_REPLY, INITIATION, KEY, MESSAGE_INITIATION, MESSAGE_RESPONSE, RESPONSE, SEALED_EMPTY, SEALED_STATIC, SEALED_TIMESTAMP } from '../wire/wireguard.ts';
import { HANDSHAKE_INITIATION_RATE } from './constants.ts';
import { MacChecker } from './cookies.ts';
import { LoadMeter, SourceLimiter } from './load.ts';
import type { Attempt, WgPeer } from './peer.ts';
import { Session } from './session.ts';
import type { HandshakeSource } from './source.ts';
import { isLater, TimestampSource } from './tai64n.ts';

export type Admission = { readonly kind: 'admitted' } | { readonly kind: 'refused'; readonly why: Refusal } | { readonly kind: 'cookie'; readonly reply: Uint8Array };
const ADMITTED: Admission = { kind: 'admitted' };

interface Identity {
  readonly own: StaticKeys;
  readonly macs: MacChecker;
}

export class Handshakes {
  readonly #crypto: Crypto;
  readonly #rng: Rng;
  readonly #ownerOfSession: (index: number) => WgPeer | undefined;
  readonly #timestamps = new TimestampSource();
  readonly #load = new LoadMeter();
  readonly #sources = new SourceLimiter();
  readonly #byKey = new Map<string, WgPeer>();
  readonly #byIndex = new Map<number, WgPeer>();
  #identity: Identity | undefined;

  /** `ownerOfSession`: whose session has this local index. */
  constructor(crypto: Crypto, rng: Rng, ownerOfSession: (index: number) => WgPeer | undefined) {
    this.#crypto = crypto;
    this.#rng = rng;
    this.#ownerOfSession = ownerOfSession;
  }

  setIdentity(own: StaticKeys): void {
    this.#identity?.own.secret.fill(0);
    this.#identity = { own, macs: new MacChecker(this.#crypto, this.#rng, own.point) };
  }

  addPeer(peer: WgPeer): void {
    this.#byKey.set(toBase64(peer.publicKey), peer);
  }

  removePeer(peer: WgPeer): void {
    this.#byKey.delete(toBase64(peer.publicKey));
  }

  peerByKey(publicKey: Uint8Array): WgPeer | undefined {
    return this.#byKey.get(toBase64(publicKey));
  }

  get hasIdentity(): boolean {
    return this.#identity !== undefined;
  }

  /** Our key is this one already. */
  hasKey(privateKey: Uint8Array): boolean {
    return this.#identity !== undefined && this.#crypto.equal(this.#identity.own.secret, privateKey);
  }

  get loadedUntil(): Instant {
    return this.#load.loadedUntil;
  }

  isLoaded(now: Instant): boolean {
    return this.#load.isLoaded(now);
  }

  /** The initiation message, and the attempt noted in the peer. Undefined: its key is a low-order point, or we have none. */
  begin(peer: WgPeer, wall: WallTime, attempt: { startedAt: Instant; count: number }, now: Instant): Uint8Array | undefined {
    if (this.#identity === undefined) return undefined;
    const made = createInitiation(this.#crypto, this.#identity.own, peer.publicKey, this.#random(KEY), this.#timestamps.next(wall));
    if (made === undefined) return undefined;
    this.abandon(peer);
    const localIndex = this.#newIndex();
    const message = new Uint8Array(INITIATION.length);
    peer.attempt = { ...attempt, sentAt: now, localIndex, pending: made.pending, message };
    this.#byIndex.set(localIndex, peer);
    message[0] = MESSAGE_INITIATION;
    new DataView(message.buffer).setUint32(INITIATION.sender, localIndex, true);
    message.set(made.payload.ephemeral, INITIATION.ephemeral);
    message.set(made.payload.sealedStatic, INITIATION.sealedStatic);
    message.set(made.payload.sealedTimestamp, INITIATION.sealedTimestamp);
    peer.macs.write(message, INITIATION.mac1, INITIATION.mac2, now);
    return message;
  }

  /** Ends the attempt under way, if any: its index is free and its secrets are gone. */
  abandon(peer: WgPeer): void {
    if (peer.attempt === undefined) return;
    this.#byIndex.delete(peer.attempt.localIndex);
    wipePending(peer.attempt.pending);
    peer.attempt = undefined;
  }

  /** mac1 always; under load also mac2 and the share of the source. */
  admit(type: 1 | 2, message: Uint8Array, source: HandshakeSource, now: Instant): Admission {
    if (this.#identity === undefined) return { kind: 'refused', why: 'handshake: wrong mac1' };
    const layout = type === MESSAGE_INITIATION ? INITIATION : RESPONSE;
    if (!this.#identity.macs.mac1Holds(message, layout.mac1)) return { kind: 'refused', why: 'handshake: wrong mac1' };
    if (!this.#load.count(now)) return ADMITTED;
    if (!this.#identity.macs.mac2Holds(message, layout.mac2, source, now)) {
      return { kind: 'cookie', reply: this.#identity.macs.reply(message, layout.sender, layout.mac1, source, now) };
    }
    return this.#sources.allow(source.share, now) ? ADMITTED : { kind: 'refused', why: 'handshake: rate limit of its source' };
  }

  takeCookie(reply: Uint8Array, now: Instant): Refusal | undefined {
    // A cookie answers an initiation of ours, or a response: that one bears the index of its session.
    const index = readIndex(reply, COOKIE_REPLY.receiver);
    const peer = this.#byIndex.get(index) ?? this.#ownerOfSession(index);
    if (peer === undefined) return 'cookie: to nothing';
    const taken = peer.macs.take(reply, now);
    if (taken === 'taken') return undefined;
    return taken === 'to-nothing' ? 'cookie: to nothing' : 'cookie: not decryptable';
  }

  respond(message: Uint8Array, now: Instant): { peer: WgPeer; session: Session; response: Uint8Array } | Refusal {
    if (this.#identity === undefined) return 'handshake: unknown peer';
    const payload = {
      ephemeral: part(message, INITIATION.ephemeral, KEY),
      sealedStatic: part(message, INITIATION.sealedStatic, SEALED_STATIC),
      sealedTimestamp: part(message, INITIATION.sealedTimestamp, SEALED_TIMESTAMP),
    };
    const opened = openInitiation(this.#crypto, this.#identity.own, payload);
    if (opened === 'low-order') return 'handshake: low-order key';
    if (opened === 'forged') return 'handshake: not decryptable';
    const answer = this.#answer(opened, message, now);
    if (typeof answer === 'string') opened.state.wipe();
    return answer;
  }

  #answer(opened: OpenedInitiation, message: Uint8Array, now: Instant): { peer: WgPeer; session: Session; response: Uint8Array } | Refusal {
    const peer = this.peerByKey(opened.remoteStatic);
    if (peer === undefined) return 'handshake: unknown peer';
    const timestamp = opened.openTimestamp();
    if (timestamp === undefined) return 'handshake: not decryptable';
    if (!isLater(timestamp, peer.latestTimestamp)) return 'handshake: replayed timestamp';
    if (peer.lastInitiationTakenAt !== undefined && age(peer.lastInitiationTakenAt, now) < HANDSHAKE_INITIATION_RATE) return 'handshake: too soon after the last';
    const made = createResponse(this.#crypto, opened, peer.presharedKey, this.#random(KEY));
    if (made === undefined) return 'handshake: low-order key';
    peer.latestTimestamp.set(timestamp);
    peer.lastInitiationTakenAt = now;
    const localIndex = this.#newIndex();
    const remoteIndex = readIndex(message, INITIATION.sender);
    const response = new Uint8Array(RESPONSE.length);
    response[0] = MESSAGE_RESPONSE;
    const view = new DataView(response.buffer);
    view.setUint32(RESPONSE.sender, localIndex, true);
    view.setUint32(RESPONSE.receiver, remoteIndex, true);
    response.set(made.payload.ephemeral, RESPONSE.ephemeral);
    response.set(made.payload.sealedEmpty, RESPONSE.sealedEmpty);
    peer.macs.write(response, RESPONSE.mac1, RESPONSE.mac2, now);
    const session = new Session(this.#crypto, { peer: peer.id, role: 'responder', localIndex, remoteIndex, bornAt: now, keys: made.keys });
    return { peer, session, response };
  }

  complete(message: Uint8Array, now: Instant): { peer: WgPeer; session: Session; attempt: Attempt } | Refusal {
    const localIndex = readIndex(message, RESPONSE.receiver);
    const peer = this.#byIndex.get(localIndex);
    const attempt = peer?.attempt;
    if (this.#identity === undefined || peer === undefined || attempt === undefined) return 'handshake: response to nothing';
    const payload = { ephemeral: part(message, RESPONSE.ephemeral, KEY), sealedEmpty: part(message, RESPONSE.sealedEmpty, SEALED_EMPTY) };
    const keys = openResponse(this.#identity.own, attempt.pending, peer.presharedKey, payload);
    if (keys === 'low-order') return 'handshake: low-order key';
    // Everything but the preshared key is public or ours: a mac1 that holds and a tag that does not point to it.
    if (keys === 'forged') return 'handshake: wrong preshared key';
    const session = new Session(this.#crypto, { peer: peer.id, role: 'initiator', localIndex, remoteIndex: readIndex(message, RESPONSE.sender), bornAt: now, keys });
    return { peer, session, attempt };
  }

  #random(length: number): Uint8Array {
    const out = new Uint8Array(length);
    this.#rng.fill(out);
    return out;
  }

  #newIndex(): number {
    for (;;) {
      const index = this.#rng.uint32();
      if (!this.#byIndex.has(index) && this.#ownerOfSession(index) === undefined) return index;
    }
  }
}

function part(message: Uint8Array, at: number, length: number): Uint8Array {
  return message.subarray(at, at + length);
}

function readIndex(message: Uint8Array, at: number): number {
  return new DataView(message.buffer, message.byteOffset).getUint32(at, true);
}
