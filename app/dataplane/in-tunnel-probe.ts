/**
 * The in-tunnel check: a question that only its receiver can answer, recognised when the answer returns, so that it proves
 * data both ways and measures latency without a socket of the operating system. An ICMP echo, or a TSMP ping. Each carries
 * random bytes of its own: no answer can be given to a question that did not arrive. Bounded: the newest OUTSTANDING are
 * remembered. A peer that answers none simply never produces a fact. Caller: the Dataplane.
 */
import type { EndpointId, PeerId } from '../base/brand.ts';
import type { Arena } from '../base/batch.ts';
import type { EndpointTable } from '../base/endpoints.ts';
import type { IpAddress } from '../base/ip.ts';
import { isReject } from '../base/reject.ts';
import type { DataplaneFact } from '../ports/dataplane.ts';
import type { Rng } from '../ports/rng.ts';
import type { Instant } from '../time/instant.ts';
import { decodeEcho, encodeEcho, PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../wire/icmp-echo.ts';
import type { InnerHeader } from '../wire/ip-packet.ts';
import { decodeTsmp, encodeTsmpPacket, PROTOCOL_TSMP } from '../wire/tsmp.ts';

const OUTSTANDING = 1_024;
const ECHO_HEADER = 8;
/** Random bytes of an echo, and of a TSMP ping, which has room for no more. */
const ECHO_SECRET = 20;
const TSMP_SECRET = 8;
/** A pong: its letter and our bytes at least, a port and a little more of later programs at most. */
const LONGEST_PONG = 64;

export type ProbeForm = 'echo' | 'tsmp';
type Answered = Extract<DataplaneFact, { kind: 'probe-answered' }>;

interface Sent {
  readonly peer: PeerId;
  readonly token: number;
  readonly at: Instant;
  readonly secret: Uint8Array;
}

export class InTunnelProbe {
  readonly #rng: Rng;
  readonly #endpoints: EndpointTable;
  readonly #identifier: number;
  /** By the first word of the secret. */
  readonly #sent = new Map<number, Sent>();

  constructor(init: { readonly rng: Rng; readonly endpoints: EndpointTable }) {
    this.#rng = init.rng;
    this.#endpoints = init.endpoints;
    this.#identifier = init.rng.uint32() & 0xffff;
  }

  /** The packet to send. `token` is told with the answer, and never sent. `size`: a TSMP ping is filled up to so many bytes. */
  request(peer: PeerId, source: IpAddress, to: IpAddress, token: number, { form, size }: { readonly form: ProbeForm; readonly size: number }, now: Instant): Uint8Array {
    const secret = new Uint8Array(form === 'echo' ? ECHO_SECRET : TSMP_SECRET);
    this.#rng.fill(secret);
    if (this.#sent.size >= OUTSTANDING) this.#sent.delete(this.#sent.keys().next().value!);
    this.#sent.set(firstWord(secret), { peer, token, at: now, secret });
    if (form === 'tsmp') return encodeTsmpPacket(source, to, { kind: 'ping', data: secret }, size);
    return encodeEcho(source, to, { kind: 'request', identifier: this.#identifier, sequence: token & 0xffff, payload: secret });
  }

  /** The fact, when the packet at `at` answers one of ours and comes from the peer it was sent to. `from`: the way it came. */
  match(arena: Arena, at: number, header: InnerHeader, peer: PeerId, from: EndpointId, now: Instant): Answered | undefined {
    switch (header.protocol) {
      case PROTOCOL_ICMP:
      case PROTOCOL_ICMPV6:
        return header.length === header.headerLength + ECHO_HEADER + ECHO_SECRET ? this.#take(this.#echo(arena, at, header), peer, from, now) : undefined;
      case PROTOCOL_TSMP:
        return header.length <= header.headerLength + LONGEST_PONG ? this.#take(pong(arena, at, header), peer, from, now) : undefined;
      default:
        return undefined;
    }
  }

  #echo(arena: Arena, at: number, header: InnerHeader): Uint8Array | undefined {
    const echo = decodeEcho(arena.bytes.subarray(at, at + header.length), header.family, header.headerLength, header.protocol);
    return echo?.kind === 'reply' && echo.identifier === this.#identifier ? echo.payload : undefined;
  }

  #take(secret: Uint8Array | undefined, peer: PeerId, from: EndpointId, now: Instant): Answered | undefined {
    if (secret === undefined) return undefined;
    const key = firstWord(secret);
    const sent = this.#sent.get(key);
    if (sent === undefined || sent.peer !== peer || sent.secret.length !== secret.length || !sent.secret.every((byte, i) => byte === secret[i])) return undefined;
    const via = this.#endpoints.via(from);
    if (via === undefined) return undefined;
    this.#sent.delete(key);
    return { kind: 'probe-answered', peer, at: now, token: sent.token, rttMs: now - sent.at, via };
  }
}

function pong(arena: Arena, at: number, header: InnerHeader): Uint8Array | undefined {
  const message = decodeTsmp(arena, at + header.headerLength, header.length - header.headerLength);
  return isReject(message) || message.kind !== 'pong' ? undefined : message.data;
}

function firstWord(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(0);
}
