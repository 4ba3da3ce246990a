/**
 * The networks below the tunnel, as links, addresses and routes show them: where others can reach us, which families lead
 * somewhere, and whether the network is another one than before. Functions only. Caller: netmon.ts.
 */
import { formatIp, formatPrefix, parsePrefix, prefixContains, type IpAddress, type IpPrefix } from '../base/ip.ts';
import { WIDE_BITS, type OsAddress, type OsLink, type OsRoute, type OsSnapshot } from '../ports/os-network.ts';
import type { OsSystem } from '../ports/os-watch.ts';
import type { Gateway } from '../ports/gateway-link.ts';
import { ADDRESSES_AT_MOST, IPV6_OF_ONE_SUBNET } from './constants.ts';
import { gatewayOf } from './gateway.ts';
import type { ChangeWeight } from './types.ts';

export interface Underlay {
  /** Best first. */
  readonly addresses: readonly OsAddress[];
  /** Ways to everywhere, as text that differs when they do. */
  readonly waysOut: readonly string[];
  /** The links that they lead over. */
  readonly waysOver: ReadonlySet<number>;
  /** Who might give ports. */
  readonly gateway: Gateway | undefined;
}

/** Devices of tunnels: what goes in there comes back to us. */
const TUNNELS = /^(zt|wt|tailscale|wg|utun|bowline|tun)/;
/** Interfaces of Darwin that carry nothing of a person's (protocol facts 9.3), by base name. */
const DARWIN_IGNORED = /^(llw|awdl|ipsec|gif|XHC|anpi|lo|utun)\d*$/;
const prefixes = (...texts: readonly string[]): IpPrefix[] => texts.map((text) => parsePrefix(text)!);
const TAILNET = prefixes('100.64.0.0/10', 'fd7a:115c:a1e0::/48');
/** Addresses that only tunnels, this computer, or one link can use. */
const NEVER = prefixes('100.64.0.0/10', 'fd7a:115c:a1e0::/48', '127.0.0.0/8', '::1/128', 'fe80::/10', '0.0.0.0/8', 'ff00::/8', '224.0.0.0/4');
/** Reported only where there is nothing better: IPv4 link-local, IPv6 unique local. */
const LAST = prefixes('169.254.0.0/16', 'fc00::/7');
/** Destinations of one link, or of many receivers: routes to them say nothing of a way out. */
const NO_DESTINATION = prefixes('fe80::/10', '169.254.0.0/16', 'ff00::/8', '224.0.0.0/4', '255.255.255.255/32');

const inAny = (of: readonly IpPrefix[], address: IpAddress): boolean => of.some((prefix) => prefixContains(prefix, address));

/** Nothing that happens on it is news. */
export function isIgnoredLink(name: string, system: OsSystem): boolean {
  return system === 'darwin' && DARWIN_IGNORED.test(name);
}

/** Nobody else can reach us at such an address. */
export function isNoUnderlayAddress(address: IpAddress): boolean {
  return inAny(NEVER, address);
}

/** Of the ranges from which servers give addresses. */
export function isOfTailnet(address: IpAddress): boolean {
  return inAny(TAILNET, address);
}

export function isWayOut(route: OsRoute): boolean {
  return route.type === 'unicast' && route.prefix.bits <= WIDE_BITS && !inAny(NO_DESTINATION, route.prefix.address);
}

/** Text that differs when the way out does. */
export function wayText({ family, table, prefix, link, gateway, metric }: OsRoute): string {
  return `${family} ${table} ${formatPrefix(prefix)} ${link ?? 0} ${gateway === undefined ? '-' : formatIp(gateway)} ${metric}`;
}

/** `own`: index of our own device; what is on it or leads to it is no underlay. */
export function underlayOf({ links, addresses, routes }: OsSnapshot, own: number | undefined, system: OsSystem): Underlay {
  const carries = ({ index, name, up, running }: OsLink): boolean => up && running && index !== own && !TUNNELS.test(name) && !isIgnoredLink(name, system);
  const carrying = new Set(links.filter(carries).map(({ index }) => index));
  const here = addresses.filter(({ link, address, state }) => carrying.has(link) && (state === 'usable' || state === 'deprecated') && !inAny(NEVER, address));
  const good = here.filter(({ address }) => !inAny(LAST, address));
  const ways = routes.filter((route) => isWayOut(route) && (route.link === undefined || route.link !== own));
  return {
    addresses: fewOfEachSubnet(good.length > 0 ? good : here).slice(0, ADDRESSES_AT_MOST),
    waysOut: [...new Set(ways.map(wayText))].toSorted(),
    waysOver: new Set(ways.flatMap(({ link }) => link ?? [])),
    gateway: gatewayOf({ addresses, routes }, carrying),
  };
}

/** Families that lead somewhere: an address, and for IPv6, which many networks have without a way out, a route to everywhere. */
export function familiesOf({ addresses, waysOut }: Underlay): { readonly ipv4: boolean; readonly ipv6: boolean } {
  const hasIpv6 = addresses.some(({ address }) => address.family === 6 && !inAny(LAST, address));
  return { ipv4: addresses.some(({ address }) => address.family === 4), ipv6: hasIpv6 && waysOut.some((way) => way.startsWith('6 ')) };
}

/**
 * minor: an address came, or one went over which nothing left for the internet. major: a way out, or an address of a link
 * that has one, went or was replaced. A privacy address that ends while another of its subnet stays is minor: the system
 * keeps what is open over it. down, up: the last address went, the first came.
 */
export function compareUnderlay(before: Underlay, after: Underlay): 'same' | ChangeWeight | 'down' | 'up' {
  const texts = (of: Underlay): Set<string> => new Set(of.addresses.map(({ address }) => formatIp(address)));
  const [had, has] = [texts(before), texts(after)];
  if (has.size === 0) return had.size === 0 ? 'same' : 'down';
  if (had.size === 0) return 'up';
  if (before.waysOut.join() !== after.waysOut.join()) return 'major';
  const gone = before.addresses.filter(({ address }) => !has.has(formatIp(address)));
  const stays = (old: OsAddress): boolean => old.address.family === 6 && after.addresses.some(({ address }) => address.family === 6 && sameSubnet(old.address, address));
  const matters = (old: OsAddress): boolean => before.waysOver.size === 0 || before.waysOver.has(old.link);
  if (gone.some((old) => matters(old) && !stays(old))) return 'major';
  return gone.length > 0 || has.size !== had.size ? 'minor' : 'same';
}

/** Privacy addresses come and go; two of a subnet reach as far as ten. */
function fewOfEachSubnet(addresses: readonly OsAddress[]): OsAddress[] {
  const kept: OsAddress[] = [];
  for (const one of addresses) {
    const beside = kept.filter((other) => other.address.family === 6 && one.address.family === 6 && sameSubnet(other.address, one.address));
    if (beside.length < IPV6_OF_ONE_SUBNET && !kept.some((other) => formatIp(other.address) === formatIp(one.address))) kept.push(one);
  }
  return kept.toSorted((a, b) => a.address.family - b.address.family);
}

/** Of 64 bits, as every link with privacy addresses has it. */
function sameSubnet(a: IpAddress, b: IpAddress): boolean {
  return a.w0 === b.w0 && a.w1 === b.w1;
}
