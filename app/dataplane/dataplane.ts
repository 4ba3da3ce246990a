/**
 * The packet path: the only place that orders TUN, routes, WireGuard and datagrams, both ways. Pure: the same code runs
 * in the packet worker, in a sandbox peer's process and in the simulator.
 *
 *   outbound: TUN batch -> header -> route (longest prefix) -> filter -> seal in place, once -> UnderlaySink: address, relay or both
 *   inbound:  UDP batch -> WireGuard (handshakes end here) -> header -> allowed source -> filter -> OverlaySink
 *
 * What comes through a relay goes the same way in; its tag is a relay way of the endpoint table. Datagrams that are not
 * WireGuard's (disco, STUN) leave `inbound` as facts. Callers: the mover and the World.
 */
import type { Arena, PacketBatch } from '../base/batch.ts';
import { NO_ENDPOINT, type EndpointId, type PeerId } from '../base/brand.ts';
import type { EndpointTable } from '../base/endpoints.ts';
import type { IpAddress, IpEndpoint, IpPrefix } from '../base/ip.ts';
import { Filter } from '../filter/filter.ts';
import type { Counters } from '../ports/counters.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { DataplaneCommand, DataplaneFact, DataplanePeer } from '../ports/dataplane.ts';
import type { Rng } from '../ports/rng.ts';
import { PrefixTable } from '../routes/prefix-table.ts';
import type { Deadline, Machine } from '../time/deadline.ts';
import type { Instant } from '../time/instant.ts';
import { createInnerHeader, readIpHeader } from '../wire/ip-packet.ts';
import { encodeTsmpPacket } from '../wire/tsmp.ts';
import { TRANSPORT_HEADER, WireGuard, type Decapsulated, type WireGuardOutput } from '../wireguard/wireguard.ts';
import { Gate } from './gate.ts';
import { InTunnelProbe } from './in-tunnel-probe.ts';
import { SideDatagrams } from './side-datagrams.ts';

/** `rebind` is for the mover, which owns the socket. */
export type DataplaneInput = Exclude<DataplaneCommand, { readonly kind: 'rebind' }>;
export type DataplaneOutput = WireGuardOutput;

/** Takes sealed datagrams. The bytes are valid only during the call. */
export interface UnderlaySink {
  /**
   * Where the datagram for the inner packet at [at, at + length) is to be written in the same arena: `inPlace(at)`, or
   * room for length + SEALED_EXTRA bytes elsewhere (a mover that gathers datagrams for one system call).
   */
  place(at: number, length: number): number;
  datagram(arena: Arena, offset: number, length: number, endpoint: EndpointId): void;
  /** The same datagram for a node behind a relay region: to be copied, as it may go to an address by `datagram` next. */
  relayed(arena: Arena, offset: number, length: number, region: number, peer: PeerId): void;
}

/** Bytes that sealing can add: header, padding, tag. */
export const SEALED_EXTRA = TRANSPORT_HEADER + 15 + 16;

/** `place` of a sink that sends from where the packet lies, using its slot's headroom. */
export function inPlace(at: number): number {
  return at - TRANSPORT_HEADER;
}

/** Takes authentic inner packets from a peer that may send from their source. Valid only during the call. */
export interface OverlaySink {
  packet(arena: Arena, offset: number, length: number, peer: PeerId): void;
}

export interface DataplaneInit {
  readonly crypto: Crypto;
  readonly rng: Rng;
  readonly endpoints: EndpointTable;
  readonly counters: Counters;
}

const DEFAULT_MTU = 1_420;

