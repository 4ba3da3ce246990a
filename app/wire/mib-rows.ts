/**
 * Rows of Windows' network tables (<netioapi.h>) in the terms of app/ports/os-network.ts, and rows that ask for a change. A
 * codec: it calls nothing and decides nothing. Rows of families that are not IP are left out, as are a table's last bytes when
 * they make no row. What asks is written over a row that Windows initialized: the rest of it stays as it was.
 */
import { fromBytes, ipBytes, maskIp, type IpAddress, type IpPrefix } from '../base/ip.ts';
import { OS_TABLE_MAIN, type OsAddress, type OsAddressState, type OsLink, type OsLinkKind, type OsRoute, type OsRouteType } from '../ports/os-network.ts';
import {
  AF_INET,
  AF_INET6,
  DAD_STATE,
  IF_ADMIN_STATUS_UP,
  IF_FLAG,
  IF_OPER_STATUS_UP,
  IF_TYPE,
  IP_ADDRESS_PREFIX,
  MIB_IF_ROW2,
  MIB_IPFORWARD_ROW2,
  MIB_IPINTERFACE_ROW,
  MIB_UNICASTIPADDRESS_ROW,
  ROUTE_PROTOCOL_NETMGMT,
  ROUTER_DISCOVERY_DISABLED,
  SOCKADDR_INET,
  SUFFIX_ORIGIN_RANDOM,
} from '../../native-bindings/windows/headers/netioapi.ts';
import { viewOf } from './netlink.ts';

/** MIB_IF_ROW2 one behind the other. Filters, which stand beside each adapter and carry nothing, are left out. */
export function decodeLinkRows(rows: Uint8Array): OsLink[] {
  return eachRow(rows, MIB_IF_ROW2.size, (row, view) => {
    const flags = row[MIB_IF_ROW2.flags]!;
    if ((flags & IF_FLAG.filter) !== 0) return undefined;
    const up = view.getUint32(MIB_IF_ROW2.adminStatus, true) === IF_ADMIN_STATUS_UP;
    const mtu = view.getUint32(MIB_IF_ROW2.mtu, true);
    return {
      index: view.getUint32(MIB_IF_ROW2.index, true),
      name: readWide(view, MIB_IF_ROW2.alias, MIB_IF_ROW2.aliasUnits),
      up,
      running: up && view.getUint32(MIB_IF_ROW2.operStatus, true) === IF_OPER_STATUS_UP,
      kind: kindOf(view.getUint32(MIB_IF_ROW2.type, true), (flags & IF_FLAG.hardware) !== 0),
      // All ones: without a limit.
      mtu: mtu === 0xffff_ffff ? 0 : mtu,
    };
  });
}

function kindOf(type: number, isHardware: boolean): OsLinkKind {
  switch (type) {
    case IF_TYPE.loopback:
      return 'loopback';
    case IF_TYPE.tunnel:
    case IF_TYPE.ppp:
    case IF_TYPE.propVirtual:
      return 'tunnel';
    case IF_TYPE.ethernet:
    case IF_TYPE.wifi:
    case IF_TYPE.mobile:
    case IF_TYPE.mobile2:
      return isHardware ? 'physical' : 'virtual';
    default:
      return 'unknown';
  }
}

/** MIB_UNICASTIPADDRESS_ROW one behind the other. */
export function decodeAddressRows(rows: Uint8Array): OsAddress[] {
  return eachRow(rows, MIB_UNICASTIPADDRESS_ROW.size, (row, view) => {
    const address = readAddress(row, view, MIB_UNICASTIPADDRESS_ROW.address);
    const bits = row[MIB_UNICASTIPADDRESS_ROW.bits]!;
    if (address === undefined || bits > width(address)) return undefined;
    return {
      link: view.getUint32(MIB_UNICASTIPADDRESS_ROW.index, true),
      address,
      bits,
      state: stateOf(view.getUint32(MIB_UNICASTIPADDRESS_ROW.dadState, true)),
      temporary: address.family === 6 && view.getUint32(MIB_UNICASTIPADDRESS_ROW.suffixOrigin, true) === SUFFIX_ORIGIN_RANDOM,
    };
  });
}

