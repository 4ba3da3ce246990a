/**
 * What WireGuard keeps for one peer: keys, session slots, the handshake under way, packets that wait, instants of what
 * was last sent and heard, and the timers. Data with its small invariants; `wireguard.ts` and `timers.ts` decide.
 */
import { NO_ENDPOINT, type EndpointId, type PeerId } from '../base/brand.ts';
import type { IpEndpoint } from '../base/ip.ts';
import type { Via } from '../base/via.ts';
import { RingQueue } from '../base/ring.ts';
import type { PendingInitiation } from '../noise/ikpsk2.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { Roaming } from '../ports/dataplane.ts';
import type { Duration, Instant } from '../time/instant.ts';
import { TimerTable } from '../time/timer-table.ts';
import { STAGED_PACKETS, SUSPECT_AFTER } from './constants.ts';
import { MacWriter } from './cookies.ts';
import type { Session } from './session.ts';
import { TIMESTAMP } from './tai64n.ts';

/** Every reason for which a peer wakes us. */
export const PEER_TIMERS = ['retransmit handshake', 'passive keepalive', 'suspect', 'unanswered data', 'persistent keepalive', 'erase keys', 'asked too soon'] as const;
export type PeerTimer = (typeof PEER_TIMERS)[number];

/** A handshake that we began and that is not answered yet. */
export interface Attempt {
  readonly startedAt: Instant;
  readonly count: number;
  readonly sentAt: Instant;
  readonly localIndex: number;
  readonly pending: PendingInitiation;
  /** As it was sent. */
  readonly message: Uint8Array;
}

/** An inner packet that waits for a session. */
export interface Staged {
  readonly packet: Uint8Array;
  /** By this way only; undefined: by the peer's own. */
  readonly via: Via | undefined;
}

export class WgPeer {
  readonly id: PeerId;
  readonly publicKey: Uint8Array;
  readonly presharedKey: Uint8Array;
  readonly macs: MacWriter;
  readonly timers = new TimerTable<PeerTimer>(PEER_TIMERS, 'peer');
  readonly staged = new RingQueue<Staged>(STAGED_PACKETS);
  /** The greatest TAI64N ever accepted from this key. Outlives sessions. */
  readonly latestTimestamp = new Uint8Array(TIMESTAMP);
  /** The address its packets go to; moved by `ways.ts` only. */
  endpoint: EndpointId = NO_ENDPOINT;
  /** The relay region its packets go through, instead or as well. Chosen peers only. */
  relay: number | undefined;
  /** Of chosen peers: the way that the last `arrival` told, and when. */
  arrivedBy: EndpointId = NO_ENDPOINT;
  arrivalToldAt: Instant | undefined;
  /** When data of ours for it came last. Chosen peers only. */
  usedAt: Instant | undefined;
  /** Of the last put-peer: only a change of it moves a peer that roamed. */
  configuredEndpoint: IpEndpoint | undefined;
  roaming: Roaming;
  persistentKeepaliveMs: Duration;

  // Whitepaper 6: three sessions. `next` is a responder's that has not received yet: it must not send on it.
  current: Session | undefined;
  previous: Session | undefined;
  next: Session | undefined;
  /** To receive on what was sent before both sides renewed at once; never sent on. */
  late: Session | undefined;

  attempt: Attempt | undefined;
  /** A handshake was wanted and given up; cleared by anything authentic. */
  gaveUpAt: Instant | undefined;
  /** When the silence began that a given-up attempt ended in; cleared by anything authentic. */
  silentSince: Instant | undefined;
  lastInitiationSentAt: Instant | undefined;
  /** Somebody asked for a session within REKEY_TIMEOUT of the last initiation: it goes out when that is over. */
  askedAt: Instant | undefined;
  /** A session was to begin, and no way was known. */
  wanted = false;
  /** A waiting handshake went out again, unchanged. */
  resentAt: Instant | undefined;
  lastInitiationTakenAt: Instant | undefined;
  lastAuthenticAt: Instant | undefined;
  /** Of any authenticated packet, both ways: persistent keepalive counts from here. */
  lastTraversalAt: Instant | undefined;
  /** When the first data went out that nothing authentic has answered yet. */
  unansweredSince: Instant | undefined;
  /** When data came in that we have not answered by sending anything. */
  keepaliveOwedSince: Instant | undefined;
  suspectTold = false;
  suspectAfter: Duration = SUSPECT_AFTER;

  constructor(init: { id: PeerId; crypto: Crypto; publicKey: Uint8Array; presharedKey: Uint8Array | undefined; roaming: Roaming; persistentKeepaliveMs: Duration }) {
    this.id = init.id;
    this.publicKey = init.publicKey.slice();
    this.presharedKey = init.presharedKey?.slice() ?? new Uint8Array(32);
    this.macs = new MacWriter(init.crypto, this.publicKey);
    this.roaming = init.roaming;
    this.persistentKeepaliveMs = init.persistentKeepaliveMs;
  }

  get hasWay(): boolean {
    return this.endpoint !== NO_ENDPOINT || this.relay !== undefined;
  }
}
