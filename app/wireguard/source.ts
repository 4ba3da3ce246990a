/**
 * Who sent a handshake, as the guards against floods see it: what a cookie is bound to, and whose share is used up. An
 * address, or a node behind a relay region, by the relay's word. Pure.
 */
import type { EndpointId, PeerId } from '../base/brand.ts';
import type { EndpointTable } from '../base/endpoints.ts';
import { ipBytes, type IpEndpoint } from '../base/ip.ts';

export interface HandshakeSource {
  /** Differs for each source: 6 bytes for IPv4, 18 for IPv6, 8 behind a relay. */
  readonly bytes: Uint8Array;
  /** Sources with one share. IPv6 addresses count by their /64. */
  readonly share: string;
}

export function addressSource({ address, port }: IpEndpoint): HandshakeSource {
  const ip = ipBytes(address);
  const bytes = new Uint8Array(ip.length + 2);
  bytes.set(ip);
  bytes[ip.length] = port >>> 8;
  bytes[ip.length + 1] = port & 0xff;
  return { bytes, share: address.family === 4 ? `${address.w3}` : `${address.w0}.${address.w1}` };
}

export function relaySource({ region, peer }: { readonly region: number; readonly peer: PeerId }): HandshakeSource {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, region);
  view.setUint32(4, peer);
  return { bytes, share: `relay ${region} ${peer}` };
}

/** Undefined: no slot of the table. */
export function sourceOf(endpoints: EndpointTable, id: EndpointId): HandshakeSource | undefined {
  const address = endpoints.get(id);
  if (address !== undefined) return addressSource(address);
  const relay = endpoints.relayOf(id);
  return relay === undefined ? undefined : relaySource(relay);
}
