/**
 * The packet filter: what may come in from peers, and what went out, so that its answers may come in. One step of the
 * packet path, after the source check; it moves and counts nothing. Pure, no allocation per packet.
 *
 * Inbound, in this order: sound headers; no multicast and no link-local destination (but 169.254.169.254); a destination
 * of ours; later fragments pass (their first one was judged). Then by protocol:
 *   TCP         what is no new connection (SYN without ACK) passes; a new one needs a rule
 *   UDP, SCTP   an answer to what we sent passes; else it needs a rule
 *   ICMP        echo replies and errors pass; else any rule that joins the two addresses
 *   TSMP        passes, to whoever consumes it: never to the system
 *   others      need a rule that names the protocol, with all ports
 * Shields-up and jailed peers: the same without any rule. Answers are remembered apart for jailed peers, and anew when
 * shields go up. Outbound everything sound passes.
 *
 * The order of the stock client, but that it lets later fragments pass before it asks whether their destination is ours.
 */
import type { Arena } from '../base/batch.ts';
import type { PeerId } from '../base/brand.ts';
import type { Refusal } from '../ports/counters.ts';
import type { DataplanePeer, FilterSetup } from '../ports/dataplane.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../wire/icmp-echo.ts';
import type { InnerHeader } from '../wire/ip-packet.ts';
import {
  createTransportHeader,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  readTransportHeader,
  TCP_ACK,
  TCP_SYN,
  type TransportHeader,
  type TransportVerdict,
} from '../wire/transport-header.ts';
import { PROTOCOL_TSMP } from '../wire/tsmp.ts';
import { ReturnCache } from './return-cache.ts';
import { RuleTable, type Rights } from './rule-table.ts';

/** `tsmp`: passes, but ends here: a TSMP message for us. */
export type FilterVerdict = 'pass' | 'tsmp' | Extract<Refusal, `filter: ${string}` | `outbound: ${string}`>;

type State =
  | { readonly kind: 'off' }
  | { readonly kind: 'block-all' }
  | { readonly kind: 'rules'; readonly table: RuleTable; readonly shieldsUp: boolean };

interface Sender {
  readonly jailed: boolean;
  readonly capabilities: readonly string[];
  /** In the table of now. */
  rights: Rights;
}

const DAMAGED: Readonly<Record<Exclude<TransportVerdict, 'ok' | 'later-fragment'>, FilterVerdict>> = {
  cut: 'filter: headers cut or out of order',
  'early-fragment': 'filter: fragment would overwrite headers',
  'routing-header': 'filter: routing header',
};
const METADATA_SERVICE = 0xa9fea9fe;

export class Filter {
  /** Of the last packet that was judged. */
  readonly transport: TransportHeader = createTransportHeader();
  readonly #senders: (Sender | undefined)[] = [];
  readonly #sent = new ReturnCache();
  readonly #sentToJailed = new ReturnCache();
  #state: State = { kind: 'off' };

  /** False: every packet passes, nobody need ask. */
  get isOn(): boolean {
    return this.#state.kind !== 'off';
  }

  set(setup: FilterSetup): void {
    const wereUp = this.#state.kind === 'rules' && this.#state.shieldsUp;
    if (setup.kind !== 'rules') {
      this.#state = setup;
      this.#sent.clear();
      this.#sentToJailed.clear();
      return;
    }
    const table = new RuleTable(setup.rules, setup.local);
    if (setup.shieldsUp && !wereUp) this.#sent.clear();
    for (const sender of this.#senders) if (sender !== undefined) sender.rights = table.rightsOf(sender.capabilities);
    this.#state = { kind: 'rules', table, shieldsUp: setup.shieldsUp };
  }

  putPeer({ id, jailed = false, capabilities = [] }: DataplanePeer): void {
    const rights = this.#state.kind === 'rules' ? this.#state.table.rightsOf(capabilities) : 0;
    this.#senders[id] = { jailed, capabilities, rights };
  }

  removePeer(id: PeerId): void {
    this.#senders[id] = undefined;
  }

  /** Of a packet from `peer`, whose `header` was read and whose source may be its. */
  inbound(arena: Arena, at: number, header: InnerHeader, peer: PeerId): FilterVerdict {
    const state = this.#state;
    if (state.kind === 'off') return 'pass';
    if (state.kind === 'block-all') return 'filter: no rules received';
    const transport = this.transport;
    const shape = readTransportHeader(arena, at, header, transport);
    if (shape !== 'ok' && shape !== 'later-fragment') return DAMAGED[shape];
    if (isMulticast(header)) return 'filter: multicast destination';
    if (isLinkLocal(header)) return 'filter: link-local destination';
    const destination = state.table.destinationOf(header);
    if (destination < 0) return 'filter: destination is not this computer';
    if (shape === 'later-fragment') return 'pass';
    const sender = this.#senders[peer];
    switch (transport.protocol) {
      case PROTOCOL_TCP:
        if ((transport.tcpFlags & (TCP_SYN | TCP_ACK)) !== TCP_SYN) return 'pass';
        break;
      case PROTOCOL_UDP:
      case PROTOCOL_SCTP:
        if (this.#cacheFor(sender).answers(header, transport)) return 'pass';
        break;
      case PROTOCOL_ICMP:
      case PROTOCOL_ICMPV6:
        if (isReplyOrError(transport)) return 'pass';
        break;
      case PROTOCOL_TSMP:
        return 'tsmp';
    }
    if (state.shieldsUp) return 'filter: shields up';
    if (sender === undefined) return 'filter: no rule allows it';
    if (sender.jailed) return 'filter: sender may only answer';
    const ports = state.table.ports(header, sender.rights, destination, transport.protocol);
    return ports.has(transport.destinationPort) ? 'pass' : 'filter: no rule allows it';
  }

  /** Of a packet of ours that goes to `peer`. */
  outbound(arena: Arena, at: number, header: InnerHeader, peer: PeerId): FilterVerdict {
    if (this.#state.kind === 'off') return 'pass';
    const transport = this.transport;
    const shape = readTransportHeader(arena, at, header, transport);
    if (shape !== 'ok' && shape !== 'later-fragment') return 'outbound: headers damaged';
    if (isMulticast(header) || isLinkLocal(header)) return 'outbound: multicast or link-local destination';
    if (shape === 'ok' && (transport.protocol === PROTOCOL_UDP || transport.protocol === PROTOCOL_SCTP)) this.#cacheFor(this.#senders[peer]).note(header, transport);
    return 'pass';
  }

  #cacheFor(peer: Sender | undefined): ReturnCache {
    return peer?.jailed === true ? this.#sentToJailed : this.#sent;
  }
}

/** Of a destination: 224.0.0.0/4, ff00::/8. */
export function isMulticast(header: InnerHeader): boolean {
  return header.family === 4 ? header.d3 >>> 28 === 0xe : header.d0 >>> 24 === 0xff;
}

/** 169.254.0.0/16 but for the address where clouds serve metadata, and fe80::/10. */
export function isLinkLocal(header: InnerHeader): boolean {
  return header.family === 4 ? header.d3 >>> 16 === 0xa9fe && header.d3 !== METADATA_SERVICE : header.d0 >>> 22 === 0x3fa;
}

/** Errors: unreachable, time exceeded, parameter problem, and packet too big of ICMPv6 (RFC 792, RFC 4443). Not a redirect. */
function isReplyOrError({ protocol, icmpType }: TransportHeader): boolean {
  if (protocol === PROTOCOL_ICMP) return icmpType === 0 || icmpType === 3 || icmpType === 11 || icmpType === 12;
  return icmpType === 129 || (icmpType >= 1 && icmpType <= 4);
}
