/**
 * A very small IP host for the inside of a tunnel: answers ICMP echo (v4, v6) and UDP echo on port 7 (RFC 862), sends
 * both and keeps account of what came back. Whole packets in, whole packets out; no fragments, no extension headers,
 * no options. Callers: the simulator's hosts and the demo's sandbox peers.
 */
import { arenaOver } from '../base/batch.ts';
import { equalIp, formatIp, type IpAddress } from '../base/ip.ts';
import { instant, type Duration, type Instant } from '../time/instant.ts';
import { internetChecksum } from '../wire/checksum.ts';
import { decodeEcho, encodeEcho, PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../wire/icmp-echo.ts';
import { createInnerHeader, readIpHeader, type InnerHeader } from '../wire/ip-packet.ts';
import { beginIpPacket, pseudoHeaderSum } from '../wire/ip-writer.ts';

export const UDP_ECHO_PORT = 7;
const PROTOCOL_UDP = 17;
const UDP_HEADER = 8;
const OUR_PORT = 40_007;
/** Dynamic ports (RFC 6335, section 6). */
const FIRST_FRESH_PORT = 49_152;
const FRESH_PORTS = 16_384;
const IDENTIFIER = 0x4d53;
/** Requests remembered; older ones count as lost. */
const OUTSTANDING = 4_096;
const REPLIES_KEPT = 1_024;
const DEFAULT_TIMEOUT: Duration = 10_000;

export interface EchoReply {
  readonly kind: 'udp' | 'ping';
  readonly from: IpAddress;
  readonly seq: number;
  readonly rttMs: Duration;
}

export interface MiniStackStats {
  /** Requests sent, replies received, requests without a reply in time. */
  sent: number;
  received: number;
  lost: number;
  /** Requests of others that were answered. */
  answered: number;
  /** Packets that were not for this stack, or not understood. */
  ignored: number;
  rttSumMs: number;
  rttMaxMs: number;
}

interface Waiting {
  readonly kind: 'udp' | 'ping';
  readonly to: IpAddress;
  readonly seq: number;
  readonly at: Instant;
}

export class MiniStack {
  readonly stats: MiniStackStats = { sent: 0, received: 0, lost: 0, answered: 0, ignored: 0, rttSumMs: 0, rttMaxMs: 0 };
  readonly #addresses: readonly IpAddress[];
  readonly #timeoutMs: Duration;
  readonly #freshPorts: boolean;
  readonly #waiting = new Map<string, Waiting>();
  readonly #header = createInnerHeader();
  #replies: EchoReply[] = [];

  /** `timeoutMs`: a request unanswered for this long is lost. `freshPorts`: each UDP echo is a flow of its own. */
  constructor(init: { readonly addresses: readonly IpAddress[]; readonly timeoutMs?: Duration; readonly freshPorts?: boolean }) {
    this.#addresses = init.addresses;
    this.#timeoutMs = init.timeoutMs ?? DEFAULT_TIMEOUT;
    this.#freshPorts = init.freshPorts ?? false;
  }

  /** Takes one packet from the tunnel and returns the packets to send back. `now` is needed to account for replies. */
  handlePacket(packet: Uint8Array, now: Instant = instant(0)): Uint8Array[] {
    const header = this.#header;
    if (readIpHeader(arenaOver(packet), 0, packet.length, header) !== 'ok' || !this.#isOurs(destinationOf(header))) {
      this.stats.ignored++;
      return [];
    }
    const whole = packet.subarray(0, header.length);
    if (header.protocol === PROTOCOL_UDP) return this.#handleUdp(whole, header, now);
    if (header.protocol === PROTOCOL_ICMP || header.protocol === PROTOCOL_ICMPV6) return this.#handleEcho(whole, header, now);
    this.stats.ignored++;
    return [];
  }

  /** A UDP echo request to port 7 of `to`, from our first address of its family. `seq`: 32 bits, unique among those waiting. */
  udpEcho(to: IpAddress, seq: number, now: Instant, filler: Uint8Array = NOTHING): Uint8Array {
    const body = new Uint8Array(4 + filler.length);
    new DataView(body.buffer).setUint32(0, seq);
    body.set(filler, 4);
    this.#expect('udp', to, seq >>> 0, now);
    const port = this.#freshPorts ? FIRST_FRESH_PORT + (seq % FRESH_PORTS) : OUR_PORT;
    return encodeUdp(this.#sourceFor(to), to, port, UDP_ECHO_PORT, body);
  }

  /** An ICMP echo request. `seq`: 16 bits, unique among those waiting. */
  ping(to: IpAddress, seq: number, now: Instant, filler: Uint8Array = NOTHING): Uint8Array {
    this.#expect('ping', to, seq & 0xffff, now);
    return encodeEcho(this.#sourceFor(to), to, { kind: 'request', identifier: IDENTIFIER, sequence: seq & 0xffff, payload: filler });
  }

  #isOurPort(port: number): boolean {
    return this.#freshPorts ? port >= FIRST_FRESH_PORT : port === OUR_PORT;
  }

  /** Counts requests as lost whose time is over. Call it now and then, and before reading `stats`. */
  expire(now: Instant): void {
    for (const [key, waiting] of this.#waiting) {
      if (waiting.at + this.#timeoutMs > now) return;
      this.#waiting.delete(key);
      this.stats.lost++;
    }
  }

  /** Requests that are neither answered nor lost yet. */
  get outstanding(): number {
    return this.#waiting.size;
  }

  /** Replies since the last call, oldest first. */
  takeReplies(): EchoReply[] {
    const taken = this.#replies;
    this.#replies = [];
    return taken;
  }

  #handleUdp(packet: Uint8Array, header: InnerHeader, now: Instant): Uint8Array[] {
    const at = header.headerLength;
    const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
    const length = at + UDP_HEADER <= packet.length ? view.getUint16(at + 4) : 0;
    if (length < UDP_HEADER || at + length > packet.length || !udpChecksumIsRight(packet, header, length)) {
      this.stats.ignored++;
      return [];
    }
    const from = sourceOf(header);
    const body = packet.subarray(at + UDP_HEADER, at + length);
    if (view.getUint16(at + 2) === UDP_ECHO_PORT) {
      this.stats.answered++;
      return [encodeUdp(destinationOf(header), from, UDP_ECHO_PORT, view.getUint16(at), body)];
    }
    if (view.getUint16(at) === UDP_ECHO_PORT && this.#isOurPort(view.getUint16(at + 2)) && body.length >= 4) {
      this.#settle('udp', from, view.getUint32(at + UDP_HEADER), now);
    } else {
      this.stats.ignored++;
    }
    return [];
  }

  #handleEcho(packet: Uint8Array, header: InnerHeader, now: Instant): Uint8Array[] {
    const echo = decodeEcho(packet, header.family, header.headerLength, header.protocol);
    if (echo === undefined) {
      this.stats.ignored++;
      return [];
    }
    const from = sourceOf(header);
    if (echo.kind === 'request') {
      this.stats.answered++;
      return [encodeEcho(destinationOf(header), from, { ...echo, kind: 'reply' })];
    }
    if (echo.identifier === IDENTIFIER) this.#settle('ping', from, echo.sequence, now);
    else this.stats.ignored++;
    return [];
  }

  #expect(kind: 'udp' | 'ping', to: IpAddress, seq: number, now: Instant): void {
    this.expire(now);
    const key = keyOf(kind, to, seq);
    if (this.#waiting.delete(key)) this.stats.lost++;
    const oldest = this.#waiting.size >= OUTSTANDING ? this.#waiting.keys().next().value : undefined;
    if (oldest !== undefined && this.#waiting.delete(oldest)) this.stats.lost++;
    this.#waiting.set(key, { kind, to, seq, at: now });
    this.stats.sent++;
  }

  #settle(kind: 'udp' | 'ping', from: IpAddress, seq: number, now: Instant): void {
    const key = keyOf(kind, from, seq);
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      this.stats.ignored++;
      return;
    }
    this.#waiting.delete(key);
    const rttMs = now - waiting.at;
    this.stats.received++;
    this.stats.rttSumMs += rttMs;
    this.stats.rttMaxMs = Math.max(this.stats.rttMaxMs, rttMs);
    if (this.#replies.length >= REPLIES_KEPT) this.#replies.shift();
    this.#replies.push({ kind, from, seq, rttMs });
  }

  #isOurs(address: IpAddress): boolean {
    return this.#addresses.some((own) => equalIp(own, address));
  }

  #sourceFor(to: IpAddress): IpAddress {
    const source = this.#addresses.find((own) => own.family === to.family);
    if (source === undefined) throw new Error(`this stack has no IPv${to.family} address to send to ${formatIp(to)} from`);
    return source;
  }
}

