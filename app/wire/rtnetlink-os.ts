/**
 * What Linux tells of links, addresses, routes and rules, in the terms of all systems (app/ports/os-network.ts): one message
 * of rtnetlink is one event, or none (<linux/rtnetlink.h>, <linux/if_link.h>, <linux/if_addr.h>, <linux/fib_rules.h>,
 * <linux/if_arp.h>). A codec: it decides nothing. Bytes that do not fit are the event 'unparsable', never a throw.
 */
import { fromBytes, type IpAddress } from '../base/ip.ts';
import type { OsAction, OsAddress, OsEvent, OsLink, OsLinkKind, OsRoute, OsRouteType, OsRule, OsRuleAction, OsSnapshot } from '../ports/os-network.ts';
import { MESSAGE_HEADER, NLM_F_REPLACE, readAttributes, readHeader, readText, readUint32, viewOf } from './netlink.ts';

const AF_UNSPEC = 0;
const FAMILIES: ReadonlyMap<number, 4 | 6> = new Map([[2, 4], [10, 6]]);
/** <linux/rtnetlink.h>: what is told, and what it does. */
const TOLD: ReadonlyMap<number, readonly ['link' | 'address' | 'route' | 'rule', 'added' | 'removed']> = new Map([
  [16, ['link', 'added']],
  [17, ['link', 'removed']],
  [20, ['address', 'added']],
  [21, ['address', 'removed']],
  [24, ['route', 'added']],
  [25, ['route', 'removed']],
  [32, ['rule', 'added']],
  [33, ['rule', 'removed']],
]);
const PORT_ID = 12;
const B = MESSAGE_HEADER;
/** struct ifinfomsg, ifaddrmsg, rtmsg, fib_rule_hdr: sizes in bytes. */
const IFINFOMSG = 16;
const IFADDRMSG = 8;
const RTMSG = 12;
const FIB_RULE_HDR = 12;

const IFLA = { name: 3, mtu: 4, linkInfo: 18 } as const;
const IFLA_INFO_KIND = 1;
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;
/** ARPHRD_NONE: packets without a link's header, as of TUN. */
const ARPHRD_NONE = 0xfffe;
const TUNNEL_KINDS: ReadonlySet<string> = new Set(['wireguard', 'ipip', 'sit', 'gre', 'ip6gre', 'ip6tnl', 'vti', 'vti6', 'xfrm', 'amneziawg']);

const IFA = { address: 1, local: 2, flags: 8 } as const;
const IFA_F = { temporary: 0x01, optimistic: 0x04, dadFailed: 0x08, deprecated: 0x20, tentative: 0x40 } as const;

const RTA = { destination: 1, oif: 4, gateway: 5, priority: 6, source: 7, table: 15, via: 18 } as const;
/** A copy that the kernel made of a route for one destination; no table has it. */
const RTM_F_CLONED = 0x200;
const ROUTE_TYPES: readonly (OsRouteType | undefined)[] = [undefined, 'unicast', 'local', 'broadcast', undefined, 'multicast', 'blackhole', 'unreachable', 'prohibit', 'throw'];

const FRA = { destination: 1, source: 2, inputName: 3, priority: 6, fwmark: 10, tunnelId: 12, suppressPrefixLength: 14, table: 15, fwmask: 16, outputName: 17, l3Domain: 19, users: 20, protocol: 21, ipProtocol: 22, sourcePorts: 23, destinationPorts: 24 } as const;
const NARROWER = [FRA.destination, FRA.source, FRA.inputName, FRA.tunnelId, FRA.outputName, FRA.l3Domain, FRA.users, FRA.ipProtocol, FRA.sourcePorts, FRA.destinationPorts];
const RULE_ACTIONS: readonly (OsRuleAction | undefined)[] = [undefined, 'table', 'goto', 'nop', undefined, undefined, 'blackhole', 'unreachable', 'prohibit'];
const FIB_RULE_INVERT = 2;
const SUPPRESSES_NOTHING = 0xffff_ffff;

