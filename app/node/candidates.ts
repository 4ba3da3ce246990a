/**
 * In which order the addresses of a peer from a map are tried, until a path agent does it with probes: those on a network
 * that this computer is on come first, those of a family that it has not come last, else the map's order stays. Pure.
 */
import { equalIp, maskIp, type IpEndpoint } from '../base/ip.ts';

/** Addresses of one peer that are tried. More is of no use at one handshake each. */
export const CANDIDATES = 16;
/** Neighbours share this many bits. */
const NEIGHBOUR_BITS = { 4: 24, 6: 64 } as const;

/** `own`: where this computer can be reached; empty: not known yet, and the map's order stays. */
export function orderCandidates(endpoints: readonly IpEndpoint[], own: readonly IpEndpoint[]): IpEndpoint[] {
  if (own.length === 0) return endpoints.slice(0, CANDIDATES);
  const rank = (endpoint: IpEndpoint): number => {
    const { family } = endpoint.address;
    const same = own.filter((mine) => mine.address.family === family);
    if (same.length === 0) return 2;
    const bits = NEIGHBOUR_BITS[family];
    const network = maskIp(endpoint.address, bits);
    return same.some((mine) => equalIp(maskIp(mine.address, bits), network)) ? 0 : 1;
  };
  return endpoints.map((endpoint) => ({ endpoint, rank: rank(endpoint) })).toSorted((a, b) => a.rank - b.rank).slice(0, CANDIDATES).map(({ endpoint }) => endpoint);
}

export function sameEndpoint(a: IpEndpoint | undefined, b: IpEndpoint | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.port === b.port && equalIp(a.address, b.address));
}

export function sameEndpoints(a: readonly IpEndpoint[], b: readonly IpEndpoint[]): boolean {
  return a === b || (a.length === b.length && a.every((endpoint, i) => sameEndpoint(endpoint, b[i])));
}
