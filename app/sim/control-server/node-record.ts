/**
 * A node in the server's database, and as other nodes are told of it. A record and two functions; the server changes the
 * records, nobody else.
 */
import type { IpEndpoint, IpPrefix } from '../../base/ip.ts';
import { wallTime, type WallTime } from '../../time/instant.ts';
import { CAPABILITY_VERSION } from '../../wire/capability-version.ts';
import type { NetNode, NodeId, NodePatch } from '../../wire/netmap/types.ts';
import type { JsonObject } from '../../wire/netmap/fields.ts';

export interface ServerNode {
  readonly id: NodeId;
  readonly machineKey: Uint8Array;
  nodeKey: Uint8Array;
  /** Undefined: the zero key. */
  discoKey: Uint8Array | undefined;
  user: string;
  userId: number;
  /** As given by the server; unique. */
  name: string;
  /** As last sent by the node; null: wiped by a request without Hostinfo. */
  hostinfo: JsonObject | null;
  netinfo: JsonObject | undefined;
  tags: readonly string[];
  readonly addresses: readonly IpPrefix[];
  endpoints: readonly IpEndpoint[];
  keyExpiry: WallTime | undefined;
  readonly ephemeral: boolean;
  /** Streams that are open. */
  streams: number;
  online: boolean;
  lastSeen: WallTime | undefined;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const hostnameOf = (node: ServerNode): string => textOf(node.hostinfo?.['Hostname']);
export const osOf = (node: ServerNode): string => textOf(node.hostinfo?.['OS']);
const homeRelayOf = (node: ServerNode): number => {
  const region = node.netinfo?.['PreferredDERP'];
  return typeof region === 'number' && Number.isSafeInteger(region) && region > 0 ? region : 0;
};

export function netNodeOf(node: ServerNode, domain: string, now: WallTime): NetNode {
  return {
    id: node.id,
    stableId: String(node.id),
    name: `${node.name}.${domain}`,
    user: node.userId,
    key: node.nodeKey,
    machineKey: node.machineKey,
    discoKey: node.discoKey,
    addresses: node.addresses,
    allowedIps: node.addresses,
    primaryRoutes: [],
    endpoints: node.endpoints,
    homeRelay: homeRelayOf(node),
    hostname: hostnameOf(node),
    os: osOf(node),
    tags: node.tags,
    capabilities: new Map(),
    // Headscale writes the viewer's own version here; all of ours speak one.
    cap: CAPABILITY_VERSION,
    online: node.online,
    lastSeen: node.online ? undefined : node.lastSeen,
    keyExpiry: node.keyExpiry,
    expired: isExpired(node, now),
    machineAuthorized: true,
    wireGuardOnly: false,
    jailed: false,
  };
}

export function patchOf(node: ServerNode): NodePatch {
  return {
    id: node.id,
    homeRelay: homeRelayOf(node),
    endpoints: node.endpoints,
    key: node.nodeKey,
    ...(node.discoKey === undefined ? {} : { discoKey: node.discoKey }),
    online: node.online,
    ...(node.online || node.lastSeen === undefined ? {} : { lastSeen: node.lastSeen }),
    keyExpiry: node.keyExpiry ?? null,
  };
}

export function isExpired(node: ServerNode, now: WallTime): boolean {
  return node.keyExpiry !== undefined && node.keyExpiry <= now;
}

/** Whole seconds, as RFC 3339 text keeps them in the simulator. */
export function wholeSecond(at: number): WallTime {
  return wallTime(Math.floor(at / 1_000) * 1_000);
}
