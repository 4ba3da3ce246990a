/**
 * By which interface a datagram of our own leaves: the one that the system would take if the tunnel's did not exist. Pure.
 * Without this a default route of ours would send the tunnel's own packets into the tunnel.
 */
import { prefixContains, type IpAddress } from '../../base/ip.ts';
import type { OsRoute } from '../../ports/os-network.ts';

/** undefined: no other interface leads there, so that it must not be sent. Longest prefix, then least metric, as Windows looks. */
export function bestOther(routes: readonly OsRoute[], to: IpAddress, tunnel: number): number | undefined {
  let best: OsRoute | undefined;
  for (const route of routes) {
    if (route.link === tunnel || route.link === undefined || route.family !== to.family || !prefixContains(route.prefix, to)) continue;
    if (best === undefined || route.prefix.bits > best.prefix.bits || (route.prefix.bits === best.prefix.bits && route.metric < best.metric)) best = route;
  }
  return best?.link;
}
