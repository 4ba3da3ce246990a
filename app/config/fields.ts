/**
 * Reads the value of one field: text to a value, or what was expected instead. Formats are those of wg(8) and
 * wg-quick(8). Knows neither sections nor repeats; wg-quick.ts does.
 */
import { maskIp, parseEndpoint, parseIp, type IpAddress, type IpPrefix } from '../base/ip.ts';
import { keyBytesFromBase64 } from '../keys/keys.ts';
import type { InterfaceAddress, RouteTable, WgEndpoint } from './types.ts';

/** A value, or what the field expects. */
export type Read<T> = { readonly value: T } | { readonly expected: string };

/** Bytes. The largest that a packet of ours carries, and the least that the families need (RFC 791, RFC 8200). */
export const MTU_AT_MOST = 9_000;
export const MTU_AT_LEAST_V4 = 576;
export const MTU_AT_LEAST_V6 = 1_280;
const MAIN_TABLE = 254;

export function readKey(text: string): Read<Uint8Array> {
  const bytes = keyBytesFromBase64(text);
  return bytes === undefined ? { expected: 'a key: 44 characters of base64, as "wg genkey" and "wg pubkey" print it' } : { value: bytes };
}

export function readAddress(text: string): Read<InterfaceAddress> {
  const expected = 'an address, with or without a prefix length, such as 10.0.0.2/24 or fd00::2/64';
  const whole = splitPrefix(text);
  return whole === undefined ? { expected } : { value: whole };
}

export function readAllowedIp(text: string): Read<IpPrefix> {
  const whole = splitPrefix(text);
  if (whole === undefined) return { expected: 'a network or an address, such as 10.0.0.0/24, fd00::/64 or 0.0.0.0/0' };
  return { value: { address: maskIp(whole.address, whole.bits), bits: whole.bits } };
}

export function readPort(text: string): Read<number> {
  return readInteger(text, 0, 65_535, 'a port from 1 to 65535, or 0 for any');
}

export function readMtu(text: string): Read<number> {
  return readInteger(text, MTU_AT_LEAST_V4, MTU_AT_MOST, `bytes from ${MTU_AT_LEAST_V4} to ${MTU_AT_MOST}, such as 1420`);
}

export function readKeepalive(text: string): Read<number> {
  if (text.toLowerCase() === 'off') return { value: 0 };
  return readInteger(text, 0, 65_535, 'seconds from 0 to 65535, such as 25, or off');
}

export function readFwMark(text: string): Read<number> {
  if (text.toLowerCase() === 'off') return { value: 0 };
  const expected = 'a 32-bit number, such as 51820 or 0xca6c, or off';
  const value = /^0x[0-9a-f]{1,8}$/i.test(text) || /^\d{1,10}$/.test(text) ? Number(text) : Infinity;
  return value > 0xffff_ffff ? { expected } : { value };
}

export function readTable(text: string): Read<RouteTable> {
  const word = text.toLowerCase();
  if (word === 'auto' || word === 'off') return { value: { kind: word } };
  if (word === 'main') return { value: { kind: 'number', table: MAIN_TABLE } };
  const number = readInteger(text, 1, 0xffff_fffe, 'auto, off, main, or the number of a routing table');
  return 'expected' in number ? number : { value: { kind: 'number', table: number.value } };
}

export type DnsItem = { readonly kind: 'server'; readonly address: IpAddress } | { readonly kind: 'search'; readonly domain: string };

export function readDns(text: string): Read<DnsItem> {
  const address = parseIp(text);
  if (address !== undefined) return { value: { kind: 'server', address } };
  if (!isHostName(text)) return { expected: 'the address of a name server, such as 10.0.0.1, or a search domain, such as home.example' };
  return { value: { kind: 'search', domain: text.toLowerCase() } };
}

export function readEndpoint(text: string, line: number): Read<WgEndpoint> {
  const expected = 'an address or a name, and a port: 192.0.2.1:51820, [2001:db8::1]:51820 or vpn.example.com:51820';
  const endpoint = parseEndpoint(text);
  if (endpoint !== undefined) return { value: { kind: 'address', endpoint, line } };
  const named = /^([^:[\]]+):(\d{1,5})$/.exec(text);
  const host = named?.[1] ?? '';
  const port = Number(named?.[2]);
  if (!isHostName(host) || !(port >= 1 && port <= 65_535)) return { expected };
  return { value: { kind: 'name', host: host.toLowerCase(), port, line } };
}

/** RFC 1123 names, and underscores, which exist. The last part is not a number: that would be a broken address. */
function isHostName(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  const labels = name.split('.');
  return name.length <= 253 && labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label)) && !/^(?:\d+|0x[0-9a-f]*)$/i.test(labels.at(-1)!);
}

function splitPrefix(text: string): InterfaceAddress | undefined {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const address = parseIp(match?.[1]?.trim() ?? '');
  if (address === undefined) return undefined;
  const width = address.family === 4 ? 32 : 128;
  const bits = match?.[2] === undefined ? width : Number(match[2]);
  return bits > width ? undefined : { address, bits };
}

function readInteger(text: string, least: number, most: number, expected: string): Read<number> {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? { value } : { expected };
}
