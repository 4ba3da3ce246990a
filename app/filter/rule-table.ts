/**
 * Rules compiled so that a packet's cost hardly depends on their number: addresses become numbers of pieces, the sender's
 * capabilities a number of their set, the protocol a number of its class; what these three and the destination allow is
 * worked out once, when the first such packet comes, and kept as a PortSet. It decides about rules only: flow state,
 * fragments and local answers are filter.ts's. Made anew whenever rules or local prefixes change.
 *
 * Cost: two binary searches (source, destination), one hash probe, one search among the ports. Memory: O(rules) and at most
 * CELLS_AT_MOST answers.
 */
import type { IpAddress, IpPrefix } from '../base/ip.ts';
import { ipv4, ipv6 } from '../base/ip.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../wire/icmp-echo.ts';
import type { InnerHeader } from '../wire/ip-packet.ts';
import type { FilterRule, IpRange, PacketFilter } from '../wire/netmap/types.ts';
import { PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/transport-header.ts';
import { Cells } from './cells.ts';
import { Pieces, type Run } from './pieces.ts';
import { PortSet, type PortInterval } from './port-set.ts';

/** Number of a set of capabilities that rules ask for. */
export type Rights = number;

interface CompiledRule {
  /** Sorted and joined. */
  readonly sources: readonly Run[];
  readonly capabilities: ReadonlySet<string>;
  readonly protocols: ReadonlySet<number>;
  readonly destinations: readonly (Run & { readonly ports: PortInterval })[];
}

const ALL_PORTS: PortInterval = { first: 0, last: 65_535 };

export class RuleTable {
  readonly #rules: readonly CompiledRule[];
  readonly #sources: Pieces;
  readonly #destinations: Pieces;
  /** 1 for each piece of destinations that is ours. */
  readonly #local: Uint8Array;
  /** Names that rules ask for. */
  readonly #asked: ReadonlySet<string>;
  readonly #rightsByKey = new Map<string, Rights>();
  readonly #rights: ReadonlySet<string>[] = [];
  readonly #cells = new Cells();

  constructor(filter: PacketFilter, local: readonly IpPrefix[]) {
    const ours = local.map(rangeOf);
    const rules = filter.flatMap((named) => named.rules).map((rule) => ({ rule, here: rule.destinations.filter(({ range }) => ours.some((own) => overlap(own, range))) }));
    const useful = rules.filter(({ here }) => here.length > 0);
    this.#sources = new Pieces(useful.flatMap(({ rule }) => rule.sources.flatMap((source) => (source.kind === 'range' ? [source.range] : []))));
    this.#destinations = new Pieces([...ours, ...useful.flatMap(({ here }) => here.map(({ range }) => range))]);
    this.#local = new Uint8Array(this.#destinations.count);
    for (const own of ours) {
      const { first, last } = this.#destinations.runOf(own);
      this.#local.fill(1, first, last + 1);
    }
    this.#rules = useful.map(({ rule, here }) => this.#compile(rule, here));
    this.#asked = new Set(this.#rules.flatMap((rule) => [...rule.capabilities]));
  }

  /** What these node capabilities of a sender count for. */
  rightsOf(capabilities: readonly string[]): Rights {
    const held = [...new Set(capabilities)].filter((name) => this.#asked.has(name)).toSorted();
    const key = JSON.stringify(held);
    const known = this.#rightsByKey.get(key);
    if (known !== undefined) return known;
    const rights = this.#rights.push(new Set(held)) - 1;
    this.#rightsByKey.set(key, rights);
    return rights;
  }

  /** The number of the destination's piece, to ask `ports` with; -1 when it is not ours. */
  destinationOf(header: InnerHeader): number {
    const piece = this.#destinations.find(header.family, header.d0, header.d1, header.d2, header.d3);
    return this.#local[piece] === 1 ? piece : -1;
  }

  /**
   * The ports that the source in `header`, sent by a peer with these rights, may reach at this destination. For ICMP in its
   * own family: any where any rule joins the two, whatever its protocols and ports. For protocols without ports: any where a
   * rule names the protocol and all ports.
   */
  ports(header: InnerHeader, rights: Rights, destination: number, protocol: number): PortSet {
    const source = this.#sources.find(header.family, header.s0, header.s1, header.s2, header.s3);
    const where = destination * 256 + protocol;
    const known = this.#cells.get(source, rights, where);
    if (known !== undefined) return known;
    const found = this.#workOut(source, rights, destination, protocol, protocol === (header.family === 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6));
    this.#cells.add(source, rights, where, found);
    return found;
  }

  #workOut(source: number, rights: Rights, destination: number, protocol: number, anyProtocol: boolean): PortSet {
    const held = this.#rights[rights]!;
    const ports: PortInterval[] = [];
    for (const rule of this.#rules) {
      if (!anyProtocol && !rule.protocols.has(protocol)) continue;
      if (!contains(rule.sources, source) && ![...rule.capabilities].some((name) => held.has(name))) continue;
      for (const there of rule.destinations) {
        if (destination < there.first || destination > there.last) continue;
        if (anyProtocol) ports.push(ALL_PORTS);
        else if (hasPorts(protocol) || (there.ports.first === ALL_PORTS.first && there.ports.last === ALL_PORTS.last)) ports.push(there.ports);
      }
    }
    return PortSet.of(ports);
  }

  #compile(rule: FilterRule, here: FilterRule['destinations']): CompiledRule {
    return {
      sources: joined(rule.sources.flatMap((source) => (source.kind === 'range' ? [this.#sources.runOf(source.range)] : []))),
      capabilities: new Set(rule.sources.flatMap((source) => (source.kind === 'capability' ? [source.name] : []))),
      protocols: new Set(rule.protocols),
      destinations: here.map(({ range, firstPort, lastPort }) => ({ ...this.#destinations.runOf(range), ports: { first: firstPort, last: lastPort } })),
    };
  }
}

/** Protocols whose rules are about ports. */
export function hasPorts(protocol: number): boolean {
  return protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP || protocol === PROTOCOL_SCTP;
}

/** Every address of a prefix. */
export function rangeOf({ address: a, bits }: IpPrefix): IpRange {
  const ones = (from: number): number => (bits <= from ? 0xffffffff : bits >= from + 32 ? 0 : 0xffffffff >>> (bits - from));
  const last = a.family === 4 ? ipv4(a.w3 | ones(0)) : ipv6(a.w0 | ones(0), a.w1 | ones(32), a.w2 | ones(64), a.w3 | ones(96));
  return { first: a, last };
}

export function inRange({ first, last }: IpRange, a: IpAddress): boolean {
  return first.family === a.family && order(first, a) <= 0 && order(a, last) <= 0;
}

function overlap(a: IpRange, b: IpRange): boolean {
  return a.first.family === b.first.family && order(a.first, b.last) <= 0 && order(b.first, a.last) <= 0;
}

function order(a: IpAddress, b: IpAddress): number {
  return a.w0 - b.w0 || a.w1 - b.w1 || a.w2 - b.w2 || a.w3 - b.w3;
}

function joined(runs: readonly Run[]): Run[] {
  const out: Run[] = [];
  for (const run of runs.toSorted((a, b) => a.first - b.first)) {
    const before = out.at(-1);
    if (before === undefined || run.first > before.last + 1) out.push(run);
    else if (run.last > before.last) out[out.length - 1] = { first: before.first, last: run.last };
  }
  return out;
}

/** In sorted, joined runs. */
function contains(runs: readonly Run[], piece: number): boolean {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (runs[middle]!.last < piece) low = middle + 1;
    else high = middle;
  }
  return low < runs.length && runs[low]!.first <= piece;
}
