/**
 * From rules between selectors to what one node is sent: whom it sees, and its packet filter, in headscale's way (a filter
 * holds only the rules whose destination is this node). Pure functions. Caller: the server.
 */
import { fromBytes, ipv4, ipv6 } from '../../base/ip.ts';
import type { FilterRule, IpRange } from '../../wire/netmap/types.ts';
import type { ServerNode } from './node-record.ts';
import type { AclRule, Selector } from './types.ts';

/** TCP, UDP, ICMP, ICMPv6. */
const DEFAULT_PROTOCOLS = [6, 17, 1, 58];
export const ALLOW_ALL: readonly AclRule[] = [{ from: ['*'], to: [{ who: '*', ports: [[0, 65_535]] }] }];
const EVERYONE: readonly IpRange[] = [
  { first: ipv4(0), last: ipv4(0xffffffff) },
  { first: ipv6(0, 0, 0, 0), last: fromBytes(new Uint8Array(16).fill(255)) },
];

/** As a destination: the source's own devices. */
export const SELF = 'autogroup:self';

function means(who: Selector, node: ServerNode): boolean {
  if (who === '*') return true;
  if (who.startsWith('tag:')) return node.tags.includes(who);
  if (who.endsWith('@')) return node.tags.length === 0 && `${node.user}@` === who;
  return node.name === who;
}

/** Devices of one user, none of them tagged. */
function sameUser(a: ServerNode, b: ServerNode): boolean {
  return a.user === b.user && a.tags.length === 0 && b.tags.length === 0;
}

function reaches(rules: readonly AclRule[], from: ServerNode, to: ServerNode): boolean {
  return rules.some((rule) => rule.from.some((who) => means(who, from)) && rule.to.some(({ who }) => (who === SELF ? sameUser(from, to) : means(who, to))));
}

/** Each sees the other when a rule allows either way. */
export function sees(rules: readonly AclRule[], a: ServerNode, b: ServerNode): boolean {
  return reaches(rules, a, b) || reaches(rules, b, a);
}

export function filterOf(rules: readonly AclRule[], node: ServerNode, all: Iterable<ServerNode>): FilterRule[] {
  const nodes = [...all];
  return rules.flatMap((rule) => rule.to.flatMap((target): FilterRule[] => {
    const self = target.who === SELF;
    if (!self && !means(target.who, node)) return [];
    const open = rule.from.includes('*') && !self;
    const sources = open ? EVERYONE : nodes.filter((other) => (!self || sameUser(other, node)) && rule.from.some((who) => means(who, other))).flatMap((other) => other.addresses.map(({ address }): IpRange => ({ first: address, last: address })));
    if (sources.length === 0) return [];
    const destinations = node.addresses.flatMap(({ address }) => target.ports.map(([firstPort, lastPort]) => ({ range: { first: address, last: address }, firstPort, lastPort })));
    return [{ sources: sources.map((range) => ({ kind: 'range', range })), destinations, protocols: rule.protocols ?? DEFAULT_PROTOCOLS, text: '' }];
  }));
}