function stateOf(dadState: number): OsAddressState {
  if (dadState === DAD_STATE.preferred) return 'usable';
  if (dadState === DAD_STATE.deprecated) return 'deprecated';
  // Invalid is what comes before tentative and after the last use.
  return dadState === DAD_STATE.duplicate ? 'duplicate' : 'tentative';
}

/** By family and index: what the system adds to the metric of each route over the link. MIB_IPINTERFACE_ROW one behind the other. */
export type LinkMetrics = ReadonlyMap<string, number>;
const metricKey = (family: 4 | 6, index: number): string => `${family} ${index}`;

export function decodeMetricRows(rows: Uint8Array): LinkMetrics {
  const found = eachRow(rows, MIB_IPINTERFACE_ROW.size, (_, view) => {
    const family = familyOf(view.getUint16(MIB_IPINTERFACE_ROW.family, true));
    return family === undefined ? undefined : ([metricKey(family, view.getUint32(MIB_IPINTERFACE_ROW.index, true)), view.getUint32(MIB_IPINTERFACE_ROW.metric, true)] as const);
  });
  return new Map(found);
}

/** By index: the MTU of IP, the smaller of both families. MIB_IPINTERFACE_ROW one behind the other. */
export function decodeInterfaceMtus(rows: Uint8Array): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  eachRow(rows, MIB_IPINTERFACE_ROW.size, (row, view) => {
    const index = view.getUint32(MIB_IPINTERFACE_ROW.index, true);
    if (familyOf(view.getUint16(MIB_IPINTERFACE_ROW.family, true)) !== undefined) found.set(index, Math.min(found.get(index) ?? Infinity, interfaceMtu(row)));
    return undefined;
  });
  return found;
}

/** MIB_IPFORWARD_ROW2 one behind the other. */
export function decodeRouteRows(rows: Uint8Array, metrics: LinkMetrics): OsRoute[] {
  return eachRow(rows, MIB_IPFORWARD_ROW2.size, (row, view) => {
    const destination = readAddress(row, view, MIB_IPFORWARD_ROW2.destination);
    const bits = row[MIB_IPFORWARD_ROW2.destination + IP_ADDRESS_PREFIX.bits]!;
    if (destination === undefined || bits > width(destination)) return undefined;
    const nextHop = readAddress(row, view, MIB_IPFORWARD_ROW2.nextHop);
    const link = view.getUint32(MIB_IPFORWARD_ROW2.index, true);
    const { family } = destination;
    const address = maskIp(destination, bits);
    return {
      family,
      table: OS_TABLE_MAIN,
      prefix: { address, bits },
      type: typeOf(address, bits, row[MIB_IPFORWARD_ROW2.loopback] !== 0),
      link,
      gateway: nextHop === undefined || isUnspecified(nextHop) ? undefined : nextHop,
      metric: view.getUint32(MIB_IPFORWARD_ROW2.metric, true) + (metrics.get(metricKey(family, link)) ?? 0),
      source: undefined,
      protocol: view.getUint32(MIB_IPFORWARD_ROW2.protocol, true),
    };
  });
}

/** NET_LUID: which interface, whatever its index becomes. */
export type Luid = bigint;

/** On link, by our interface, at no cost of its own. */
export function writeRoute(row: Uint8Array, luid: Luid, { address, bits }: IpPrefix): void {
  const view = viewOf(row);
  view.setBigUint64(MIB_IPFORWARD_ROW2.luid, luid, true);
  writeAddress(row, MIB_IPFORWARD_ROW2.destination, address);
  row[MIB_IPFORWARD_ROW2.destination + IP_ADDRESS_PREFIX.bits] = bits;
  // The unspecified address of the family.
  view.setUint16(MIB_IPFORWARD_ROW2.nextHop + SOCKADDR_INET.family, address.family === 4 ? AF_INET : AF_INET6, true);
  view.setUint32(MIB_IPFORWARD_ROW2.metric, 0, true);
  view.setUint32(MIB_IPFORWARD_ROW2.protocol, ROUTE_PROTOCOL_NETMGMT, true);
}

