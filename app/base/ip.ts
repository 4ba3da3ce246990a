/**
 * IP addresses, prefixes and endpoints as fixed-width integers. Parsing and printing of text is done by ipaddr.js;
 * the packet path only ever sees the words. An IPv4 address is one word in w3 with the rest 0.
 */
import ipaddr from 'ipaddr.js';

export interface IpAddress {
  readonly family: 4 | 6;
  /** Big-endian 32-bit words, unsigned. */
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
}

export interface IpPrefix {
  readonly address: IpAddress;
  /** 0 to 32 or 0 to 128. Bits behind it are zero in `address`. */
  readonly bits: number;
}

export interface IpEndpoint {
  readonly address: IpAddress;
  readonly port: number;
}

export function ipv4(word: number): IpAddress {
  return { family: 4, w0: 0, w1: 0, w2: 0, w3: word >>> 0 };
}

export function ipv6(w0: number, w1: number, w2: number, w3: number): IpAddress {
  return { family: 6, w0: w0 >>> 0, w1: w1 >>> 0, w2: w2 >>> 0, w3: w3 >>> 0 };
}

/** Text to address; undefined when it is none. IPv4 needs four decimal parts. A zone (`%eth0`) is refused. */
export function parseIp(text: string): IpAddress | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return fromBytes(ipaddr.IPv4.parse(text).toByteArray());
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  return fromBytes(ipaddr.IPv6.parse(text).toByteArray());
}

/** `10.0.0.0/8`, `fd00::/64`, or a bare address (a host prefix). Host bits are cleared. Undefined when it is none. */
export function parsePrefix(text: string): IpPrefix | undefined {
  const slash = text.indexOf('/');
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const width = address.family === 4 ? 32 : 128;
  if (slash < 0) return { address, bits: width };
  const tail = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(tail) || Number(tail) > width) return undefined;
  return { address: maskIp(address, Number(tail)), bits: Number(tail) };
}

/** `192.0.2.1:51820` or `[2001:db8::1]:51820`; undefined when it is neither. Names are resolved elsewhere. */
export function parseEndpoint(text: string): IpEndpoint | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const address = parseIp(match[1] ?? match[2] ?? '');
  const port = Number(match[3]);
  if (address === undefined || port < 1 || port > 65_535) return undefined;
  if ((address.family === 6) !== (match[1] !== undefined)) return undefined;
  return { address, port };
}

export function formatIp(a: IpAddress): string {
  return ipaddr.fromByteArray([...ipBytes(a)]).toString();
}

export function formatPrefix(p: IpPrefix): string {
  return `${formatIp(p.address)}/${p.bits}`;
}

export function formatEndpoint(e: IpEndpoint): string {
  return e.address.family === 4 ? `${formatIp(e.address)}:${e.port}` : `[${formatIp(e.address)}]:${e.port}`;
}

export function equalIp(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.w3 === b.w3 && a.w2 === b.w2 && a.w1 === b.w1 && a.w0 === b.w0;
}

export function maskIp(a: IpAddress, bits: number): IpAddress {
  if (a.family === 4) return ipv4(a.w3 & wordMask(bits, 0));
  return ipv6(a.w0 & wordMask(bits, 0), a.w1 & wordMask(bits, 32), a.w2 & wordMask(bits, 64), a.w3 & wordMask(bits, 96));
}

export function prefixContains(p: IpPrefix, a: IpAddress): boolean {
  return p.address.family === a.family && equalIp(maskIp(a, p.bits), p.address);
}

/** 4 or 16 bytes, network order. */
export function ipBytes(a: IpAddress): Uint8Array {
  const out = new Uint8Array(a.family === 4 ? 4 : 16);
  const view = new DataView(out.buffer);
  if (a.family === 4) {
    view.setUint32(0, a.w3);
  } else {
    view.setUint32(0, a.w0);
    view.setUint32(4, a.w1);
    view.setUint32(8, a.w2);
    view.setUint32(12, a.w3);
  }
  return out;
}

/** From 4 or 16 bytes in network order; anything else is our own bug. */
export function fromBytes(bytes: ArrayLike<number>): IpAddress {
  const word = (i: number): number => ((bytes[i]! << 24) | (bytes[i + 1]! << 16) | (bytes[i + 2]! << 8) | bytes[i + 3]!) >>> 0;
  if (bytes.length === 4) return ipv4(word(0));
  if (bytes.length === 16) return ipv6(word(0), word(4), word(8), word(12));
  throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`);
}

/** Mask for the word that starts at bit `from`, of a prefix of `bits` bits. */
function wordMask(bits: number, from: number): number {
  const n = bits - from;
  if (n <= 0) return 0;
  if (n >= 32) return 0xffffffff;
  return (0xffffffff << (32 - n)) >>> 0;
}
