/**
 * rtnetlink messages for links, addresses, routes and policy rules, as values: what the kernel is asked and what it
 * answers (<linux/rtnetlink.h>, <linux/if_link.h>, <linux/if_addr.h>, <linux/fib_rules.h>). A codec: it sends nothing
 * and decides nothing. Bytes that do not fit decode to undefined.
 */
import { fromBytes, ipBytes, type IpAddress, type IpPrefix } from '../base/ip.ts';
import {
  MESSAGE_HEADER,
  NetlinkWriter,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  readAttributes,
  readHeader,
  readText,
  readUint32,
  viewOf,
} from './netlink.ts';

const AF_INET = 2;
const AF_INET6 = 10;

// <linux/rtnetlink.h>
const RTM = { newLink: 16, getLink: 18, setLink: 19, newAddress: 20, deleteAddress: 21, getAddress: 22, newRoute: 24, deleteRoute: 25, getRoute: 26, newRule: 32, deleteRule: 33, getRule: 34 } as const;
/** struct ifinfomsg, struct ifaddrmsg, struct rtmsg, struct fib_rule_hdr: sizes in bytes. */
const IFINFOMSG = 16;
const IFADDRMSG = 8;
const RTMSG = 12;
const FIB_RULE_HDR = 12;
const IFLA = { name: 3, mtu: 4 } as const;
const IFA = { address: 1, local: 2, flags: 8 } as const;
const RTA = { destination: 1, oif: 4, gateway: 5, priority: 6, source: 7, table: 15 } as const;
const FRA = { priority: 6, fwmark: 10, suppressPrefixLength: 14, table: 15, fwmask: 16 } as const;

const IFF_UP = 1;
const IFA_F_NODAD = 0x02;
const IFA_F_NOPREFIXROUTE = 0x200;
const FR_ACT_TO_TBL = 1;
const FIB_RULE_INVERT = 2;
const RTPROT_STATIC = 4;

export const TABLE_MAIN = 254;
export const TABLE_LOCAL = 255;
/** RT_SCOPE_*, <linux/rtnetlink.h>. */
export const SCOPE = { universe: 0, link: 253, host: 254, nowhere: 255 } as const;
/** RTN_*, <linux/rtnetlink.h>. */
export const ROUTE_TYPE = { unicast: 1, blackhole: 6, unreachable: 7, throw: 9 } as const;
export type RouteType = keyof typeof ROUTE_TYPE;

export interface Link {
  readonly ifindex: number;
  readonly name: string;
  /** Bytes. */
  readonly mtu: number;
  readonly up: boolean;
}

export interface InterfaceAddress {
  readonly ifindex: number;
  readonly address: IpAddress;
  readonly bits: number;
}

export interface Route {
  readonly destination: IpPrefix;
  readonly type: RouteType | 'other';
  readonly table: number;
  readonly scope: number;
  /** RTA_PRIORITY. undefined: the kernel's default (0 for IPv4, 1,024 for IPv6). */
  readonly metric?: number | undefined;
  readonly oif?: number | undefined;
  readonly gateway?: IpAddress | undefined;
  /** Preferred source address. */
  readonly source?: IpAddress | undefined;
  /** RTPROT_*: who made it. */
  readonly protocol?: number | undefined;
}

export interface Rule {
  readonly family: 4 | 6;
  readonly priority: number;
  readonly table: number;
  readonly fwmark?: number | undefined;
  readonly fwmask?: number | undefined;
  /** Matches packets that do not match: `not fwmark`. */
  readonly invert: boolean;
  /** Routes of the table with at most this many bits do not count. */
  readonly suppressPrefixLength?: number | undefined;
}

const REQUEST = NLM_F_REQUEST | NLM_F_ACK;
const familyNumber = (family: 4 | 6): number => (family === 4 ? AF_INET : AF_INET6);
const familyOf = (number: number): 4 | 6 | undefined => (number === AF_INET ? 4 : number === AF_INET6 ? 6 : undefined);

export type Dumped = 'links' | 'addresses' | 'routes' | 'rules';

/** Asks for all of it, both families; of routes, with `table`: of that routing table alone (Linux 4.20, strict checks; before, all). */
export function encodeDump(what: Dumped, sequence: number, table?: number): Uint8Array {
  const [type, size] = ({ links: [RTM.getLink, IFINFOMSG], addresses: [RTM.getAddress, IFADDRMSG], routes: [RTM.getRoute, RTMSG], rules: [RTM.getRule, FIB_RULE_HDR] } as const)[what];
  const writer = new NetlinkWriter(type, NLM_F_REQUEST | NLM_F_DUMP, sequence).fixed(size, []);
  if (table !== undefined) writer.uint32(RTA.table, table);
  return writer.finish();
}

