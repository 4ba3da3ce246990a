/** Desired against observed: which wanted items are not there. Pure, one pass over the snapshot. Callers: guard.ts. */
import { equalIp, prefixContains, type IpPrefix } from '../base/ip.ts';
import { OS_TABLE_MAIN, type OsEvent, type OsLink, type OsRoute, type OsRule } from '../ports/os-network.ts';
import type { DesiredOs, ObservedOs, WantedItem, WantedRule } from '../ports/os-state.ts';

export type Comparison = { readonly kind: 'device-gone' } | { readonly kind: 'compared'; readonly missing: readonly WantedItem[] };

export function compare(desired: DesiredOs, seen: ObservedOs): Comparison {
  const { index } = desired.device;
  const device = seen.network.links.find((link) => link.index === index);
  if (device === undefined) return { kind: 'device-gone' };
  const addresses = new Set(seen.network.addresses.filter((address) => address.link === index).map(placeKey));
  const routes = new Set(seen.network.routes.filter((route) => route.type === 'throw' || route.link === index).map(routeKey));
  const missing = desired.items.filter((item) => !stands(item, { device, addresses, routes, seen }));
  // Nothing else can be made on a device that is off.
  return { kind: 'compared', missing: [...missing.filter(({ kind }) => kind === 'device'), ...missing.filter(({ kind }) => kind !== 'device')] };
}

interface Standing {
  readonly device: OsLink;
  readonly addresses: ReadonlySet<string>;
  readonly routes: ReadonlySet<string>;
  readonly seen: ObservedOs;
}

function stands(item: WantedItem, { device, addresses, routes, seen }: Standing): boolean {
  switch (item.kind) {
    case 'device':
      return device.up && (device.mtu === item.mtu || device.mtu === 0);
    case 'address':
      return addresses.has(placeKey(item));
    case 'route':
      return routes.has(routeKey(item));
    case 'rule':
      return seen.network.rules.some((rule) => isRule(rule, item.rule));
    case 'setting': {
      const setting = seen.settings.find(({ name }) => name === item.name);
      return setting === undefined || setting.setTo === item.setTo;
    }
    case 'names':
      return seen.resolver === undefined || seen.resolver === item.resolver;
    default:
      return item satisfies never;
  }
}

/** For a look-up alone: made often, so without the work of a text for people. */
const placeKey = ({ address: { family, w0, w1, w2, w3 }, bits }: IpPrefix): string => (family === 4 ? `${w3}/${bits}` : `${w0}:${w1}:${w2}:${w3}/${bits}`);
const routeKey = ({ table, type, prefix }: Pick<OsRoute, 'table' | 'type' | 'prefix'>): string => `${table} ${type} ${placeKey(prefix)}`;

function isRule(rule: OsRule, wanted: WantedRule): boolean {
  return (
    rule.action === 'table' &&
    !rule.narrower &&
    rule.family === wanted.family &&
    rule.priority === wanted.priority &&
    rule.table === wanted.table &&
    rule.invert === wanted.invert &&
    (rule.mark ?? 0) === (wanted.mark ?? 0) &&
    rule.suppressPrefixLength === wanted.suppressPrefixLength
  );
}

export function tablesOf(desired: DesiredOs): ReadonlySet<number> {
  return new Set(desired.items.flatMap((item) => (item.kind === 'route' ? [item.table] : item.kind === 'rule' ? [item.rule.table] : [])));
}

/** Whether what is told can have changed anything that is wanted. In the main table, which belongs to all, a route of another
 *  device is of concern only where one of ours leads. `tables`: those of `desired`. */
export function concerns(event: OsEvent, desired: DesiredOs, tables: ReadonlySet<number>): boolean {
  const { index } = desired.device;
  switch (event.kind) {
    case 'link':
      return event.index === index;
    case 'address':
      return event.link === index || event.address === undefined || desired.items.some((item) => item.kind === 'address' && event.address !== undefined && equalIp(item.address, event.address.address));
    case 'route':
      if (event.route === undefined || event.route.link === index) return true;
      return tables.has(event.route.table) && (event.route.table !== OS_TABLE_MAIN || isInside(event.route.prefix, desired));
    case 'rule':
      return desired.items.some((item) => item.kind === 'rule') || event.rule === undefined;
    case 'miss':
      return false;
    case 'unparsable':
    case 'lost':
    case 'source-up':
    case 'source-failed':
      return true;
    default:
      return event satisfies never;
  }
}

function isInside(prefix: IpPrefix, desired: DesiredOs): boolean {
  return desired.items.some((item) => item.kind === 'route' && item.table === OS_TABLE_MAIN && item.prefix.bits <= prefix.bits && prefixContains(item.prefix, prefix.address));
}