export class Dataplane implements Machine<DataplaneInput, DataplaneOutput> {
  readonly #wireguard: WireGuard;
  readonly #endpoints: EndpointTable;
  readonly #counters: Counters;
  readonly #routes = new PrefixTable<PeerId>();
  readonly #prefixes = new Map<PeerId, readonly IpPrefix[]>();
  readonly #probe: InTunnelProbe;
  readonly #filter = new Filter();
  readonly #gate: Gate;
  readonly #facts: DataplaneFact[] = [];
  readonly #transmits: WireGuardOutput[] = [];
  readonly #header = createInnerHeader();
  readonly #opened: Decapsulated = { peer: 0 as PeerId, offset: 0, length: 0 };
  #addresses: readonly IpAddress[] = [];
  #mtu = DEFAULT_MTU;

  constructor(init: DataplaneInit) {
    const fact = (made: DataplaneFact): void => void this.#facts.push(made);
    const side = new SideDatagrams({ endpoints: init.endpoints, counters: init.counters, fact });
    this.#wireguard = new WireGuard({ ...init, notWireGuards: (arena, offset, length, from, now) => side.take(arena, offset, length, from, now) });
    this.#endpoints = init.endpoints;
    this.#counters = init.counters;
    this.#probe = new InTunnelProbe(init);
    this.#gate = new Gate({
      filter: this.#filter,
      counters: init.counters,
      send: (peer, packet, now) => this.#wireguard.send(peer, packet, undefined, now),
      fact,
    });
  }

  handle(input: DataplaneInput, now: Instant): void {
    switch (input.kind) {
      case 'identity':
        this.#addresses = input.addresses;
        this.#mtu = input.mtu;
        this.#wireguard.handle(input, now);
        return;
      case 'put-peer':
        this.#setPrefixes(input.peer);
        this.#filter.putPeer(input.peer);
        this.#wireguard.handle(input, now);
        return;
      case 'remove-peer':
        this.#clearPrefixes(input.peer);
        this.#filter.removePeer(input.peer);
        this.#gate.forget(input.peer);
        this.#wireguard.handle(input, now);
        this.#facts.push({ kind: 'peer-removed', peer: input.peer, at: now });
        return;
      case 'set-filter':
        this.#filter.set(input.filter);
        return;
      case 'probe':
        this.#sendProbe(input, now);
        return;
      case 'tell-disco-key':
        this.#tellDiscoKey(input.peer, input.to, input.key, now);
        return;
      case 'send-datagram':
        this.#sendDatagram(input.to, input.bytes);
        return;
      case 'wall-clock':
      case 'set-endpoint':
      case 'set-path':
      case 'initiate':
      case 'forget-sessions':
        this.#wireguard.handle(input, now);
        return;
      default:
        return input satisfies never;
    }
  }

  poll(): DataplaneOutput | undefined {
    const fact = this.#facts.shift();
    if (fact !== undefined) return { kind: 'fact', fact };
    return this.#transmits.shift() ?? this.#wireguard.poll();
  }

  nextDeadline(): Deadline | undefined {
    return this.#wireguard.nextDeadline();
  }

  expire(now: Instant): void {
    this.#wireguard.expire(now);
  }

  /** Seals each packet of a TUN batch in place (HEADROOM and TAILROOM of its slot are used) and hands it to the sink. */
  outbound(batch: PacketBatch, now: Instant, sink: UnderlaySink): void {
    const header = this.#header;
    const gate = this.#filter.isOn ? this.#gate : undefined;
    for (let i = 0; i < batch.count; i++) {
      const at = batch.offset[i]!;
      if (readIpHeader(batch.arena, at, batch.length[i]!, header) !== 'ok') {
        this.#counters.refuse('outbound: not IP');
        continue;
      }
      if (header.length > this.#mtu) {
        this.#counters.refuse('outbound: larger than the MTU');
        continue;
      }
      const peer = this.#routes.lookup(header.family, header.d0, header.d1, header.d2, header.d3);
      if (peer === undefined) {
        this.#counters.refuse('outbound: no peer for destination');
        continue;
      }
      if (gate !== undefined && !gate.letsOut(batch.arena, at, header, peer)) continue;
      const to = sink.place(at, header.length);
      const length = this.#wireguard.encap(peer, batch.arena, at, header.length, to, now);
      if (length === 0) continue;
      const { endpoint, relay } = this.#wireguard.waysOf(peer)!;
      if (relay !== undefined) sink.relayed(batch.arena, to, length, relay, peer);
      if (endpoint !== NO_ENDPOINT) sink.datagram(batch.arena, to, length, endpoint);
    }
  }

  /** Takes a batch of datagrams (tag = EndpointId), opens data in place, and hands allowed inner packets to the sink. */
  inbound(batch: PacketBatch, now: Instant, sink: OverlaySink): void {
    const opened = this.#opened;
    const header = this.#header;
    const gate = this.#filter.isOn ? this.#gate : undefined;
    for (let i = 0; i < batch.count; i++) {
      const from = batch.tag[i] as EndpointId;
      if (!this.#wireguard.receive(batch.arena, batch.offset[i]!, batch.length[i]!, from, now, opened)) continue;
      const verdict = readIpHeader(batch.arena, opened.offset, opened.length, header);
      if (verdict !== 'ok') {
        this.#counters.refuse(verdict === 'not-ip' ? 'inner: not IP' : 'inner: length wrong');
        continue;
      }
      if (this.#routes.lookup(header.family, header.s0, header.s1, header.s2, header.s3) !== opened.peer) {
        this.#counters.refuse('inner: source not allowed');
        continue;
      }
      const answer = this.#probe.match(batch.arena, opened.offset, header, opened.peer, from, now);
      if (answer !== undefined) {
        this.#facts.push(answer);
        continue;
      }
      if (gate !== undefined && !gate.letsIn(batch.arena, opened.offset, header, opened.peer, now)) continue;
      sink.packet(batch.arena, opened.offset, header.length, opened.peer);
    }
  }

  #sendProbe({ peer, to, token, form = 'echo', via }: Extract<DataplaneInput, { kind: 'probe' }>, now: Instant): void {
    const source = this.#addresses.find((address) => address.family === to.family);
    if (source === undefined || !this.#wireguard.hasPeer(peer)) return;
    // A direct way is asked whether it bears what the tunnel may send: one that only lets small packets pass is none.
    const size = via?.kind === 'direct' ? this.#mtu : 0;
    this.#wireguard.send(peer, this.#probe.request(peer, source, to, token, { form, size }, now), via, now);
  }

  #tellDiscoKey(peer: PeerId, to: IpAddress, key: Uint8Array, now: Instant): void {
    const source = this.#addresses.find((address) => address.family === to.family);
    if (source !== undefined && this.#wireguard.hasPeer(peer)) this.#wireguard.send(peer, encodeTsmpPacket(source, to, { kind: 'disco-key', key }), undefined, now);
  }

  #sendDatagram(to: IpEndpoint, bytes: Uint8Array): void {
    const endpoint = this.#endpoints.internEndpoint(to);
    if (endpoint === NO_ENDPOINT) this.#counters.refuse('underlay: system refused to send');
    else this.#transmits.push({ kind: 'transmit', endpoint, bytes });
  }

  #setPrefixes(peer: DataplanePeer): void {
    this.#clearPrefixes(peer.id);
    for (const prefix of peer.allowedIps) {
      const before = this.#routes.set(prefix, peer.id);
      if (before !== undefined && before !== peer.id) this.#disown(before);
    }
    this.#prefixes.set(peer.id, peer.allowedIps);
  }

  #clearPrefixes(peer: PeerId): void {
    for (const prefix of this.#prefixes.get(peer) ?? []) {
      if (this.#routes.get(prefix) === peer) this.#routes.delete(prefix);
    }
    this.#prefixes.delete(peer);
  }

  /** A prefix moved to another peer (as in wg: the last one set has it). */
  #disown(peer: PeerId): void {
    this.#prefixes.set(peer, (this.#prefixes.get(peer) ?? []).filter((prefix) => this.#routes.get(prefix) === peer));
  }
}