/** Asks for one link, by name or index; the answer is a link and an acknowledgement. */
export function encodeGetLink(which: string | number, sequence: number): Uint8Array {
  const writer = new NetlinkWriter(RTM.getLink, REQUEST, sequence);
  return typeof which === 'number' ? writer.fixed(IFINFOMSG, [[4, 4, which]]).finish() : writer.fixed(IFINFOMSG, []).text(IFLA.name, which).finish();
}

export function encodeSetLink(ifindex: number, set: { readonly up?: boolean; readonly mtu?: number }, sequence: number): Uint8Array {
  const writer = new NetlinkWriter(RTM.setLink, REQUEST, sequence).fixed(IFINFOMSG, [
    [4, 4, ifindex],
    [8, 4, set.up === true ? IFF_UP : 0],
    [12, 4, set.up === undefined ? 0 : IFF_UP],
  ]);
  if (set.mtu !== undefined) writer.uint32(IFLA.mtu, set.mtu);
  return writer.finish();
}

/** No duplicate detection for IPv6, and no route of the prefix: routes are set one by one. */
export function encodeAddress(action: 'add' | 'delete', a: InterfaceAddress, sequence: number): Uint8Array {
  const flags = action === 'add' ? REQUEST | NLM_F_CREATE | NLM_F_EXCL : REQUEST;
  const bytes = ipBytes(a.address);
  const writer = new NetlinkWriter(action === 'add' ? RTM.newAddress : RTM.deleteAddress, flags, sequence)
    .fixed(IFADDRMSG, [
      [0, 1, familyNumber(a.address.family)],
      [1, 1, a.bits],
      [4, 4, a.ifindex],
    ])
    .attribute(IFA.local, bytes)
    .attribute(IFA.address, bytes);
  if (action === 'add') writer.uint32(IFA.flags, IFA_F_NOPREFIXROUTE | (a.address.family === 6 ? IFA_F_NODAD : 0));
  return writer.finish();
}

/** Asks by which way a packet to this address would leave, without a mark; the answer is a route and an acknowledgement. */
export function encodeGetRoute(to: IpAddress, sequence: number): Uint8Array {
  return new NetlinkWriter(RTM.getRoute, REQUEST, sequence)
    .fixed(RTMSG, [
      [0, 1, familyNumber(to.family)],
      [1, 1, to.family === 4 ? 32 : 128],
    ])
    .attribute(RTA.destination, ipBytes(to))
    .finish();
}

/** add: fails when one of the same destination, metric and table is there. ahead: goes before it (IPv4; IPv6 knows no order
 *  within a metric). replace: takes its place, or adds. */
export function encodeRoute(action: 'add' | 'ahead' | 'replace' | 'delete', r: Route & { readonly type: RouteType }, sequence: number): Uint8Array {
  const create = NLM_F_CREATE | { add: NLM_F_EXCL, ahead: 0, replace: NLM_F_REPLACE, delete: 0 }[action];
  const family = r.destination.address.family;
  const writer = new NetlinkWriter(action === 'delete' ? RTM.deleteRoute : RTM.newRoute, action === 'delete' ? REQUEST : REQUEST | create, sequence).fixed(RTMSG, [
    [0, 1, familyNumber(family)],
    [1, 1, r.destination.bits],
    // Tables above 255 go by attribute only (RT_TABLE_UNSPEC here).
    [4, 1, r.table < 256 ? r.table : 0],
    [5, 1, action === 'delete' ? 0 : (r.protocol ?? RTPROT_STATIC)],
    [6, 1, action === 'delete' ? SCOPE.nowhere : r.scope],
    [7, 1, ROUTE_TYPE[r.type]],
  ]);
  writer.attribute(RTA.destination, ipBytes(r.destination.address)).uint32(RTA.table, r.table);
  if (r.metric !== undefined) writer.uint32(RTA.priority, r.metric);
  if (r.oif !== undefined) writer.uint32(RTA.oif, r.oif);
  if (r.gateway !== undefined) writer.attribute(RTA.gateway, ipBytes(r.gateway));
  if (r.source !== undefined) writer.attribute(RTA.source, ipBytes(r.source));
  return writer.finish();
}

/** `add` fails when the very same rule is there. */
export function encodeRule(action: 'add' | 'delete', r: Rule, sequence: number): Uint8Array {
  const flags = action === 'add' ? REQUEST | NLM_F_CREATE | NLM_F_EXCL : REQUEST;
  const writer = new NetlinkWriter(action === 'add' ? RTM.newRule : RTM.deleteRule, flags, sequence).fixed(FIB_RULE_HDR, [
    [0, 1, familyNumber(r.family)],
    [4, 1, r.table < 256 ? r.table : 0],
    [7, 1, FR_ACT_TO_TBL],
    [8, 4, r.invert ? FIB_RULE_INVERT : 0],
  ]);
  writer.uint32(FRA.table, r.table).uint32(FRA.priority, r.priority);
  if (r.fwmark !== undefined) writer.uint32(FRA.fwmark, r.fwmark);
  if (r.fwmask !== undefined) writer.uint32(FRA.fwmask, r.fwmask);
  if (r.suppressPrefixLength !== undefined) writer.uint32(FRA.suppressPrefixLength, r.suppressPrefixLength);
  return writer.finish();
}