/** Undefined: it tells nothing of ours, such as a port of a bridge or a route of multicast routing. */
export function osEventOf(message: Uint8Array): OsEvent | undefined {
  const header = readHeader(message);
  if (header === undefined) return unparsable(message);
  const told = TOLD.get(header.type);
  if (told === undefined) return undefined;
  const [what, does] = told;
  const action: OsAction = does === 'added' && (header.flags & NLM_F_REPLACE) !== 0 ? 'changed' : does;
  const portId = viewOf(message).getUint32(PORT_ID, true);
  const by = portId === 0 ? {} : { by: portId };
  switch (what) {
    case 'link': {
      const link = linkOf(message);
      return typeof link === 'string' ? failed(link, message) : { kind: 'link', action, index: link.index, link, ...by };
    }
    case 'address': {
      const address = addressOf(message);
      return typeof address === 'string' ? failed(address, message) : { kind: 'address', action, link: address.link, address, ...by };
    }
    case 'route': {
      const route = routeOf(message);
      return typeof route === 'string' ? failed(route, message) : { kind: 'route', action, route, ...by };
    }
    case 'rule': {
      const rule = ruleOf(message);
      return typeof rule === 'string' ? failed(rule, message) : { kind: 'rule', action, rule, ...by };
    }
    default:
      return what satisfies never;
  }
}

/** From the messages of four dumps, in any order; what is of no concern or unparsable is left out. */
export function osSnapshotOf(messages: Iterable<Uint8Array>): OsSnapshot {
  const links: OsLink[] = [];
  const addresses: OsAddress[] = [];
  const routes: OsRoute[] = [];
  const rules: OsRule[] = [];
  for (const message of messages) {
    const event = osEventOf(message);
    if (event?.kind === 'link' && event.link !== undefined) links.push(event.link);
    else if (event?.kind === 'address' && event.address !== undefined) addresses.push(event.address);
    else if (event?.kind === 'route' && event.route !== undefined) routes.push(event.route);
    else if (event?.kind === 'rule' && event.rule !== undefined) rules.push(event.rule);
  }
  return { links, addresses, routes, rules };
}

/** foreign: of another family, or no entry of a table. short: it does not fit. */
type NotOne = 'foreign' | 'short';

const failed = (why: NotOne, message: Uint8Array): OsEvent | undefined => (why === 'foreign' ? undefined : unparsable(message));
const unparsable = (message: Uint8Array): OsEvent => ({ kind: 'unparsable', why: `a message of ${message.length} bytes${message.length < B ? '' : `, type ${viewOf(message).getUint16(4, true)}`}` });

function linkOf(message: Uint8Array): OsLink | NotOne {
  if (message.length < B + IFINFOMSG) return 'short';
  // A bridge tells of its ports as of links of its own family: a port that leaves is no link that goes.
  if (message[B] !== AF_UNSPEC) return 'foreign';
  const view = viewOf(message);
  const attributes = readAttributes(message, B + IFINFOMSG);
  const name = attributes.get(IFLA.name);
  if (name === undefined) return 'short';
  const flags = view.getUint32(B + 8, true);
  return {
    index: view.getUint32(B + 4, true),
    name: readText(name),
    up: (flags & IFF_UP) !== 0,
    running: (flags & IFF_RUNNING) !== 0,
    kind: kindOf(view.getUint16(B + 2, true), flags, attributes.get(IFLA.linkInfo)),
    mtu: readUint32(attributes.get(IFLA.mtu)) ?? 0,
  };
}

function kindOf(type: number, flags: number, info: Uint8Array | undefined): OsLinkKind {
  if ((flags & IFF_LOOPBACK) !== 0) return 'loopback';
  const kind = info === undefined ? undefined : nestedText(info, IFLA_INFO_KIND);
  if (type === ARPHRD_NONE || (kind !== undefined && TUNNEL_KINDS.has(kind))) return 'tunnel';
  return kind === undefined ? 'physical' : 'virtual';
}

/** A text in nested attributes. */
function nestedText(nested: Uint8Array, wanted: number): string | undefined {
  const view = viewOf(nested);
  for (let at = 0; at + 4 <= nested.length; ) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > nested.length) return undefined;
    if (view.getUint16(at + 2, true) === wanted) return readText(nested.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return undefined;
}

