/**
 * Whole IP packets by what a filter sees of them, and the filter's decision as a slow, obvious model on those same
 * values: no bytes, no compiled rules, one list that is searched from end to end. Used by the tests of the filter.
 */
import { ipBytes, prefixContains, type IpAddress, type IpPrefix } from '../../app/base/ip.ts';
import type { FilterDestination, FilterRule, IpRange, PacketFilter } from '../../app/wire/netmap/types.ts';

export interface FlowSpec {
  readonly from: IpAddress;
  readonly to: IpAddress;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly tcpFlags: number;
  readonly icmpType: number;
  /** Bytes of offset, a multiple of 8. `more`: others follow. In IPv6 a fragment header is there where either is set. */
  readonly fragment: { readonly offset: number; readonly more: boolean };
  /** Extension headers of IPv6, or 32-bit words of options of IPv4. */
  readonly extensions: readonly number[];
}

export const FLOW: Omit<FlowSpec, 'from' | 'to'> = { protocol: 6, sourcePort: 40_000, destinationPort: 22, tcpFlags: 2, icmpType: 8, fragment: { offset: 0, more: false }, extensions: [] };

const u16 = (n: number): number[] => [n >>> 8, n & 255];

/** Checksums are left out: a filter does not look at them. */
export function flowPacket(spec: FlowSpec): Uint8Array {
  const upper = upperBytes(spec);
  if (spec.from.family === 4) {
    const words = 5 + spec.extensions.length;
    const fragment = (spec.fragment.more ? 0x2000 : 0) | (spec.fragment.offset >>> 3);
    const options = spec.extensions.flatMap(() => [1, 1, 1, 1]);
    return Uint8Array.from([0x40 | words, 0, ...u16(4 * words + upper.length), 0, 7, ...u16(fragment), 64, spec.protocol, 0, 0, ...ipBytes(spec.from), ...ipBytes(spec.to), ...options, ...upper]);
  }
  const isFragment = spec.fragment.more || spec.fragment.offset > 0;
  const headers = [...spec.extensions, ...(isFragment ? [44] : [])];
  const chain = headers.flatMap((header, i) => {
    const next = headers[i + 1] ?? spec.protocol;
    return header === 44 ? [next, 0, ...u16(spec.fragment.offset | (spec.fragment.more ? 1 : 0)), 0, 0, 0, 7] : [next, i & 1, ...new Array<number>(6 + 8 * (i & 1)).fill(0)];
  });
  const body = [...chain, ...upper];
  return Uint8Array.from([0x60, 0, 0, 0, ...u16(body.length), headers[0] ?? spec.protocol, 64, ...ipBytes(spec.from), ...ipBytes(spec.to), ...body]);
}

function upperBytes(spec: FlowSpec): number[] {
  const ports = [...u16(spec.sourcePort), ...u16(spec.destinationPort)];
  if (spec.protocol === 6) return [...ports, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, spec.tcpFlags, 0xff, 0xff, 0, 0, 0, 0];
  if (spec.protocol === 17) return [...ports, 0, 12, 0, 0, 1, 2, 3, 4];
  if (spec.protocol === 132) return [...ports, 0, 0, 0, 1, 0, 0, 0, 0];
  return [spec.icmpType, 0, 0, 0, 0, 1, 0, 1, 5, 6, 7, 8];
}

export interface ModelSetup {
  readonly rules: PacketFilter;
  readonly local: readonly IpPrefix[];
  readonly shieldsUp: boolean;
}
export interface ModelPeer {
  readonly jailed: boolean;
  readonly capabilities: readonly string[];
}

/** What a filter with this history says of one packet. `sent`: the keys of remembered flows, oldest first. */
export class SlowFilter {
  setup: ModelSetup;
  #sent: string[] = [];
  #sentToJailed: string[] = [];

  constructor(setup: ModelSetup) {
    this.setup = setup;
  }

  change(setup: ModelSetup): void {
    if (setup.shieldsUp && !this.setup.shieldsUp) this.#sent = [];
    this.setup = setup;
  }

