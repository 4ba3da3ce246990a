/** What a node of the relay map says about how to reach it and whom to believe there. Pure. */
import { formatIp, type IpAddress } from '../../base/ip.ts';
import type { RelayNode } from '../../wire/netmap/types.ts';
import type { Place } from '../reach/place.ts';
import type { TlsRule } from '../reach/secure.ts';

const PINNED = 'sha256-raw:';

/** Addresses that the map itself names. */
export function namedAddresses(node: RelayNode): readonly string[] {
  return [node.ipv6, node.ipv4].filter((each): each is IpAddress => typeof each === 'object').map(formatIp);
}

/** Families (4, 6) whose addresses the name service has. */
export function familiesByName(node: RelayNode): readonly number[] {
  return [...(node.ipv6 === 'dns' ? [6] : []), ...(node.ipv4 === 'dns' ? [4] : [])];
}

/** `plainOnLoopback`: a relay of this computer is spoken to without TLS, by its address, which no proxy has. */
export function placeOf(node: RelayNode, plainOnLoopback: boolean): Place {
  const named = namedAddresses(node);
  const [first] = named;
  const plain = plainOnLoopback && familiesByName(node).length === 0 && first !== undefined && named.every(isLoopback);
  return plain ? { secure: false, host: first, port: node.relayPort } : { secure: true, host: node.hostName, port: node.relayPort };
}

/** Undefined: a pin that cannot be one. Nobody is believed by it. */
export function ruleOf(node: RelayNode): TlsRule | undefined {
  if (node.insecureForTests) return { kind: 'anyone' };
  if (!node.certName.startsWith(PINNED)) return { kind: 'named', name: node.certName === '' ? undefined : node.certName };
  const hex = node.certName.slice(PINNED.length);
  return /^[0-9a-f]{64}$/.test(hex) ? { kind: 'pinned', sha256: Buffer.from(hex, 'hex') } : undefined;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