function addressOf(message: Uint8Array): OsAddress | NotOne {
  if (message.length < B + IFADDRMSG) return 'short';
  const family = FAMILIES.get(message[B]!);
  if (family === undefined) return 'foreign';
  const attributes = readAttributes(message, B + IFADDRMSG);
  // On a point-to-point link IFA_ADDRESS is the far end; IPv6 has IFA_LOCAL only there.
  const address = readIp(family, attributes.get(IFA.local) ?? attributes.get(IFA.address));
  if (address === undefined) return 'short';
  const flags = readUint32(attributes.get(IFA.flags)) ?? message[B + 2]!;
  const isTentative = (flags & IFA_F.tentative) !== 0 && (flags & IFA_F.optimistic) === 0;
  return {
    link: viewOf(message).getUint32(B + 4, true),
    address,
    bits: message[B + 1]!,
    state: (flags & IFA_F.dadFailed) !== 0 ? 'duplicate' : isTentative ? 'tentative' : (flags & IFA_F.deprecated) !== 0 ? 'deprecated' : 'usable',
    // The same bit says of an IPv4 address that it is not the first of its prefix.
    temporary: family === 6 && (flags & IFA_F.temporary) !== 0,
  };
}

function routeOf(message: Uint8Array): OsRoute | NotOne {
  if (message.length < B + RTMSG) return 'short';
  const family = FAMILIES.get(message[B]!);
  if (family === undefined) return 'foreign';
  if ((viewOf(message).getUint32(B + 8, true) & RTM_F_CLONED) !== 0) return 'foreign';
  const attributes = readAttributes(message, B + RTMSG);
  const destination = attributes.get(RTA.destination);
  const address = destination === undefined ? fromBytes(new Uint8Array(family === 4 ? 4 : 16)) : readIp(family, destination);
  if (address === undefined) return 'short';
  return {
    family,
    table: readUint32(attributes.get(RTA.table)) ?? message[B + 4]!,
    prefix: { address, bits: message[B + 1]! },
    type: ROUTE_TYPES[message[B + 7]!] ?? 'other',
    link: readUint32(attributes.get(RTA.oif)),
    gateway: readIp(family, attributes.get(RTA.gateway)) ?? readVia(attributes.get(RTA.via)),
    metric: readUint32(attributes.get(RTA.priority)) ?? 0,
    source: readIp(family, attributes.get(RTA.source)),
    protocol: message[B + 5]!,
  };
}

function ruleOf(message: Uint8Array): OsRule | NotOne {
  if (message.length < B + FIB_RULE_HDR) return 'short';
  const family = FAMILIES.get(message[B]!);
  if (family === undefined) return 'foreign';
  const attributes = readAttributes(message, B + FIB_RULE_HDR);
  const action = RULE_ACTIONS[message[B + 7]!] ?? 'other';
  const suppress = readUint32(attributes.get(FRA.suppressPrefixLength));
  const mask = readUint32(attributes.get(FRA.fwmask));
  return {
    family,
    priority: readUint32(attributes.get(FRA.priority)) ?? 0,
    action,
    table: action === 'table' ? (readUint32(attributes.get(FRA.table)) ?? message[B + 4]!) : 0,
    // A mask alone asks for the mark 0.
    mark: readUint32(attributes.get(FRA.fwmark)) ?? (mask === undefined || mask === 0 ? undefined : 0),
    mask: mask === 0 ? undefined : mask,
    invert: (viewOf(message).getUint32(B + 8, true) & FIB_RULE_INVERT) !== 0,
    suppressPrefixLength: suppress === SUPPRESSES_NOTHING ? undefined : suppress,
    protocol: attributes.get(FRA.protocol)?.[0],
    narrower: message[B + 3] !== 0 || NARROWER.some((type) => attributes.has(type)),
  };
}

function readIp(family: 4 | 6, value: Uint8Array | undefined): IpAddress | undefined {
  return value === undefined || value.length !== (family === 4 ? 4 : 16) ? undefined : fromBytes(value);
}

/** struct rtvia: a gateway of the other family. */
function readVia(value: Uint8Array | undefined): IpAddress | undefined {
  if (value === undefined || value.length < 2) return undefined;
  const family = FAMILIES.get(viewOf(value).getUint16(0, true));
  return family === undefined ? undefined : readIp(family, value.subarray(2));
}
