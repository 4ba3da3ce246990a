/**
 * The routes that the operating system needs so that the peers' prefixes lead into the tunnel. Addresses within the two
 * ranges of a tailnet share one route each, however many peers there are; other prefixes are counted and stand alone.
 * Default routes are never among them. Callers: tailnet-peers.
 */
import { formatPrefix, ipv4, ipv6, prefixContains, type IpPrefix } from '../base/ip.ts';

/** The node ranges of a tailnet: 100.64.0.0/10 and fd7a:115c:a1e0::/48. */
const RANGES: readonly IpPrefix[] = [
  { address: ipv4(0x64400000), bits: 10 },
  { address: ipv6(0xfd7a115c, 0xa1e00000, 0, 0), bits: 48 },
];

export class OverlayRoutes {
  readonly #counts = new Map<string, { readonly route: IpPrefix; count: number }>();
  /** Changes when `routes` does. */
  revision = 0;

  add(prefixes: readonly IpPrefix[]): void {
    for (const prefix of prefixes) {
      const route = routeFor(prefix);
      const known = this.#counts.get(formatPrefix(route));
      if (known !== undefined) {
        known.count++;
        continue;
      }
      this.#counts.set(formatPrefix(route), { route, count: 1 });
      this.revision++;
    }
  }

  remove(prefixes: readonly IpPrefix[]): void {
    for (const prefix of prefixes) {
      const text = formatPrefix(routeFor(prefix));
      const known = this.#counts.get(text);
      if (known === undefined || --known.count > 0) continue;
      this.#counts.delete(text);
      this.revision++;
    }
  }

  routes(): IpPrefix[] {
    return [...this.#counts.values()].map(({ route }) => route);
  }
}

function routeFor(prefix: IpPrefix): IpPrefix {
  return RANGES.find((range) => prefix.bits >= range.bits && prefixContains(range, prefix.address)) ?? prefix;
}