export type Described =
  | { readonly kind: 'link'; readonly link: Link }
  | { readonly kind: 'address'; readonly address: InterfaceAddress }
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'rule'; readonly rule: Rule };

/** What a message of the kernel describes; undefined for other kinds, other families, and bytes that do not fit. */
export function decodeDescribed(message: Uint8Array): Described | undefined {
  const header = readHeader(message);
  switch (header?.type) {
    case RTM.newLink:
      return decodeLink(message);
    case RTM.newAddress:
      return decodeAddress(message);
    case RTM.newRoute:
      return decodeRoute(message);
    case RTM.newRule:
      return decodeRule(message);
    default:
      return undefined;
  }
}

const B = MESSAGE_HEADER;

function decodeLink(message: Uint8Array): Described | undefined {
  if (message.length < B + IFINFOMSG) return undefined;
  const view = viewOf(message);
  const attributes = readAttributes(message, B + IFINFOMSG);
  const name = attributes.get(IFLA.name);
  const mtu = readUint32(attributes.get(IFLA.mtu));
  if (name === undefined || mtu === undefined) return undefined;
  return { kind: 'link', link: { ifindex: view.getUint32(B + 4, true), name: readText(name), mtu, up: (view.getUint32(B + 8, true) & IFF_UP) !== 0 } };
}

function decodeAddress(message: Uint8Array): Described | undefined {
  if (message.length < B + IFADDRMSG) return undefined;
  const family = familyOf(message[B]!);
  const attributes = readAttributes(message, B + IFADDRMSG);
  // On a point-to-point link IFA_ADDRESS is the far end; IPv6 has IFA_LOCAL only there.
  const address = readAddress(family, attributes.get(IFA.local) ?? attributes.get(IFA.address));
  if (address === undefined) return undefined;
  return { kind: 'address', address: { ifindex: viewOf(message).getUint32(B + 4, true), address, bits: message[B + 1]! } };
}

function decodeRoute(message: Uint8Array): Described | undefined {
  if (message.length < B + RTMSG) return undefined;
  const family = familyOf(message[B]!);
  if (family === undefined) return undefined;
  const attributes = readAttributes(message, B + RTMSG);
  const destination = attributes.get(RTA.destination);
  const address = destination === undefined ? fromBytes(new Uint8Array(family === 4 ? 4 : 16)) : readAddress(family, destination);
  if (address === undefined) return undefined;
  const type = (Object.keys(ROUTE_TYPE) as RouteType[]).find((name) => ROUTE_TYPE[name] === message[B + 7]) ?? 'other';
  return {
    kind: 'route',
    route: {
      destination: { address, bits: message[B + 1]! },
      type,
      table: readUint32(attributes.get(RTA.table)) ?? message[B + 4]!,
      scope: message[B + 6]!,
      metric: readUint32(attributes.get(RTA.priority)),
      oif: readUint32(attributes.get(RTA.oif)),
      gateway: readAddress(family, attributes.get(RTA.gateway)),
      source: readAddress(family, attributes.get(RTA.source)),
      protocol: message[B + 5]!,
    },
  };
}

function decodeRule(message: Uint8Array): Described | undefined {
  if (message.length < B + FIB_RULE_HDR) return undefined;
  const family = familyOf(message[B]!);
  if (family === undefined) return undefined;
  const attributes = readAttributes(message, B + FIB_RULE_HDR);
  const suppress = readUint32(attributes.get(FRA.suppressPrefixLength));
  return {
    kind: 'rule',
    rule: {
      family,
      priority: readUint32(attributes.get(FRA.priority)) ?? 0,
      table: readUint32(attributes.get(FRA.table)) ?? message[B + 4]!,
      fwmark: readUint32(attributes.get(FRA.fwmark)),
      fwmask: readUint32(attributes.get(FRA.fwmask)),
      invert: (viewOf(message).getUint32(B + 8, true) & FIB_RULE_INVERT) !== 0,
      // The kernel says -1 for "off".
      suppressPrefixLength: suppress === 0xffff_ffff ? undefined : suppress,
    },
  };
}

function readAddress(family: 4 | 6 | undefined, value: Uint8Array | undefined): IpAddress | undefined {
  if (family === undefined || value === undefined || value.length !== (family === 4 ? 4 : 16)) return undefined;
  return fromBytes(value);
}
