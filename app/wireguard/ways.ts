/**
 * The ways to a peer: where its packets go, who may change that, and on which way it was heard. A peer that is followed has
 * one, the source of its last authentic packet. A peer whose path is chosen has what `set-path` says: an address, a relay
 * region, both or neither; nothing that arrives changes it, whatever a relay or a stranger says. It sends messages of our
 * own making along them. It seals nothing and knows no session. Caller: `wireguard.ts`.
 */
import { NO_ENDPOINT, type EndpointId, type PeerId } from '../base/brand.ts';
import type { EndpointTable } from '../base/endpoints.ts';
import { equalIp, type IpEndpoint } from '../base/ip.ts';
import type { Via } from '../base/via.ts';
import type { Counters } from '../ports/counters.ts';
import { age, type Instant } from '../time/instant.ts';
import { ACTIVE_AFTER, ARRIVAL_EVERY, RESEND_EVERY } from './constants.ts';
import type { Outputs } from './outputs.ts';
import type { WgPeer } from './peer.ts';

export class Ways {
  readonly #endpoints: EndpointTable;
  readonly #counters: Counters;
  readonly #outputs: Outputs;

  constructor(endpoints: EndpointTable, counters: Counters, outputs: Outputs) {
    this.#endpoints = endpoints;
    this.#counters = counters;
    this.#outputs = outputs;
  }

  // ---- where packets go

  /** Roaming: only authenticated packets come here. A relay way is never followed: what it says of its sender is not proved. */
  follow(peer: WgPeer, endpoint: EndpointId, now: Instant): void {
    if (peer.roaming !== 'follow' || endpoint === peer.endpoint || endpoint === NO_ENDPOINT) return;
    this.moveTo(peer, endpoint, now);
  }

  /** Tells of it. Not to a relay way. */
  moveTo(peer: WgPeer, endpoint: EndpointId, now: Instant): void {
    const next = this.#endpoints.get(endpoint);
    const previous = this.#endpoints.get(peer.endpoint);
    if (next === undefined || endpoint === peer.endpoint) return;
    this.setEndpoint(peer, endpoint);
    const silentForMs = peer.lastAuthenticAt === undefined ? 0 : age(peer.lastAuthenticAt, now);
    this.#outputs.fact({ kind: 'endpoint', peer: peer.id, at: now, endpoint: next, previous, silentForMs });
  }

  setEndpoint(peer: WgPeer, endpoint: EndpointId): void {
    this.#endpoints.pin(endpoint);
    this.#endpoints.unpin(peer.endpoint);
    peer.endpoint = endpoint;
  }

  /** Of a peer whose path is chosen. A handshake that waits for an answer goes out by each way that is new, as it was made. */
  setPath(peer: WgPeer, direct: IpEndpoint | undefined, relay: number | undefined): void {
    const before = peer.endpoint;
    const endpoint = direct === undefined ? NO_ENDPOINT : this.#endpoints.internEndpoint(direct);
    const newRelay = relay !== peer.relay;
    if (endpoint !== before) this.setEndpoint(peer, endpoint);
    peer.relay = relay;
    const message = peer.attempt?.message;
    if (message === undefined) return;
    if (endpoint !== before && endpoint !== NO_ENDPOINT) this.#outputs.push({ kind: 'transmit', endpoint, bytes: message });
    if (newRelay && relay !== undefined) this.#outputs.push({ kind: 'relay', region: relay, peer: peer.id, bytes: message });
  }

  /** The peer is gone, or is another one now. */
  forget(peer: WgPeer): void {
    this.setEndpoint(peer, NO_ENDPOINT);
    this.#noteArrival(peer, NO_ENDPOINT);
    peer.relay = undefined;
  }

  /** Followed from now on: what was chosen for it ends. */
  leaveToFollow(peer: WgPeer): void {
    peer.relay = undefined;
    this.#noteArrival(peer, NO_ENDPOINT);
  }

  // ---- what is told of them

