/**
 * Where this computer can be reached, from all who know: port mapping, STUN, and its own addresses. In the order in which
 * the protocol lists them. Pure. Caller: mesh.ts.
 */
import { equalEndpoint, type IpEndpoint } from '../../base/ip.ts';
import { ENDPOINT_TYPE, type LocalEndpoint } from '../../control/types.ts';

export interface OwnEndpointSources {
  readonly mapped: readonly IpEndpoint[];
  /** As STUN servers see WireGuard's socket. */
  readonly seen: readonly IpEndpoint[];
  readonly mappingVaries: boolean;
  readonly localPort: number | undefined;
  readonly local: readonly LocalEndpoint[];
}

export function ownEndpoints({ mapped, seen, mappingVaries, localPort, local }: OwnEndpointSources): LocalEndpoint[] {
  const all: LocalEndpoint[] = [];
  const add = (endpoint: IpEndpoint, type: LocalEndpoint['type']): void => {
    if (!all.some((known) => equalEndpoint(known.endpoint, endpoint))) all.push({ endpoint, type });
  };
  for (const endpoint of mapped) add(endpoint, ENDPOINT_TYPE.portMapped);
  for (const endpoint of seen) add(endpoint, ENDPOINT_TYPE.stun);
  if (mappingVaries && localPort !== undefined) {
    // A port forwarded by hand on a NAT that is hard otherwise.
    for (const { address } of seen) if (address.family === 4) add({ address, port: localPort }, ENDPOINT_TYPE.stunFixedLocalPort);
  }
  for (const { endpoint, type } of local) add(endpoint, type);
  return all;
}
