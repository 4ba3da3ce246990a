/**
 * What has to change on Windows for one configuration, in order: the interface, its addresses, its routes, its names. Pure.
 *
 * A default route is 0.0.0.0/0 (::/0) itself, by an interface of metric 0, so that its sum of metrics is the least there can
 * be. Not two halves (0.0.0.0/1, 128.0.0.0/1): Windows asks the name servers of interfaces in the order of their metrics, and
 * looks for the default route of an interface to call it connected; with halves the tunnel would have none. The default route
 * of the network below stays as it is, for our own datagrams, which name their interface (app/host/windows-net), and for the
 * end. Local networks stay reachable, as each has a longer route.
 *
 * There is one table: one that is named is refused. Nothing of ours stands outside our own interface.
 */
import type { WgConfig } from '../../config/types.ts';
import { formatIp } from '../../base/ip.ts';
import { translator } from '../../language/texts.ts';
import { OS_TABLE_MAIN } from '../../ports/os-network.ts';
import type { LinkName, SystemChange } from './changes.ts';
import { allowed, derivedMtu, type Frame, type Planned, type SystemPlan } from './plan.ts';
import type { SystemView } from './port.ts';

const { text } = translator('en');

export const WINDOWS_PLAN: SystemPlan = { frame, changes, follow: (made) => [...made] };

function frame(config: WgConfig, view: SystemView): Planned<Frame> {
  const { mtu, table, addresses } = config.interface;
  if (table.kind === 'number') return { ok: false, message: text('problem.one-table', { table: table.table }) };
  const usesIpv6 = [...addresses, ...allowed(config)].some((each) => each.address.family === 6);
  if (usesIpv6 && !view.ipv6) return { ok: false, message: text('problem.no-ipv6') };
  return { ok: true, value: { mtu: mtu ?? derivedMtu(view), fwmark: 0, ownTable: undefined } };
}

function changes(config: WgConfig, { mtu }: Frame, link: LinkName): Planned<SystemChange[]> {
  const { addresses, table, dns } = config.interface;
  const routes = table.kind === 'off' ? [] : allowed(config).toSorted((a, b) => b.bits - a.bits);
  const names: SystemChange[] = dns.servers.length === 0 && dns.searchDomains.length === 0 ? [] : [{ kind: 'link-dns', link, servers: dns.servers.map(formatIp), domains: [...dns.searchDomains] }];
  return {
    ok: true,
    value: [
      { kind: 'mtu', link, mtu },
      ...addresses.map(({ address, bits }): SystemChange => ({ kind: 'address', link, address, bits })),
      { kind: 'up', link },
      ...routes.map((destination): SystemChange => ({ kind: 'route', link, destination, table: OS_TABLE_MAIN })),
      ...names,
    ],
  };
}
