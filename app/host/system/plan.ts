/**
 * What has to change on the operating system for one configuration, in order: the link, its addresses, routes, rules,
 * name servers. Pure: it looks at a view of the system and changes nothing.
 *
 * Default routes without a loop: they lie in a table of their own, which every packet is looked up in except those that
 * carry our mark (our own datagrams). Before it, the main table is asked for anything more specific than a default
 * route, so that local networks stay reachable. Strict reverse path filtering would drop the answers of our peers,
 * because by the unmarked tables they "should" come from the tunnel: it is set to loose while such a route is up.
 *
 * The layout, of either family. Table 51820 or the next free one is ours alone, and its number is our mark:
 *
 *   rule L-2   all packets          table main, its default route does not count (suppress_prefixlength 0)
 *   rule L-1   not fwmark 51820     table 51820:  throw each network of main, then default dev DEVICE
 *
 * L is the lowest priority that others use (32766 on a bare system), so that no rule of theirs comes between. Numbers as
 * wg-quick's rather than 52 and 5210 to 5270: those are another VPN's, which may run beside us. Routes carry protocol 66.
 */
import { formatIp, formatPrefix, ipv6, prefixContains, type IpAddress, type IpPrefix } from '../../base/ip.ts';
import type { WgConfig } from '../../config/types.ts';
import { TABLE_LOCAL, TABLE_MAIN, type Rule } from '../../wire/rtnetlink.ts';
import { translator } from '../../language/texts.ts';
import type { LinkName, SystemChange } from './changes.ts';
import type { SystemView } from './port.ts';
import { resolvConfText } from './resolv-conf.ts';

const { text } = translator('en');

/** As wg-quick counts: the first free table from here is ours, and its number is our mark. */
export const FIRST_TABLE = 51_820;
const TABLES_TRIED = 1_000;
/** Outer IPv6, UDP, WireGuard data header and tag: 40 + 8 + 16 + 16 bytes. */
const OVERHEAD = 80;
const USUAL_MTU = 1_420;
const LEAST_MTU = 1_280;
const MOST_MTU = 9_000;
const REVERSE_PATH_ALL = 'net/ipv4/conf/all/rp_filter';
const STRICT = 1;
const LOOSE = 2;
/** Every link has these, and the main table alone can tell them apart. */
const LINK_LOCAL: IpPrefix = { address: ipv6(0xfe80_0000, 0, 0, 0), bits: 10 };
/** Of a router with thousands of routes, the first; the rule before ours covers all. */
const EXCEPTIONS_AT_MOST = 256;
const DEFAULT_RESOLV_MODE = 0o644;

/** Decided before the link exists. */
export interface Frame {
  readonly mtu: number;
  /** SO_MARK of our datagrams; 0: none. */
  readonly fwmark: number;
  /** Where default routes go; undefined: there are none, or no routes are wanted. */
  readonly ownTable: number | undefined;
}

export type Planned<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string };

const refuse = (message: string): { readonly ok: false; readonly message: string } => ({ ok: false, message });

/** `endpoints`: where our datagrams go, as far as it is known. */
export function planFrame(config: WgConfig, view: SystemView, endpoints: readonly IpAddress[] = []): Planned<Frame> {
  const { fwmark, mtu, table } = config.interface;
  const needsOwn = table.kind === 'auto' && allowed(config).some((prefix) => prefix.bits === 0);
  const ownTable = needsOwn ? freeTable(view) : undefined;
  if (needsOwn && ownTable === undefined) return refuse(text('problem.no-table', { first: FIRST_TABLE, last: FIRST_TABLE + TABLES_TRIED - 1 }));
  const families = new Set([...config.interface.addresses.map(({ address }) => address.family), ...allowed(config).map((prefix) => prefix.address.family)]);
  if (families.has(6) && !view.ipv6) return refuse(text('problem.no-ipv6'));
  const looping = table.kind === 'auto' ? endpoints.find((endpoint) => wouldLoop(endpoint, config, view)) : undefined;
  if (looping !== undefined) {
    return refuse(text('problem.loop', { endpoint: formatIp(looping) }));
  }
  return { ok: true, value: { mtu: mtu ?? derivedMtu(view), fwmark: fwmark !== 0 ? fwmark : (ownTable ?? 0), ownTable } };
}

/** `link`: ours, which exists by now. */
export function planChanges(config: WgConfig, frame: Frame, link: LinkName, view: SystemView): Planned<SystemChange[]> {
  const { addresses, table } = config.interface;
  const changes: SystemChange[] = [{ kind: 'mtu', link, mtu: frame.mtu }];
  for (const { address, bits } of addresses) changes.push({ kind: 'address', link, address, bits });
  changes.push({ kind: 'up', link });
  if (table.kind === 'off') return { ok: true, value: [...changes, ...planDns(config, link, view)] };
  const wide = allowed(config).toSorted((a, b) => b.bits - a.bits);
  const all = wide.map((destination): SystemChange => ({ kind: 'route', link, destination, table: tableOf(destination, config, frame) }));
  // Before the default route is there, so that no packet to a network of our own takes it.
  const routes = withExceptions(all, frame, link, view);
  // Rules before the default routes' table is asked, so that the mark holds from the first moment.
  const rules: SystemChange[] = [];
  for (const family of [4, 6] as const) {
    if (frame.ownTable === undefined || !wide.some((prefix) => prefix.bits === 0 && prefix.address.family === family)) continue;
    const pair = rulePair(family, frame.ownTable, frame.fwmark, view);
    if (pair === undefined) return refuse(text('problem.no-priority', { family }));
    if (family === 4) rules.push(...loosened(view));
    rules.push(...pair.map((rule): SystemChange => ({ kind: 'rule', rule })));
  }
  return { ok: true, value: [...changes, ...routes, ...rules, ...planDns(config, link, view)] };
}

