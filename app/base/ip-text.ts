/**
 * IP addresses out of text, digit by digit: a map of 10,000 peers holds some 60,000 of them, and a general parser spends
 * more on each than JSON does on the whole peer. RFC 4291 section 2.2 for IPv6, four decimal parts for IPv4; no zone.
 * Only ip.ts calls it; everyone else calls `parseIp`, `parsePrefix` and `parseEndpoint` there.
 */

/** No address. */
export const NOT_IPV4 = -1;

const DOT = 0x2e;
const COLON = 0x3a;
const GROUPS = 8;

/** The address in `text` from `from` to before `to` as one unsigned word; NOT_IPV4 when it is none. No leading zeros. */
export function readIpv4(text: string, from: number, to: number): number {
  let word = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || ++dots > 3) return NOT_IPV4;
      word = word * 256 + part;
      part = 0;
      digits = 0;
    } else {
      const digit = code - 0x30;
      if (digit < 0 || digit > 9 || (digits > 0 && part === 0)) return NOT_IPV4;
      part = part * 10 + digit;
      if (part > 255) return NOT_IPV4;
      digits++;
    }
  }
  return dots === 3 && digits > 0 ? word * 256 + part : NOT_IPV4;
}

/** The address in `text` from `from` to before `to` into the 8 groups of `out`. False when it is none. */
export function readIpv6(text: string, from: number, to: number, out: Uint16Array): boolean {
  let n = 0;
  /** Groups before `::`; -1: there was none yet. */
  let gap = -1;
  let i = from;
  if (to - from >= 2 && text.charCodeAt(from) === COLON) {
    if (text.charCodeAt(from + 1) !== COLON) return false;
    gap = 0;
    i = from + 2;
  }
  while (i < to) {
    let group = 0;
    let end = i;
    for (; end < to; end++) {
      const digit = hexDigit(text.charCodeAt(end));
      if (digit < 0) break;
      group = (group << 4) | digit;
      if (end - i >= 4) return false;
    }
    if (end === i || n >= GROUPS) return false;
    if (end < to && text.charCodeAt(end) === DOT) {
      const tail = n <= GROUPS - 2 ? readIpv4(text, i, to) : NOT_IPV4;
      if (tail === NOT_IPV4) return false;
      out[n++] = tail >>> 16;
      out[n++] = tail & 0xffff;
      i = to;
      break;
    }
    out[n++] = group;
    i = end;
    if (i === to) break;
    if (text.charCodeAt(i) !== COLON || ++i === to) return false;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return false;
      gap = n;
      i++;
    }
  }
  if (gap < 0) return n === GROUPS;
  if (n === GROUPS) return false;
  out.copyWithin(GROUPS - (n - gap), gap, n);
  out.fill(0, gap, GROUPS - (n - gap));
  return true;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const small = code | 0x20;
  return small >= 0x61 && small <= 0x66 ? small - 0x57 : -1;
}
