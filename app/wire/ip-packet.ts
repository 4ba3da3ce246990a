/**
 * Reads the fixed part of an IPv4 or IPv6 header (RFC 791, RFC 8200) from an arena into a caller-owned object: no
 * allocation, no throw. It checks only what routing needs: version, header length, total length.
 */
import type { Arena } from '../base/batch.ts';

export interface InnerHeader {
  family: 4 | 6;
  /** Whole packet in bytes, header included; never more than what was given. */
  length: number;
  /** IPv4 protocol or IPv6 next header (not followed through extension headers). */
  protocol: number;
  headerLength: number;
  /** Source and destination words as in base/ip.ts. */
  s0: number;
  s1: number;
  s2: number;
  s3: number;
  d0: number;
  d1: number;
  d2: number;
  d3: number;
}

export const IPV4_HEADER = 20;
export const IPV6_HEADER = 40;

export function createInnerHeader(): InnerHeader {
  return { family: 4, length: 0, protocol: 0, headerLength: 0, s0: 0, s1: 0, s2: 0, s3: 0, d0: 0, d1: 0, d2: 0, d3: 0 };
}

export type IpVerdict = 'ok' | 'not-ip' | 'bad-length';

/** Reads the packet at [at, at + available). WireGuard pads: `available` may exceed the packet's own length. */
export function readIpHeader(arena: Arena, at: number, available: number, out: InnerHeader): IpVerdict {
  if (available < IPV4_HEADER) return 'not-ip';
  const view = arena.view;
  const first = arena.bytes[at]!;
  if (first >>> 4 === 4) {
    const headerLength = (first & 15) << 2;
    const length = view.getUint16(at + 2);
    if (headerLength < IPV4_HEADER || length < headerLength || length > available) return 'bad-length';
    out.family = 4;
    out.length = length;
    out.headerLength = headerLength;
    out.protocol = arena.bytes[at + 9]!;
    out.s0 = out.s1 = out.s2 = out.d0 = out.d1 = out.d2 = 0;
    out.s3 = view.getUint32(at + 12);
    out.d3 = view.getUint32(at + 16);
    return 'ok';
  }
  if (first >>> 4 !== 6) return 'not-ip';
  if (available < IPV6_HEADER) return 'bad-length';
  const length = IPV6_HEADER + view.getUint16(at + 4);
  if (length > available) return 'bad-length';
  out.family = 6;
  out.length = length;
  out.headerLength = IPV6_HEADER;
  out.protocol = arena.bytes[at + 6]!;
  out.s0 = view.getUint32(at + 8);
  out.s1 = view.getUint32(at + 12);
  out.s2 = view.getUint32(at + 16);
  out.s3 = view.getUint32(at + 20);
  out.d0 = view.getUint32(at + 24);
  out.d1 = view.getUint32(at + 28);
  out.d2 = view.getUint32(at + 32);
  out.d3 = view.getUint32(at + 36);
  return 'ok';
}
