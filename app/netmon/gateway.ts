/** The router that the default route leads to, and our own address beside it: whom to ask for a port. Pure. Caller: underlay.ts. */
import { maskIp, prefixContains, type IpAddress, type IpPrefix } from '../base/ip.ts';
import { OS_TABLE_MAIN, type OsAddress, type OsRoute, type OsSnapshot } from '../ports/os-network.ts';
import type { Gateway } from '../ports/gateway-link.ts';

/** `carrying`: links that are no tunnels. Undefined: no such route of IPv4, or no address of ours on its link. */
export function gatewayOf({ addresses, routes }: Pick<OsSnapshot, 'addresses' | 'routes'>, carrying: ReadonlySet<number>): Gateway | undefined {
  const ways = routes.filter(({ family, gateway, link, prefix, table, type }) => family === 4 && type === 'unicast' && prefix.bits === 0 && table === OS_TABLE_MAIN && gateway?.family === 4 && link !== undefined && carrying.has(link));
  for (const way of ways.toSorted((a, b) => a.metric - b.metric)) {
    const own = ownBeside(way, addresses);
    if (way.gateway !== undefined && own !== undefined) return { address: way.gateway, own };
  }
  return undefined;
}

/** The address that packets to the gateway leave from. */
function ownBeside({ gateway, link, source }: OsRoute, addresses: readonly OsAddress[]): IpAddress | undefined {
  const here = addresses.filter(({ address, link: on, state }) => on === link && address.family === 4 && state !== 'tentative' && state !== 'duplicate');
  const holds = ({ address, bits }: OsAddress): boolean => gateway !== undefined && prefixContains(networkOf(address, bits), gateway);
  return source?.family === 4 ? source : (here.find(holds) ?? here[0])?.address;
}

function networkOf(address: IpAddress, bits: number): IpPrefix {
  return { address: maskIp(address, bits), bits };
}
