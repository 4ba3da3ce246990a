/**
 * Holds what leaves a tunnel against the packet filter that this host was given: each packet by the rules themselves, read
 * one by one (filter/explain.ts), and by every flow that the host has ever sent. It is more generous than the filter, which
 * forgets flows, and never stricter: what it forbids must not have come out. Callers: the World's watcher.
 */
import { arenaOver } from '../base/batch.ts';
import type { IpAddress } from '../base/ip.ts';
import { explain } from '../filter/explain.ts';
import { createInnerHeader, readIpHeader, type InnerHeader } from '../wire/ip-packet.ts';
import { createTransportHeader, PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP, readTransportHeader, TCP_ACK, TCP_SYN } from '../wire/transport-header.ts';
import { PROTOCOL_TSMP } from '../wire/tsmp.ts';
import type { SimHost } from './sim-host.ts';

export class FilterWatch {
  readonly #header = createInnerHeader();
  readonly #transport = createTransportHeader();
  /** Flows that hosts sent, as their answers look. */
  readonly #sent = new Set<string>();

  sent(from: SimHost, packet: Uint8Array): void {
    const flow = this.#read(packet);
    if (flow !== undefined) this.#sent.add(`${from.index} ${flow.protocol} ${words(flow.to)} ${flow.destinationPort} ${words(flow.from)} ${flow.sourcePort}`);
  }

  /** What is wrong with a packet that left the tunnel here. */
  complaint(to: SimHost, packet: Uint8Array): string | undefined {
    const setup = to.filter;
    if (setup.kind === 'off') return undefined;
    const flow = this.#read(packet);
    if (flow === undefined) return 'a packet that cannot be read';
    if (flow.protocol === PROTOCOL_TSMP) return 'a message between nodes';
    if (setup.kind === 'block-all') return 'a packet before any rules came';
    if (flow.protocol === PROTOCOL_TCP && (flow.tcpFlags & (TCP_SYN | TCP_ACK)) !== TCP_SYN) return undefined;
    if (flow.icmpType === 0 || flow.icmpType === 129) return undefined;
    const isAnswer = this.#sent.has(`${to.index} ${flow.protocol} ${words(flow.from)} ${flow.sourcePort} ${words(flow.to)} ${flow.destinationPort}`);
    if ((flow.protocol === PROTOCOL_UDP || flow.protocol === PROTOCOL_SCTP) && isAnswer) return undefined;
    const why = explain(setup, { ...flow, port: flow.destinationPort, jailed: false, capabilities: [] });
    return why.kind === 'denied' ? `a packet of protocol ${flow.protocol} to port ${flow.destinationPort} (${why.because})` : undefined;
  }

  #read(packet: Uint8Array): Flow | undefined {
    const arena = arenaOver(packet);
    const h = this.#header;
    if (readIpHeader(arena, 0, packet.length, h) !== 'ok' || readTransportHeader(arena, 0, h, this.#transport) !== 'ok') return undefined;
    const { protocol, sourcePort, destinationPort, tcpFlags, icmpType } = this.#transport;
    return { protocol, sourcePort, destinationPort, tcpFlags, icmpType, ...endsOf(h) };
  }
}

interface Flow {
  readonly from: IpAddress;
  readonly to: IpAddress;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly tcpFlags: number;
  readonly icmpType: number;
}

function endsOf(h: InnerHeader): { readonly from: IpAddress; readonly to: IpAddress } {
  return { from: { family: h.family, w0: h.s0, w1: h.s1, w2: h.s2, w3: h.s3 }, to: { family: h.family, w0: h.d0, w1: h.d1, w2: h.d2, w3: h.d3 } };
}

function words(a: IpAddress): string {
  return `${a.family}:${a.w0}:${a.w1}:${a.w2}:${a.w3}`;
}
