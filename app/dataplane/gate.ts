/**
 * What stands between the tunnel and this computer when a control server is used: asks the filter, counts what it refuses,
 * and ends the messages that nodes send each other inside the tunnel (TSMP). It answers a ping, tells the sender of a
 * refused IPv4 connection why, and turns a peer's own refusals, and its disco key, into facts. Bounded: at most ANSWERS_PER_SECOND packets a
 * second go out by its own doing, and one fact of a kind a second and peer. Caller: the Dataplane, only while the filter is on.
 */
import type { Arena } from '../base/batch.ts';
import type { PeerId } from '../base/brand.ts';
import type { IpAddress } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import type { Filter, FilterVerdict } from '../filter/filter.ts';
import type { Counters, Refusal } from '../ports/counters.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import { age, type Duration, type Instant } from '../time/instant.ts';
import type { InnerHeader } from '../wire/ip-packet.ts';
import { PROTOCOL_TCP, TCP_ACK, TCP_SYN } from '../wire/transport-header.ts';
import { decodeTsmp, encodeTsmpPacket, type TsmpMessage, type TsmpRejectReason } from '../wire/tsmp.ts';

/** Ours. */
export const ANSWERS_PER_SECOND = 100;
const SECOND: Duration = 1_000;

export interface GateInit {
  readonly filter: Filter;
  readonly counters: Counters;
  /** Sends a whole inner packet of ours to this peer. */
  readonly send: (peer: PeerId, packet: Uint8Array, now: Instant) => void;
  readonly fact: (fact: DataplaneFact) => void;
}

const REFUSED_BY_PEER: Readonly<Record<TsmpRejectReason, Refusal>> = {
  rules: 'refused by peer: its rules',
  'shields-up': 'refused by peer: its shields are up',
  'forwarding-off': 'refused by peer: it forwards nothing',
  'host-firewall': 'refused by peer: its firewall',
  'unknown-destination': 'refused by peer: it does not know the destination',
  unknown: 'refused by peer: unknown reason',
};

export class Gate {
  readonly #init: GateInit;
  readonly #toldAt = new Map<PeerId, Instant>();
  readonly #keyAt = new Map<PeerId, Instant>();
  #second: Instant | undefined;
  #answers = 0;

  constructor(init: GateInit) {
    this.#init = init;
  }

  /** True when this packet from `peer` may go on to the system. */
  letsIn(arena: Arena, at: number, header: InnerHeader, peer: PeerId, now: Instant): boolean {
    const { filter, counters } = this.#init;
    const verdict = filter.inbound(arena, at, header, peer);
    if (verdict === 'pass') return true;
    if (verdict === 'tsmp') {
      this.#take(decodeTsmp(arena, filter.transport.at, filter.transport.length), header, peer, now);
      return false;
    }
    counters.refuse(verdict);
    this.#explain(verdict, header, peer, now);
    return false;
  }

  /** True when this packet of ours may go to `peer`. */
  letsOut(arena: Arena, at: number, header: InnerHeader, peer: PeerId): boolean {
    const verdict = this.#init.filter.outbound(arena, at, header, peer);
    if (verdict === 'pass' || verdict === 'tsmp') return true;
    this.#init.counters.refuse(verdict);
    return false;
  }

  forget(peer: PeerId): void {
    this.#toldAt.delete(peer);
    this.#keyAt.delete(peer);
  }

  #take(message: ReturnType<typeof decodeTsmp>, header: InnerHeader, peer: PeerId, now: Instant): void {
    if (isReject(message)) {
      this.#init.counters.refuse('tsmp: not understood');
      return;
    }
    switch (message.kind) {
      case 'ping':
        this.#answer({ kind: 'pong', data: message.data, apiPort: undefined }, header, peer, now);
        return;
      case 'reject':
        this.#refusedByPeer(message, peer, now);
        return;
      case 'disco-key':
        this.#toldKey(message.key, peer, now);
        return;
      case 'pong':
        // An answer to a question of ours was taken before; nobody asked for this one.
        return;
      default:
        return message satisfies never;
    }
  }

  /** A new TCP connection over IPv4 that the rules refuse: its sender is told, so that its user need not wait for a time-out. */
  #explain(verdict: FilterVerdict, header: InnerHeader, peer: PeerId, now: Instant): void {
    const { protocol, sourcePort, destinationPort, tcpFlags } = this.#init.filter.transport;
    const byRule = verdict === 'filter: no rule allows it' || verdict === 'filter: sender may only answer';
    if (!byRule && verdict !== 'filter: shields up') return;
    if (header.family !== 4 || protocol !== PROTOCOL_TCP || (tcpFlags & (TCP_SYN | TCP_ACK)) !== TCP_SYN) return;
    this.#answer({ kind: 'reject', protocol, reason: byRule ? 'rules' : 'shields-up', sourcePort, destinationPort, maybeBroken: false }, header, peer, now);
  }

  #refusedByPeer({ reason, protocol, sourcePort, destinationPort }: Extract<TsmpMessage, { kind: 'reject' }>, peer: PeerId, now: Instant): void {
    this.#init.counters.refuse(REFUSED_BY_PEER[reason]);
    const told = this.#toldAt.get(peer);
    if (told !== undefined && age(told, now) < SECOND) return;
    this.#toldAt.set(peer, now);
    this.#init.fact({ kind: 'flow-refused', peer, at: now, reason, protocol, sourcePort, destinationPort });
  }

  #toldKey(key: Uint8Array, peer: PeerId, now: Instant): void {
    const told = this.#keyAt.get(peer);
    if (told !== undefined && age(told, now) < SECOND) {
      this.#init.counters.refuse('tsmp: more than are answered');
      return;
    }
    this.#keyAt.set(peer, now);
    this.#init.fact({ kind: 'disco-key', peer, at: now, key });
  }

  #answer(message: TsmpMessage, { family, s0, s1, s2, s3, d0, d1, d2, d3 }: InnerHeader, peer: PeerId, now: Instant): void {
    if (this.#second === undefined || age(this.#second, now) >= SECOND) {
      this.#second = now;
      this.#answers = 0;
    }
    if (this.#answers >= ANSWERS_PER_SECOND) {
      this.#init.counters.refuse('tsmp: more than are answered');
      return;
    }
    this.#answers++;
    const us: IpAddress = { family, w0: d0, w1: d1, w2: d2, w3: d3 };
    const them: IpAddress = { family, w0: s0, w1: s1, w2: s2, w3: s3 };
    this.#init.send(peer, encodeTsmpPacket(us, them, message), now);
  }
}
