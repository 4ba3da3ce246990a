/**
 * The network as the control server last described it, whole and consistent: what control hands to node/ after each
 * accepted update. Immutable; an old view stays valid for who holds it, and shares its structure with the next, so a
 * delta costs the same at 100 and at 10,000 peers. Types only.
 */
import type { SharedMap } from '../base/shared-map.ts';
import type { WallTime } from '../time/instant.ts';
import type { DnsConfig, NetNode, NodeId, PacketFilter, RelayMap, UserProfile } from '../wire/netmap/types.ts';

export type { SharedMap } from '../base/shared-map.ts';

export interface NetworkView {
  /** Grows by one with each accepted update that changed something. */
  readonly revision: number;
  readonly self: NetNode;
  readonly peers: SharedMap<NodeId, NetNode>;
  readonly relays: RelayMap;
  readonly dns: DnsConfig;
  /** null: none was ever received, so everything is blocked. */
  readonly filter: PacketFilter | null;
  readonly users: SharedMap<number, UserProfile>;
  readonly domain: string;
  /** Sentences of the server about this node's health, without control characters; empty: nothing is wrong. */
  readonly health: readonly string[];
}

/** What an update touched, so that its reader needs no comparison. */
export interface NetworkChange {
  readonly self: boolean;
  /** Added or changed; 'all' in the first view of a session. A node that was sent again with nothing new is not here. */
  readonly peersPut: readonly NodeId[] | 'all';
  readonly peersRemoved: readonly NodeId[];
  readonly relays: boolean;
  readonly dns: boolean;
  readonly filter: boolean;
  readonly users: boolean;
  readonly domain: boolean;
  readonly health: boolean;
}

/** When our own key ends, corrected by the server's clock. null: never. */
export type KeyExpiry = WallTime | null;
