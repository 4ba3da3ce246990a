/**
 * IP addresses, prefixes and endpoints as fixed-width integers. Text is read by ip-text.ts and printed by ipaddr.js;
 * the packet path only ever sees the words. An IPv4 address is one word in w3 with the rest 0.
 */
import ipaddr from 'ipaddr.js';
import { NOT_IPV4, readIpv4, readIpv6 } from './ip-text.ts';

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
  return readIp(text, 0, text.length);
}

/** `10.0.0.0/8`, `fd00::/64`, or a bare address (a host prefix). Host bits are cleared. Undefined when it is none. */
export function parsePrefix(text: string): IpPrefix | undefined {
  const slash = text.indexOf('/');
  const address = readIp(text, 0, slash < 0 ? text.length : slash);
  if (address === undefined) return undefined;
  const width = address.family === 4 ? 32 : 128;
  if (slash < 0) return { address, bits: width };
  const bits = readDecimal(text, slash + 1, 3);
  if (bits < 0 || bits > width) return undefined;
  return { address: bits === width ? address : maskIp(address, bits), bits };
}

/** `192.0.2.1:51820` or `[2001:db8::1]:51820`; undefined when it is neither. Names are resolved elsewhere. */
export function parseEndpoint(text: string): IpEndpoint | undefined {
  const colon = text.lastIndexOf(':');
  const port = colon < 0 ? 0 : readDecimal(text, colon + 1, 5);
  if (port < 1 || port > 65_535) return undefined;
  const bracketed = text.startsWith('[');
  if (bracketed && text[colon - 1] !== ']') return undefined;
  const address = bracketed ? readIp(text, 1, colon - 1) : readIp(text, 0, colon);
  if (address === undefined || (address.family === 6) !== bracketed) return undefined;
  return { address, port };
}

/** Filled and read within one call. */
const groups = new Uint16Array(8);

function readIp(text: string, from: number, to: number): IpAddress | undefined {
  const word = readIpv4(text, from, to);
  if (word !== NOT_IPV4) return ipv4(word);
  if (!readIpv6(text, from, to, groups)) return undefined;
  return ipv6((groups[0]! << 16) | groups[1]!, (groups[2]! << 16) | groups[3]!, (groups[4]! << 16) | groups[5]!, (groups[6]! << 16) | groups[7]!);
}

/** 1 to `most` decimal digits from `from` to the end; -1 when it is anything else. */
function readDecimal(text: string, from: number, most: number): number {
  const digits = text.length - from;
  if (digits < 1 || digits > most) return -1;
  let value = 0;
  for (let i = from; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

export function formatIp({ family, w0, w1, w2, w3 }: IpAddress): string {
  if (family === 4) return `${w3 >>> 24}.${(w3 >>> 16) & 0xff}.${(w3 >>> 8) & 0xff}.${w3 & 0xff}`;
  return new ipaddr.IPv6([w0 >>> 16, w0 & 0xffff, w1 >>> 16, w1 & 0xffff, w2 >>> 16, w2 & 0xffff, w3 >>> 16, w3 & 0xffff]).toString();
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

export function equalPrefix(a: IpPrefix, b: IpPrefix): boolean {
  return a.bits === b.bits && equalIp(a.address, b.address);
}

/** Two unknown ones are equal. */
export function equalEndpoint(a: IpEndpoint | undefined, b: IpEndpoint | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.port === b.port && equalIp(a.address, b.address));
}

export function equalEndpoints(a: readonly IpEndpoint[], b: readonly IpEndpoint[]): boolean {
  return a === b || (a.length === b.length && a.every((endpoint, i) => equalEndpoint(endpoint, b[i])));
}

export function maskIp(a: IpAddress, bits: number): IpAddress {
  if (a.family === 4) return ipv4(a.w3 & wordMask(bits, 0));
  return ipv6(a.w0 & wordMask(bits, 0), a.w1 & wordMask(bits, 32), a.w2 & wordMask(bits, 64), a.w3 & wordMask(bits, 96));
}

/** The IPv4 address that an IPv4-mapped IPv6 address stands for (RFC 4291 section 2.5.5.2); any other as it is. */
export function unmapIp(a: IpAddress): IpAddress {
  return a.family === 6 && a.w0 === 0 && a.w1 === 0 && a.w2 === 0xffff ? ipv4(a.w3) : a;
}

export function prefixContains(p: IpPrefix, a: IpAddress): boolean {
  return p.address.family === a.family && equalIp(maskIp(a, p.bits), p.address);
}

/** This computer alone (RFC 6890). */
export function isLoopback({ family, w0, w1, w2, w3 }: IpAddress): boolean {
  return family === 4 ? w3 >>> 24 === 127 : w0 === 0 && w1 === 0 && w2 === 0 && w3 === 1;
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