/**
 * The same changes with the exceptions as `view` needs them now: for each network that the main table knows by more than a
 * default route, a throw route in our own table. The rule before ours asks the main table first, so that these are a second
 * line: when another program removes that rule, local networks do not go to the exit. They follow what the main table knows.
 */
export function withExceptions(changes: readonly SystemChange[], { ownTable }: Frame, link: LinkName, view: SystemView): SystemChange[] {
  const others = changes.filter((change) => change.kind !== 'route' || change.type !== 'throw');
  const at = others.findIndex((change) => change.kind === 'route' && change.table === ownTable);
  if (ownTable === undefined || at < 0) return others;
  const families = new Set(others.flatMap((change) => (change.kind === 'route' && change.table === ownTable ? [change.destination.address.family] : [])));
  const networks = view.routes.filter(({ table, type, oif, destination }) => table === TABLE_MAIN && type === 'unicast' && oif !== link.ifindex && destination.bits > 0 && families.has(destination.address.family) && !prefixContains(LINK_LOCAL, destination.address));
  const exceptions = [...new Map(networks.map(({ destination }) => [formatPrefix(destination), destination])).values()].slice(0, EXCEPTIONS_AT_MOST);
  return [...others.slice(0, at), ...exceptions.map((destination): SystemChange => ({ kind: 'route', link, destination, table: ownTable, type: 'throw' })), ...others.slice(at)];
}

/** How one system's changes are planned. `follow`: the same changes as the networks of this computer need them now. */
export interface SystemPlan {
  readonly frame: typeof planFrame;
  readonly changes: typeof planChanges;
  readonly follow: typeof withExceptions;
}

export const LINUX_PLAN: SystemPlan = { frame: planFrame, changes: planChanges, follow: withExceptions };

function tableOf(destination: IpPrefix, config: WgConfig, frame: Frame): number {
  const { table } = config.interface;
  if (table.kind === 'number') return table.table;
  return destination.bits === 0 && frame.ownTable !== undefined ? frame.ownTable : TABLE_MAIN;
}

/** The route that our own datagrams would take is one of ours: of those in the main table, the longest counts. */
function wouldLoop(endpoint: IpAddress, config: WgConfig, view: SystemView): boolean {
  const longest = (prefixes: readonly IpPrefix[]): number => Math.max(0, ...prefixes.filter((prefix) => prefixContains(prefix, endpoint)).map((prefix) => prefix.bits));
  return longest(allowed(config)) > longest(view.routes.filter((route) => route.table === TABLE_MAIN || route.table === TABLE_LOCAL).map((route) => route.destination));
}

/** First: the main table without its default route. Second: ours, for all that does not carry our mark. */
function rulePair(family: 4 | 6, table: number, fwmark: number, view: SystemView): Rule[] | undefined {
  const priorities = view.rules.filter((rule) => rule.family === family && rule.priority > 0).map((rule) => rule.priority);
  const lowest = Math.min(32_766, ...priorities);
  if (lowest < 3) return undefined;
  return [
    { family, priority: lowest - 2, table: TABLE_MAIN, invert: false, suppressPrefixLength: 0 },
    { family, priority: lowest - 1, table, fwmark, invert: true },
  ];
}

function loosened(view: SystemView): SystemChange[] {
  const all = view.reversePathFilter.get('all');
  if (all === undefined || all === LOOSE || ![...view.reversePathFilter.values()].includes(STRICT)) return [];
  // The kernel takes the larger of `all` and the link's own.
  return [{ kind: 'setting', name: REVERSE_PATH_ALL, value: String(LOOSE), before: String(all) }];
}

function planDns(config: WgConfig, link: LinkName, view: SystemView): SystemChange[] {
  const { servers, searchDomains } = config.interface.dns;
  if (servers.length === 0 && searchDomains.length === 0) return [];
  const wanted = { servers: servers.map(formatIp), searchDomains };
  // "~." sends every name to this link's servers.
  if (view.resolved) return [{ kind: 'link-dns', link, servers: wanted.servers, domains: servers.length === 0 ? [...searchDomains] : [...searchDomains, '~.'] }];
  const text = resolvConfText(view.resolvConfText, wanted);
  const mode = view.resolvConf.kind === 'file' ? view.resolvConf.mode : DEFAULT_RESOLV_MODE;
  return [{ kind: 'resolv-conf', text, mode, before: view.resolvConf }];
}

function freeTable(view: SystemView): number | undefined {
  const used = new Set([...view.routes.map((route) => route.table), ...view.rules.flatMap((rule) => [rule.table, rule.fwmark ?? 0])]);
  for (let table = FIRST_TABLE; table < FIRST_TABLE + TABLES_TRIED; table++) {
    if (!used.has(table)) return table;
  }
  return undefined;
}

/** The MTU of the link that leads to the rest of the world, less what a packet grows by. */
export function derivedMtu(view: SystemView): number {
  const ways = new Set(view.routes.filter((route) => route.destination.bits === 0 && route.type === 'unicast').map((route) => route.oif));
  const mtus = view.links.filter((link) => ways.has(link.ifindex)).map((link) => link.mtu);
  if (mtus.length === 0) return USUAL_MTU;
  return Math.max(LEAST_MTU, Math.min(MOST_MTU, ...mtus.map((mtu) => mtu - OVERHEAD)));
}

/** Of all peers, each prefix once. */
export function allowed(config: WgConfig): IpPrefix[] {
  return [...new Map(config.peers.flatMap((peer) => peer.allowedIps).map((prefix) => [formatPrefix(prefix), prefix])).values()];
}
