/**
 * The SystemPort of Windows: the IP helper for addresses, routes, MTU and names. No child process and no registry of our own.
 * It decides nothing. Event thread only.
 *
 * All that is made hangs on our own interface, which Windows takes away with the process that holds it: addresses and routes
 * go with it (they are no persistent ones), names stay under the interface's GUID until they are taken back. There is one
 * routing table and there are no rules: our own datagrams are kept apart by their sockets (app/host/windows-net).
 */
import type { OsSnapshot } from '../../ports/os-network.ts';
import type { OsPart } from '../../ports/os-state.ts';
import { decodeAddressRows, decodeInterfaceMtus, decodeLinkRows, decodeMetricRows, decodeRouteRows } from '../../wire/mib-rows.ts';
import { NOT_SUPPORTED, readRows, WindowsError, type NetCalls } from '../../../native-bindings/windows/index.ts';
import type { SystemPort, SystemView } from './port.ts';
import { standsAlready, WindowsNet } from './windows-net.ts';

export interface WindowsSystem extends SystemPort {
  close(): void;
}

/** Always the same: what is found is judged by the interface that it is on, whose name and index must both be ours. */
const PLACE = { boot: 'interface', namespace: 'windows' } as const;

export function createWindowsSystem(calls?: NetCalls): WindowsSystem {
  const net = new WindowsNet(calls);
  const links = () => {
    const mtus = decodeInterfaceMtus(interfaces(net.calls));
    // What counts for packets is the MTU of IP on a link, not what the adapter itself could carry.
    return decodeLinkRows(readRows('links', net.calls)).map((link) => ({ ...link, mtu: mtus.get(link.index) ?? link.mtu }));
  };
  const linkIndex = (name: string): number | undefined => decodeLinkRows(readRows('links', net.calls)).find((link) => link.name === name)?.index;
  // Without a maker: a default route of another interface beside ours is no opponent's, and its number is not one of Linux's.
  const routes = () => decodeRouteRows(readRows('routes', net.calls), decodeMetricRows(interfaces(net.calls))).map((route) => ({ ...route, protocol: undefined }));
  const addresses = () => decodeAddressRows(readRows('addresses', net.calls));
  const network = (): OsSnapshot => ({ links: links(), addresses: addresses(), routes: routes(), rules: [] });
  return {
    place: () => PLACE,
    view: (): SystemView => ({
      links: links().map(({ index, name, mtu, up }) => ({ ifindex: index, name, mtu, up })),
      addresses: addresses().map(({ link, address, bits }) => ({ ifindex: link, address, bits })),
      routes: routes().map(({ prefix, table, type, link, metric, gateway }) => ({ destination: prefix, table, type: type === 'unicast' ? type : 'other', scope: 0, oif: link, metric, gateway })),
      rules: [],
      reversePathFilter: new Map(),
      ipv6: addresses().some(({ address }) => address.family === 6),
      resolvConf: { kind: 'absent' },
      resolvConfText: '',
      // Names are told by link here too.
      resolved: true,
    }),
    network,
    networkParts: (only: readonly OsPart[]) => Object.fromEntries(only.map((part) => [part, part === 'routes' ? routes() : []])),
    linkTo: (to) => net.linkTo(to),
    // Windows tells of no writer: nobody's number, so that no change is taken for ours.
    writer: () => -1,
    programOf: () => undefined,
    linkIndex,
    setMtu: (ifindex, mtu) => net.ownInterface(ifindex, mtu),
    // It is on as long as its session is open.
    setUp: () => {},
    addAddress: ({ ifindex, address, bits }) => net.addAddress(ifindex, address, bits),
    removeAddress: ({ ifindex, address, bits }) => net.removeAddress(ifindex, address, bits),
    addRoute({ ifindex, destination }, how) {
      try {
        net.addRoute(ifindex, destination);
      } catch (error) {
        if (how === 'new' || !standsAlready(error)) throw error;
        // Ours, which somebody else made dearer: made anew as it should be.
        net.removeRoute(ifindex, destination);
        net.addRoute(ifindex, destination);
      }
    },
    removeRoute: ({ ifindex, destination }) => net.removeRoute(ifindex, destination),
    addRule: noRules,
    removeRule: () => false,
    readSetting: () => undefined,
    writeSetting: noRules,
    readResolvConf: () => ({ kind: 'absent' }),
    writeResolvConf: noRules,
    setLinkDns(link, servers, domains) {
      const index = linkIndex(link);
      if (index === undefined) throw new Error(`there is no network interface ${link}`);
      // "~." is systemd's word for "every name"; here every name goes to the interface that comes first.
      net.setDns(index, { servers, searchDomains: domains.filter((domain) => domain !== '~.') });
    },
    readLinkDns(link) {
      const index = linkIndex(link);
      return index === undefined ? undefined : net.dns(index);
    },
    readServiceDns: () => undefined,
    writeServiceDns: noRules,
    close: () => {},
  };
}

function noRules(): never {
  throw new Error('Windows has one routing table, and no rules or settings that a tunnel changes');
}

/** Without the table (Wine) there is nothing to add to what links and routes tell. */
function interfaces(calls: NetCalls): Uint8Array {
  try {
    return readRows('interfaces', calls);
  } catch (error) {
    if (error instanceof WindowsError && error.status === NOT_SUPPORTED) return new Uint8Array(0);
    throw error;
  }
}
