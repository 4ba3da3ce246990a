/**
 * The in-tunnel check: an ICMP echo that only this node can have sent, recognised when it returns, so that it proves
 * data both ways and measures latency without a socket of the operating system. Bounded: the newest OUTSTANDING probes
 * are remembered. A peer that answers no pings simply never produces a fact.
 */
import type { PeerId } from '../base/brand.ts';
import type { Arena } from '../base/batch.ts';
import type { IpAddress } from '../base/ip.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import type { Rng } from '../ports/rng.ts';
import type { Instant } from '../time/instant.ts';
import { decodeEcho, encodeEcho, PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../wire/icmp-echo.ts';
import type { InnerHeader } from '../wire/ip-packet.ts';

const OUTSTANDING = 1_024;
const SECRET = 16;
const PAYLOAD = SECRET + 4;

export class InTunnelProbe {
  readonly #secret = new Uint8Array(SECRET);
  readonly #identifier: number;
  readonly #sent = new Map<number, { readonly peer: PeerId; readonly at: Instant }>();

  constructor(rng: Rng) {
    rng.fill(this.#secret);
    this.#identifier = rng.uint32() & 0xffff;
  }

  /** The packet to send. A token names one outstanding probe of this node. */
  request(peer: PeerId, source: IpAddress, to: IpAddress, token: number, now: Instant): Uint8Array {
    this.#sent.delete(token);
    if (this.#sent.size >= OUTSTANDING) this.#sent.delete(this.#sent.keys().next().value!);
    this.#sent.set(token, { peer, at: now });
    const payload = new Uint8Array(PAYLOAD);
    payload.set(this.#secret);
    new DataView(payload.buffer).setUint32(SECRET, token);
    return encodeEcho(source, to, { kind: 'request', identifier: this.#identifier, sequence: token & 0xffff, payload });
  }

  /** The fact, when the packet at `at` answers one of ours and comes from the peer it was sent to. */
  match(arena: Arena, at: number, header: InnerHeader, peer: PeerId, now: Instant): Extract<DataplaneFact, { kind: 'probe-answered' }> | undefined {
    if (header.protocol !== PROTOCOL_ICMP && header.protocol !== PROTOCOL_ICMPV6) return undefined;
    if (header.length !== header.headerLength + 8 + PAYLOAD) return undefined;
    const echo = decodeEcho(arena.bytes.subarray(at, at + header.length), header.family, header.headerLength, header.protocol);
    if (echo === undefined || echo.kind !== 'reply' || echo.identifier !== this.#identifier) return undefined;
    if (!this.#secret.every((byte, i) => byte === echo.payload[i])) return undefined;
    const token = new DataView(echo.payload.buffer, echo.payload.byteOffset).getUint32(SECRET);
    const sent = this.#sent.get(token);
    if (sent === undefined || sent.peer !== peer) return undefined;
    this.#sent.delete(token);
    return { kind: 'probe-answered', peer, at: now, token, rttMs: now - sent.at };
  }
}