/** Usable at once: nobody else can be on a link that ends in this process, so nothing is looked for. */
export function writeOwnAddress(row: Uint8Array, luid: Luid, address: IpAddress, bits: number): void {
  const view = viewOf(row);
  writeAddress(row, MIB_UNICASTIPADDRESS_ROW.address, address);
  view.setBigUint64(MIB_UNICASTIPADDRESS_ROW.luid, luid, true);
  row[MIB_UNICASTIPADDRESS_ROW.bits] = bits;
  view.setUint32(MIB_UNICASTIPADDRESS_ROW.dadState, DAD_STATE.preferred, true);
}

/** Which interface a row is about. */
export function writeInterfaceKey(row: Uint8Array, luid: Luid, family: 4 | 6): void {
  const view = viewOf(row);
  view.setUint16(MIB_IPINTERFACE_ROW.family, family === 4 ? AF_INET : AF_INET6, true);
  view.setBigUint64(MIB_IPINTERFACE_ROW.luid, luid, true);
}

/** No router, no neighbour and no lease on our interface, and its routes come before all others of the same length. */
export function writeOwnInterface(row: Uint8Array, mtu: number): void {
  const view = viewOf(row);
  row[MIB_IPINTERFACE_ROW.automaticMetric] = 0;
  row[MIB_IPINTERFACE_ROW.managedAddress] = 0;
  row[MIB_IPINTERFACE_ROW.otherStateful] = 0;
  view.setUint32(MIB_IPINTERFACE_ROW.routerDiscovery, ROUTER_DISCOVERY_DISABLED, true);
  view.setUint32(MIB_IPINTERFACE_ROW.dadTransmits, 0, true);
  // Must be 0 of IPv4, where Windows gives back something else.
  if (view.getUint16(MIB_IPINTERFACE_ROW.family, true) === AF_INET) view.setUint32(MIB_IPINTERFACE_ROW.sitePrefix, 0, true);
  view.setUint32(MIB_IPINTERFACE_ROW.metric, 0, true);
  view.setUint32(MIB_IPINTERFACE_ROW.mtu, mtu, true);
}

export function interfaceMtu(row: Uint8Array): number {
  return viewOf(row).getUint32(MIB_IPINTERFACE_ROW.mtu, true);
}

/** A SOCKADDR_INET at `at`. */
export function writeAddress(row: Uint8Array, at: number, address: IpAddress): void {
  viewOf(row).setUint16(at + SOCKADDR_INET.family, address.family === 4 ? AF_INET : AF_INET6, true);
  row.set(ipBytes(address), at + (address.family === 4 ? SOCKADDR_INET.ipv4 : SOCKADDR_INET.ipv6));
}

function typeOf({ family, w0, w3 }: IpAddress, bits: number, isLoopback: boolean): OsRouteType {
  const isMulticast = family === 4 ? w3 >>> 28 === 0xe && bits >= 4 : w0 >>> 24 === 0xff && bits >= 8;
  if (isMulticast) return 'multicast';
  if (family === 4 && w3 === 0xffff_ffff && bits === 32) return 'broadcast';
  return isLoopback ? 'local' : 'unicast';
}

function eachRow<T>(rows: Uint8Array, size: number, read: (row: Uint8Array, view: DataView) => T | undefined): T[] {
  const out: T[] = [];
  for (let at = 0; at + size <= rows.length; at += size) {
    const row = rows.subarray(at, at + size);
    const value = read(row, viewOf(row));
    if (value !== undefined) out.push(value);
  }
  return out;
}

const familyOf = (number: number): 4 | 6 | undefined => (number === AF_INET ? 4 : number === AF_INET6 ? 6 : undefined);
const width = (address: IpAddress): number => (address.family === 4 ? 32 : 128);
const isUnspecified = ({ w0, w1, w2, w3 }: IpAddress): boolean => (w0 | w1 | w2 | w3) === 0;

function readAddress(row: Uint8Array, view: DataView, at: number): IpAddress | undefined {
  const family = familyOf(view.getUint16(at + SOCKADDR_INET.family, true));
  if (family === undefined) return undefined;
  const from = at + (family === 4 ? SOCKADDR_INET.ipv4 : SOCKADDR_INET.ipv6);
  return fromBytes(row.subarray(from, from + (family === 4 ? 4 : 16)));
}

/** UTF-16 up to its zero. */
function readWide(view: DataView, at: number, units: number): string {
  let text = '';
  for (let i = 0; i < units; i++) {
    const unit = view.getUint16(at + i * 2, true);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}