  outbound(spec: FlowSpec, peer: ModelPeer): boolean {
    if (!sound(spec) || forbiddenDestination(spec.to)) return false;
    if (spec.fragment.offset === 0 && [17, 132].includes(spec.protocol)) this.#touch(peer, keyOf(spec.to, spec.destinationPort, spec.from, spec.sourcePort, spec.protocol));
    return true;
  }

  inbound(spec: FlowSpec, peer: ModelPeer): 'pass' | 'tsmp' | 'refused' {
    if (!sound(spec) || forbiddenDestination(spec.to)) return 'refused';
    if (!this.setup.local.some((prefix) => prefixContains(prefix, spec.to))) return 'refused';
    if (spec.fragment.offset > 0) return 'pass';
    const own = spec.from.family === 4 ? 1 : 58;
    if (spec.protocol === 6 && !((spec.tcpFlags & 2) !== 0 && (spec.tcpFlags & 16) === 0)) return 'pass';
    if (spec.protocol === own && (own === 1 ? [0, 3, 11, 12] : [129, 1, 2, 3, 4]).includes(spec.icmpType)) return 'pass';
    if (spec.protocol === 99) return 'tsmp';
    if (spec.protocol === 17 || spec.protocol === 132) {
      const key = keyOf(spec.from, spec.sourcePort, spec.to, spec.destinationPort, spec.protocol);
      if (this.#list(peer).includes(key)) {
        this.#touch(peer, key);
        return 'pass';
      }
    }
    if (this.setup.shieldsUp || peer.jailed) return 'refused';
    const rules = this.setup.rules.flatMap((named) => named.rules);
    return rules.some((rule) => ruleAllows(rule, spec, peer)) ? 'pass' : 'refused';
  }

  #list(peer: ModelPeer): string[] {
    return peer.jailed ? this.#sentToJailed : this.#sent;
  }

  #touch(peer: ModelPeer, key: string): void {
    const list = [...this.#list(peer).filter((other) => other !== key), key].slice(-512);
    if (peer.jailed) this.#sentToJailed = list;
    else this.#sent = list;
  }
}

export function ruleAllows(rule: FilterRule, spec: FlowSpec, peer: ModelPeer): boolean {
  const icmp = spec.protocol === (spec.from.family === 4 ? 1 : 58);
  if (!icmp && !rule.protocols.includes(spec.protocol)) return false;
  if (!rule.sources.some((source) => (source.kind === 'capability' ? peer.capabilities.includes(source.name) : within(source.range, spec.from)))) return false;
  const port = (there: FilterDestination): boolean => {
    if (icmp) return true;
    if ([6, 17, 132].includes(spec.protocol)) return there.firstPort <= spec.destinationPort && spec.destinationPort <= there.lastPort;
    return there.firstPort === 0 && there.lastPort === 65_535;
  };
  return rule.destinations.some((there) => within(there.range, spec.to) && port(there));
}

const big = (a: IpAddress): bigint => [...ipBytes(a)].reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

function within({ first, last }: IpRange, a: IpAddress): boolean {
  return first.family === a.family && big(first) <= big(a) && big(a) <= big(last);
}

function sound({ fragment, extensions, from }: FlowSpec): boolean {
  if (fragment.offset > 0 && fragment.offset < 80) return false;
  if (from.family === 4) return true;
  return !extensions.includes(43) && extensions.lastIndexOf(0) <= 0 && extensions.length + (fragment.more || fragment.offset > 0 ? 1 : 0) <= 8;
}

function forbiddenDestination(to: IpAddress): boolean {
  const [a, b, c, d] = ipBytes(to) as unknown as [number, number, number, number];
  if (to.family === 6) return a === 0xff || (a === 0xfe && b >= 0x80 && b <= 0xbf);
  return (a >= 224 && a <= 239) || (a === 169 && b === 254 && !(c === 169 && d === 254));
}

function keyOf(from: IpAddress, sourcePort: number, to: IpAddress, destinationPort: number, protocol: number): string {
  return `${from.family} ${big(from)} ${sourcePort} ${big(to)} ${destinationPort} ${protocol}`;
}
