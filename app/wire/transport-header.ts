/**
 * Reads what a packet filter asks about: the upper protocol of an IP packet, its ports, TCP flags or ICMP type. It works on
 * a packet whose fixed header was read and is sound (ip-packet.ts), into a caller-owned object: no allocation, no throw.
 *
 * IPv6 extension headers (RFC 8200): hop-by-hop (only in first place), destination options and fragment headers are
 * walked, at most HEADERS_AT_MOST of them. A routing header is refused: it names destinations other than the one that is
 * checked. What else follows (ESP, AH, mobility) counts as the upper protocol itself.
 * Fragments: the first must hold the whole transport header, and a later one may not begin so early that it could
 * overwrite one when the system joins them (RFC 1858, RFC 3128). Options of IPv4 are skipped by its header length.
 */
import type { Arena } from '../base/batch.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from './icmp-echo.ts';
import type { InnerHeader } from './ip-packet.ts';

export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_SCTP = 132;

export const TCP_SYN = 0x02;
export const TCP_ACK = 0x10;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const DESTINATION_OPTIONS = 60;
const HEADERS_AT_MOST = 8;
/** Bytes into the payload before which no later fragment begins: the largest IPv4 header and a TCP header. */
const EARLIEST_FRAGMENT = 80;
/** Bytes that must be there: RFC 9293, 768, 9260, 792, 4443. */
const TCP_HEADER = 20;
const UDP_HEADER = 8;
const SCTP_HEADER = 12;
const ICMP_HEADER = 8;
const ICMPV6_HEADER = 4;

export interface TransportHeader {
  /** The upper protocol, behind extension headers. */
  protocol: number;
  /** Of TCP, UDP and SCTP; else 0. */
  sourcePort: number;
  destinationPort: number;
  /** Of TCP: the flags byte. */
  tcpFlags: number;
  /** Of ICMP in its own family: -1 else. */
  icmpType: number;
  /** Where the upper protocol's bytes begin in the arena, and how many there are. */
  at: number;
  length: number;
}

/** later-fragment: no header of an upper protocol is in this packet, and there need be none. The others are refusals. */
export type TransportVerdict = 'ok' | 'later-fragment' | 'cut' | 'early-fragment' | 'routing-header';

export function createTransportHeader(): TransportHeader {
  return { protocol: 0, sourcePort: 0, destinationPort: 0, tcpFlags: 0, icmpType: -1, at: 0, length: 0 };
}

/** Of the packet at `at`, whose `header` was read there. */
export function readTransportHeader(arena: Arena, at: number, header: InnerHeader, out: TransportHeader): TransportVerdict {
  if (header.family === 6) return walkIpv6(arena, at, header, out);
  const fragment = arena.view.getUint16(at + 6);
  const offset = (fragment & 0x1fff) << 3;
  out.protocol = header.protocol;
  if (offset > 0) return offset < EARLIEST_FRAGMENT ? 'early-fragment' : 'later-fragment';
  return readUpper(arena, at + header.headerLength, at + header.length, header.protocol, 4, out);
}

function walkIpv6(arena: Arena, at: number, header: InnerHeader, out: TransportHeader): TransportVerdict {
  const { bytes, view } = arena;
  const end = at + header.length;
  let next = header.protocol;
  let p = at + header.headerLength;
  for (let walked = 0; ; walked++) {
    if (next === ROUTING) return 'routing-header';
    if (next !== HOP_BY_HOP && next !== DESTINATION_OPTIONS && next !== FRAGMENT) return readUpper(arena, p, end, next, 6, out);
    if (walked === HEADERS_AT_MOST || p + 8 > end || (next === HOP_BY_HOP && walked > 0)) return 'cut';
    if (next === FRAGMENT) {
      const offset = view.getUint16(p + 2) & 0xfff8;
      out.protocol = bytes[p]!;
      if (offset > 0) return offset < EARLIEST_FRAGMENT ? 'early-fragment' : 'later-fragment';
      next = bytes[p]!;
      p += 8;
    } else {
      next = bytes[p]!;
      p += (bytes[p + 1]! + 1) << 3;
      if (p > end) return 'cut';
    }
  }
}

function readUpper(arena: Arena, at: number, end: number, protocol: number, family: 4 | 6, out: TransportHeader): TransportVerdict {
  const { bytes, view } = arena;
  const length = end - at;
  out.protocol = protocol;
  out.at = at;
  out.length = length;
  out.icmpType = -1;
  out.tcpFlags = 0;
  out.sourcePort = out.destinationPort = 0;
  switch (protocol) {
    case PROTOCOL_TCP:
      if (length < TCP_HEADER) return 'cut';
      out.tcpFlags = bytes[at + 13]!;
      break;
    case PROTOCOL_UDP:
      if (length < UDP_HEADER) return 'cut';
      break;
    case PROTOCOL_SCTP:
      if (length < SCTP_HEADER) return 'cut';
      break;
    case PROTOCOL_ICMP:
      if (family !== 4) return 'ok';
      if (length < ICMP_HEADER) return 'cut';
      out.icmpType = bytes[at]!;
      return 'ok';
    case PROTOCOL_ICMPV6:
      if (family !== 6) return 'ok';
      if (length < ICMPV6_HEADER) return 'cut';
      out.icmpType = bytes[at]!;
      return 'ok';
    default:
      return 'ok';
  }
  out.sourcePort = view.getUint16(at);
  out.destinationPort = view.getUint16(at + 2);
  return 'ok';
}