  /** Data of ours for this peer. */
  used(peer: WgPeer, now: Instant): void {
    const { usedAt } = peer;
    peer.usedAt = now;
    if (usedAt === undefined || age(usedAt, now) >= ACTIVE_AFTER) this.#outputs.fact({ kind: 'active', peer: peer.id, at: now });
  }

  /** An authentic packet of a peer whose path is chosen came by another way than the one that was told last. */
  arrived(peer: WgPeer, endpoint: EndpointId, now: Instant): void {
    if (peer.arrivalToldAt !== undefined && age(peer.arrivalToldAt, now) < ARRIVAL_EVERY) return;
    const via = this.#endpoints.via(endpoint);
    if (via === undefined) return;
    peer.arrivalToldAt = now;
    this.#noteArrival(peer, endpoint);
    this.#outputs.fact({ kind: 'arrival', peer: peer.id, at: now, via });
  }

  // ---- messages of our own making

  /** By every way of the peer. */
  send(peer: WgPeer, bytes: Uint8Array): void {
    if (!peer.hasWay) this.#counters.refuse('outbound: peer has no endpoint');
    if (peer.endpoint !== NO_ENDPOINT) this.#outputs.push({ kind: 'transmit', endpoint: peer.endpoint, bytes });
    if (peer.relay !== undefined) this.#outputs.push({ kind: 'relay', region: peer.relay, peer: peer.id, bytes });
  }

  /** The handshake that waits, as it was made: somebody has cause to think that it would be heard now. No new initiation, which
   *  would come too soon: who has read it refuses it. */
  resend(peer: WgPeer, now: Instant): void {
    const attempt = peer.attempt;
    if (attempt === undefined || peer.roaming !== 'chosen' || age(peer.resentAt ?? attempt.sentAt, now) < RESEND_EVERY) return;
    peer.resentAt = now;
    this.send(peer, attempt.message);
  }

  /** By this way only, whatever the path is. */
  sendVia(peer: PeerId, via: Via, bytes: Uint8Array): void {
    if (via.kind === 'relay') this.#outputs.push({ kind: 'relay', region: via.region, peer, bytes });
    else this.answer(this.#endpoints.internEndpoint(via.endpoint), bytes);
  }

  /** Back on the way on which something came. */
  answer(endpoint: EndpointId, bytes: Uint8Array): void {
    const relay = this.#endpoints.relayOf(endpoint);
    if (relay !== undefined) this.#outputs.push({ kind: 'relay', ...relay, bytes });
    else if (endpoint !== NO_ENDPOINT) this.#outputs.push({ kind: 'transmit', endpoint, bytes });
    else this.#counters.refuse('outbound: peer has no endpoint');
  }

  /** Back on the way on which it came, and for a chosen peer by its ways too: what came straight from it need not go straight back. */
  answerPeer(peer: WgPeer, endpoint: EndpointId, bytes: Uint8Array): void {
    this.answer(endpoint, bytes);
    if (peer.roaming !== 'chosen') return;
    if (peer.endpoint !== NO_ENDPOINT && peer.endpoint !== endpoint) this.#outputs.push({ kind: 'transmit', endpoint: peer.endpoint, bytes });
    const came = this.#endpoints.relayOf(endpoint);
    if (peer.relay !== undefined && (came?.region !== peer.relay || came.peer !== peer.id)) this.#outputs.push({ kind: 'relay', region: peer.relay, peer: peer.id, bytes });
  }

  /** Pinned, so that the slot is not given to another address between two packets. */
  #noteArrival(peer: WgPeer, endpoint: EndpointId): void {
    this.#endpoints.pin(endpoint);
    this.#endpoints.unpin(peer.arrivedBy);
    peer.arrivedBy = endpoint;
  }
}

export function sameEndpoint(a: IpEndpoint, b: IpEndpoint | undefined): boolean {
  return b !== undefined && a.port === b.port && equalIp(a.address, b.address);
}
