/**
 * What has to change on macOS for one configuration. Pure, as plan.ts, with what macOS has: one table, no rules, no marks.
 *
 *   0.0.0.0/0 -> 0.0.0.0/1 and 128.0.0.0/1        ::/0 -> ::/1 and 8000::/1
 *
 * Two halves are more exact than the system's own default route, which stays where it is and counts again the moment ours are
 * gone, also when this process is killed and its device with it. Local networks are more exact still.
 *
 * Our own datagrams would take the halves too. Their sockets are bound to the link of the system's default route (IP_BOUND_IF,
 * IPV6_BOUND_IF): the look-up then sees that link's routes alone. Host routes to each endpoint, as wg-quick makes them, would
 * have to follow every peer that roams and every gateway that changes, and stay behind when somebody kills us. The price: a
 * peer behind a second interface is reached by way of the first. Sockets are bound anew with each change of the network.
 *
 * Names: a network service of our own in the dynamic store, which configd merges with the others (`scutil`).
 */
import { formatIp, formatPrefix, maskIp, prefixContains, ipv4, ipv6, type IpPrefix } from '../../base/ip.ts';
import type { WgConfig } from '../../config/types.ts';
import { translator } from '../../language/texts.ts';
import { OS_TABLE_MAIN } from '../../ports/os-network.ts';
import type { LinkName, SystemChange } from './changes.ts';
import { allowed, derivedMtu, type SystemPlan } from './plan.ts';

const { text } = translator('en');

/** Frame.fwmark of this system: our sockets are bound past the tunnel. It is no number that packets carry. */
export const BOUND = 1;
const UPPER_HALF = { 4: ipv4(0x8000_0000), 6: ipv6(0x8000_0000, 0, 0, 0) } as const;

export const DARWIN_PLAN: SystemPlan = {
  frame(config, view, endpoints = []) {
    const { mtu, table } = config.interface;
    if (table.kind === 'number') return { ok: false, message: text('problem.no-tables') };
    const prefixes = allowed(config);
    const loops = table.kind === 'auto' && prefixes.some((prefix) => prefix.bits === 0 || endpoints.some((endpoint) => prefixContains(prefix, endpoint)));
    return { ok: true, value: { mtu: mtu ?? derivedMtu(view), fwmark: loops ? BOUND : 0, ownTable: undefined } };
  },
  changes(config, frame, link) {
    const { addresses, table } = config.interface;
    const routes = table.kind === 'off' ? [] : distinct(allowed(config).flatMap(halves)).toSorted((a, b) => b.bits - a.bits);
    return {
      ok: true,
      value: [
        { kind: 'mtu', link, mtu: frame.mtu },
        ...addresses.map(({ address, bits }): SystemChange => ({ kind: 'address', link, address, bits })),
        { kind: 'up', link },
        ...routes.map((destination): SystemChange => ({ kind: 'route', link, destination, table: OS_TABLE_MAIN })),
        ...names(config, link),
      ],
    };
  },
  // Halves need no exceptions: every network of this computer is more exact.
  follow: (changes) => [...changes],
};

function halves(prefix: IpPrefix): IpPrefix[] {
  if (prefix.bits > 0) return [prefix];
  const { address } = prefix;
  return [{ address: maskIp(address, 0), bits: 1 }, { address: UPPER_HALF[address.family], bits: 1 }];
}

const distinct = (prefixes: readonly IpPrefix[]): IpPrefix[] => [...new Map(prefixes.map((prefix) => [formatPrefix(prefix), prefix])).values()];

function names({ interface: { dns } }: WgConfig, link: LinkName): SystemChange[] {
  const servers = dns.servers.map(formatIp);
  if (servers.length === 0 && dns.searchDomains.length === 0) return [];
  // The empty domain: every name is asked of our servers.
  return [{ kind: 'service-dns', service: `bowline-${link.name}`, dns: { servers, search: [...dns.searchDomains], match: servers.length === 0 ? [] : [''] } }];
}
