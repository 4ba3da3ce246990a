/**
 * Packet filter rules out of parsed JSON, as the stock client reads them: an address that is none is left out and counted,
 * its rule holds for the rest; a rule in the form of before 2022 (`SrcBits`, `Bits`) makes the whole filter pass nothing; a
 * rule that only grants application capabilities passes no packet and is not here. It judges no packet.
 */
import { formatIp, ipv4, ipv6, maskIp, parseIp, parsePrefix, equalIp, type IpAddress, type IpPrefix } from '../../base/ip.ts';
import { DEFAULT_PROTOCOLS } from './constants.ts';
import { int, isObject, list, textItem, type Fault } from './fields.ts';
import type { FilterDestination, FilterRule, FilterSource, IpRange } from './types.ts';

/** Rules under one name. */
export interface FilterSet {
  readonly rules: readonly FilterRule[];
  /** A rule of the old form was among them: nothing of the filter holds, of other names neither. */
  readonly obsolete: boolean;
  /** Addresses that were none. */
  readonly ignored: number;
}

/** `value`: a list of rules. */
export function decodeFilterSet(value: unknown, name: string, fault: Fault): FilterSet {
  const found = { obsolete: false, ignored: 0 };
  const rules = list(value, name, fault, (item) => rule(item, fault, found));
  return { rules, ...found };
}

interface Found {
  obsolete: boolean;
  ignored: number;
}

function rule(value: unknown, fault: Fault, found: Found): FilterRule | undefined {
  if (!isObject(value)) {
    fault.wrongType('');
    return undefined;
  }
  const sourceTexts = list(value['SrcIPs'], 'SrcIPs', fault, textItem);
  const numbers = list(value['IPProto'], 'IPProto', fault, protocol);
  const old = list(value['SrcBits'], 'SrcBits', fault, (item) => int(item, '', fault, -0x80000000, 0x7fffffff));
  if (old.length > 0) found.obsolete = true;
  const wanted: string[] = [];
  const destinations: FilterDestination[] = [];
  list(value['DstPorts'], 'DstPorts', fault, (item) => {
    const target = destination(item, fault, found);
    if (target === undefined) return;
    const ranges = readAddresses(target.ip);
    if (ranges === undefined) found.ignored++;
    for (const range of ranges ?? []) destinations.push({ range, firstPort: target.first, lastPort: target.last });
    wanted.push(`${target.ip}:${portsText(target.first, target.last)}`);
  });
  const sources: FilterSource[] = [];
  for (const text of sourceTexts) {
    if (text.startsWith('cap:')) {
      sources.push({ kind: 'capability', name: text.slice(4) });
      continue;
    }
    const ranges = readAddresses(text);
    if (ranges === undefined) found.ignored++;
    for (const range of ranges ?? []) sources.push({ kind: 'range', range });
  }
  const named = value['IPProto'] !== undefined && value['IPProto'] !== null && Array.isArray(value['IPProto']) && value['IPProto'].length > 0;
  const protocols = named ? numbers.filter((n) => n >= 0 && n <= 255) : DEFAULT_PROTOCOLS;
  if (sources.length === 0 || destinations.length === 0 || protocols.length === 0) return undefined;
  return { sources, destinations, protocols, text: `${few(sourceTexts)} -> ${few(wanted)}${named ? ` (${protocols.slice(0, 4).map(protocolName).join(', ')})` : ''}` };
}

const protocol = (value: unknown, fault: Fault): number => int(value, '', fault, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

function destination(value: unknown, fault: Fault, found: Found): { readonly ip: string; readonly first: number; readonly last: number } | undefined {
  if (!isObject(value)) {
    fault.wrongType('');
    return undefined;
  }
  if (value['Bits'] !== undefined && value['Bits'] !== null) found.obsolete = true;
  const ip = value['IP'] ?? '';
  if (typeof ip !== 'string') fault.wrongType('IP');
  const ports = value['Ports'] ?? {};
  if (!isObject(ports)) {
    fault.wrongType('Ports');
    return undefined;
  }
  const first = int(ports['First'], 'Ports.First', fault, 0, 65_535);
  const last = int(ports['Last'], 'Ports.Last', fault, 0, 65_535);
  return typeof ip === 'string' ? { ip, first, last } : undefined;
}

const EVERYTHING: readonly IpRange[] = [
  { first: ipv4(0), last: ipv4(0xffffffff) },
  { first: ipv6(0, 0, 0, 0), last: ipv6(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff) },
];

/** An address, a prefix without host bits, `a-b`, or `*`. Undefined: none of these. */
function readAddresses(text: string): readonly IpRange[] | undefined {
  if (text === '*') return EVERYTHING;
  const slash = text.indexOf('/');
  if (slash >= 0) {
    const prefix = parsePrefix(text);
    const address = parseIp(text.slice(0, slash));
    if (prefix === undefined || address === undefined || !equalIp(prefix.address, address)) return undefined;
    return [{ first: address, last: lastOf(prefix) }];
  }
  const dash = text.indexOf('-');
  const first = parseIp(dash < 0 ? text : text.slice(0, dash));
  const last = dash < 0 ? first : parseIp(text.slice(dash + 1));
  if (first === undefined || last === undefined || first.family !== last.family || isBefore(last, first)) return undefined;
  return [{ first, last }];
}

/** The last address of a prefix. */
export function lastOf(prefix: IpPrefix): IpAddress {
  const { address, bits } = prefix;
  if (address.family === 4) return ipv4(address.w3 | ~maskIp(ipv4(0xffffffff), bits).w3);
  const mask = maskIp(ipv6(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff), bits);
  return ipv6(address.w0 | ~mask.w0, address.w1 | ~mask.w1, address.w2 | ~mask.w2, address.w3 | ~mask.w3);
}

function isBefore(a: IpAddress, b: IpAddress): boolean {
  if (a.w0 !== b.w0) return a.w0 < b.w0;
  if (a.w1 !== b.w1) return a.w1 < b.w1;
  if (a.w2 !== b.w2) return a.w2 < b.w2;
  return a.w3 < b.w3;
}

/** As an address, a prefix or `a-b`, whichever is the shortest that says it. */
export function rangeText({ first, last }: IpRange): string {
  if (equalIp(first, last)) return formatIp(first);
  const width = first.family === 4 ? 32 : 128;
  for (let bits = 0; bits < width; bits++) {
    const address = maskIp(first, bits);
    if (equalIp(address, first) && equalIp(lastOf({ address, bits }), last)) return `${formatIp(first)}/${bits}`;
  }
  return `${formatIp(first)}-${formatIp(last)}`;
}

/** Items of a list that an explanation names. */
const NAMED = 3;

function few(texts: readonly string[]): string {
  const shown = texts.slice(0, NAMED).map((text) => text.slice(0, 90).replaceAll(/[^!-~]/g, '?')).join(', ');
  return texts.length > NAMED ? `${shown} and ${texts.length - NAMED} more` : shown;
}

function portsText(first: number, last: number): string {
  if (first === 0 && last === 65_535) return '*';
  return first === last ? String(first) : `${first}-${last}`;
}

const NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp' };
const protocolName = (n: number): string => NAMES[n] ?? String(n);