const NOTHING = new Uint8Array(0);

/** A whole IP packet with one UDP datagram (RFC 768), checksum included. */
export function encodeUdp(source: IpAddress, destination: IpAddress, sourcePort: number, destinationPort: number, body: Uint8Array): Uint8Array {
  const length = UDP_HEADER + body.length;
  const { packet, view, at } = beginIpPacket(source, destination, PROTOCOL_UDP, length);
  view.setUint16(at, sourcePort);
  view.setUint16(at + 2, destinationPort);
  view.setUint16(at + 4, length);
  packet.set(body, at + UDP_HEADER);
  const sum = internetChecksum(packet, at, length, pseudoHeaderSum(packet, source.family, PROTOCOL_UDP, length));
  view.setUint16(at + 6, sum === 0 ? 0xffff : sum);
  return packet;
}

function udpChecksumIsRight(packet: Uint8Array, header: InnerHeader, length: number): boolean {
  const at = header.headerLength;
  const none = packet[at + 6] === 0 && packet[at + 7] === 0;
  if (none) return header.family === 4;
  return internetChecksum(packet, at, length, pseudoHeaderSum(packet, header.family, PROTOCOL_UDP, length)) === 0;
}

function sourceOf(h: InnerHeader): IpAddress {
  return { family: h.family, w0: h.s0, w1: h.s1, w2: h.s2, w3: h.s3 };
}

function destinationOf(h: InnerHeader): IpAddress {
  return { family: h.family, w0: h.d0, w1: h.d1, w2: h.d2, w3: h.d3 };
}

function keyOf(kind: 'udp' | 'ping', a: IpAddress, seq: number): string {
  return `${kind} ${a.family} ${a.w0} ${a.w1} ${a.w2} ${a.w3} ${seq}`;
}
