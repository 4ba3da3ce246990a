/**
 * The networks below the tunnel, as this computer's links, addresses and routes show them: where others can reach us, and
 * whether the network is another one than before. Pure; underlay-watch.ts asks the kernel.
 */
import { formatIp, prefixContains, parsePrefix, type IpAddress, type IpEndpoint } from '../../base/ip.ts';
import type { InterfaceAddress, Link, Route } from '../../wire/rtnetlink.ts';

export interface Seen {
  readonly links: readonly Link[];
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly Route[];
}

export interface Underlay {
  /** Best first. */
  readonly addresses: readonly IpAddress[];
  /** Ways to everywhere, as text that differs when they do. */
  readonly gateways: readonly string[];
}

/** Devices of tunnels: what goes in there comes back to us. */
const TUNNELS = /^(zt|wt|tailscale|wg|utun|bowline|tun)/;
const prefixes = (...texts: readonly string[]) => texts.map((text) => parsePrefix(text)!);
/** Addresses that only tunnels, this computer, or one link can use. */
const NEVER = prefixes('100.64.0.0/10', 'fd7a:115c:a1e0::/48', '127.0.0.0/8', '::1/128', 'fe80::/10', '0.0.0.0/8', 'ff00::/8', '224.0.0.0/4');
/** Reported only where there is nothing better: IPv4 link-local, IPv6 unique local. */
const LAST = prefixes('169.254.0.0/16', 'fc00::/7');
const IPV6_OF_ONE_SUBNET = 2;
/** Ours, for any number of devices; stock clients send a handful. */
const ADDRESSES_AT_MOST = 24;

const inAny = (of: ReturnType<typeof prefixes>, address: IpAddress): boolean => of.some((prefix) => prefixContains(prefix, address));

/** `own`: index of our own device. */
export function underlayOf({ links, addresses, routes }: Seen, own: number): Underlay {
  const names = new Map(links.filter((link) => link.up && link.ifindex !== own && !TUNNELS.test(link.name)).map((link) => [link.ifindex, link.name]));
  const here = addresses.filter(({ ifindex, address }) => names.has(ifindex) && !inAny(NEVER, address)).map(({ address }) => address);
  const good = here.filter((address) => !inAny(LAST, address));
  const gateways = routes
    .filter((route) => route.destination.bits === 0 && route.type === 'unicast' && route.oif !== own)
    .map((route) => `${route.destination.address.family} ${route.table} ${route.oif ?? 0} ${route.gateway === undefined ? '-' : formatIp(route.gateway)} ${route.metric ?? 0}`);
  return { addresses: fewOfEachSubnet(good.length > 0 ? good : here).slice(0, ADDRESSES_AT_MOST), gateways: [...new Set(gateways)].toSorted() };
}

/** Families that lead somewhere: an address, and for IPv6, which many networks have without a way out, a route to everywhere. */
export function familiesOf({ addresses, gateways }: Underlay): { readonly ipv4: boolean; readonly ipv6: boolean } {
  const hasIpv6 = addresses.some((address) => address.family === 6 && !inAny(LAST, address));
  return { ipv4: addresses.some(({ family }) => family === 4), ipv6: hasIpv6 && gateways.some((gateway) => gateway.startsWith('6 ')) };
}

/** Privacy addresses come and go; two of a subnet reach as far as ten. */
function fewOfEachSubnet(addresses: readonly IpAddress[]): IpAddress[] {
  const kept: IpAddress[] = [];
  for (const address of addresses) {
    const beside = kept.filter((other) => other.family === 6 && address.family === 6 && sameSubnet(other, address));
    if (beside.length < IPV6_OF_ONE_SUBNET && !kept.some((other) => formatIp(other) === formatIp(address))) kept.push(address);
  }
  return kept.toSorted((a, b) => a.family - b.family);
}

/** Of 64 bits, as every link with privacy addresses has it. */
function sameSubnet(a: IpAddress, b: IpAddress): boolean {
  return a.w0 === b.w0 && a.w1 === b.w1;
}

export function endpointsOf(underlay: Underlay, port: number): IpEndpoint[] {
  return underlay.addresses.map((address) => ({ address, port }));
}

/**
 * 'same': nothing that matters. 'more': an address came, and what was open stays good. 'changed': an address or a way out
 * went or was replaced, so that what was open over it is doubted. A privacy address that ends while another of its subnet
 * stays is 'more': the system keeps what is open over it. 'down', 'up': the last address went, the first came.
 */
export function compareUnderlay(before: Underlay, after: Underlay): 'same' | 'more' | 'changed' | 'down' | 'up' {
  const texts = (of: Underlay): Set<string> => new Set(of.addresses.map(formatIp));
  const [had, has] = [texts(before), texts(after)];
  if (has.size === 0) return had.size === 0 ? 'same' : 'down';
  if (had.size === 0) return 'up';
  const isMissed = (gone: IpAddress): boolean => !has.has(formatIp(gone)) && !after.addresses.some((other) => gone.family === 6 && other.family === 6 && sameSubnet(gone, other));
  if (before.addresses.some(isMissed) || before.gateways.join() !== after.gateways.join()) return 'changed';
  return [...had].some((address) => !has.has(address)) || has.size > had.size ? 'more' : 'same';
}
