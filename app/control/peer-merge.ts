/**
 * One update's changes of peers: what each rule of the protocol makes of them, collected beside the map as it was, then
 * judged, then applied. Nothing is changed before all of it is known to hold. Used by map-session.ts alone.
 */
import { IntMap } from '../base/shared-map.ts';
import { MAX_PEERS } from '../ports/counters.ts';
import type { WallTime } from '../time/instant.ts';
import type { MapUpdate } from '../wire/netmap/response.ts';
import { same } from '../wire/netmap/same.ts';
import type { NetNode, NodeId, NodePatch } from '../wire/netmap/types.ts';
import type { MapRefusal } from './map-session-types.ts';
import { weighNode } from './map-weight.ts';

export type PeerMap = IntMap<NetNode>;

export interface PeerChange {
  readonly put: readonly NetNode[];
  readonly removed: readonly NodeId[];
  /** Estimated bytes more than before. */
  readonly weight: number;
  /** Who holds which key from now on; undefined: nobody. */
  readonly owners: ReadonlyMap<string, NodeId | undefined>;
}

export interface PeerRefusal {
  readonly refusal: MapRefusal;
  readonly field: string;
}

/** Touched peers: as they will be, undefined for gone. */
type Touched = Map<NodeId, NetNode | undefined>;

/** `owners`: the peer of each key. Reads only. */
export function mergePeers(peers: PeerMap, owners: ReadonlyMap<string, NodeId>, update: MapUpdate, wall: WallTime): PeerChange | PeerRefusal {
  const touched: Touched = new Map();
  if (update.peers.length > 0) {
    const twice = replaceAll(peers, touched, update.peers);
    if (twice !== undefined) return { refusal: 'map: two peers with one id or key', field: `Peers[${twice}].ID` };
  } else {
    applyDeltas(peers, touched, update, wall);
  }
  return judge(peers, owners, touched);
}

/** The map after a change that `mergePeers` made from it. */
export function applyPeers(peers: PeerMap, change: PeerChange): PeerMap {
  if (peers.size === 0) return IntMap.from(change.put.map(({ id }) => id), change.put);
  let next = peers;
  for (const id of change.removed) next = next.without(id);
  for (const node of change.put) next = next.with(node.id, node);
  return next;
}

/** A key as text of 16 characters: short, and what it was made of cannot be two keys. */
export function keyText(key: Uint8Array): string {
  let text = '';
  for (let i = 0; i + 1 < key.length; i += 2) text += String.fromCharCode((key[i]! << 8) | key[i + 1]!);
  return text;
}

/** Which of them has an id that was there before; undefined: none. */
function replaceAll(peers: PeerMap, touched: Touched, all: readonly NetNode[]): number | undefined {
  for (const [id] of peers) touched.set(id, undefined);
  const seen = new Set<NodeId>();
  for (let i = 0; i < all.length; i++) {
    const node = all[i]!;
    if (seen.has(node.id)) return i;
    seen.add(node.id);
    touched.set(node.id, node);
  }
  return undefined;
}

/** In the protocol's order. An id that is not known is passed over. */
function applyDeltas(peers: PeerMap, touched: Touched, update: MapUpdate, wall: WallTime): void {
  const current = (id: NodeId): NetNode | undefined => (touched.has(id) ? touched.get(id) : peers.get(id));
  for (const id of update.peersRemoved) if (peers.has(id)) touched.set(id, undefined);
  for (const node of update.peersChanged) touched.set(node.id, node);
  for (const [id, seen] of update.seen) {
    const node = current(id);
    if (node !== undefined) touched.set(id, { ...node, lastSeen: seen ? wall : undefined });
  }
  for (const [id, online] of update.online) {
    const node = current(id);
    if (node !== undefined) touched.set(id, { ...node, online });
  }
  for (const patch of update.patches) {
    const node = current(patch.id);
    if (node !== undefined) touched.set(patch.id, patched(node, patch));
  }
}

function patched(node: NetNode, patch: NodePatch): NetNode {
  const { id, discoKey, keyExpiry, ...rest } = patch;
  return {
    ...node,
    ...rest,
    ...(discoKey !== undefined && !isLate(node, patch) && { discoKey: discoKey ?? undefined }),
    ...(keyExpiry !== undefined && { keyExpiry: keyExpiry ?? undefined }),
    id,
  };
}

/** News of a node that went, older than what is known of it: its disco key may be one that it has since replaced. */
function isLate(node: NetNode, patch: NodePatch): boolean {
  return patch.online === false && patch.lastSeen !== undefined && node.lastSeen !== undefined && patch.lastSeen <= node.lastSeen;
}

function judge(peers: PeerMap, owners: ReadonlyMap<string, NodeId>, touched: Touched): PeerChange | PeerRefusal {
  const put: NetNode[] = [];
  const removed: NodeId[] = [];
  const next = new Map<string, NodeId | undefined>();
  let weight = 0;
  let size = peers.size;
  for (const [id, node] of touched) {
    const before = peers.get(id);
    if (before === node || (before !== undefined && node !== undefined && same(before, node))) continue;
    weight += weighNode(node) - weighNode(before);
    size += Number(node !== undefined) - Number(before !== undefined);
    if (node === undefined) removed.push(id);
    else put.push(node);
    if (before !== undefined && (node === undefined || !same(before.key, node.key))) next.set(keyText(before.key), undefined);
  }
  if (size > MAX_PEERS) return { refusal: 'map: too many peers', field: 'Peers' };
  for (const node of put) {
    const key = keyText(node.key);
    const owner = next.has(key) ? next.get(key) : owners.get(key);
    if (owner !== undefined && owner !== node.id) return { refusal: 'map: two peers with one id or key', field: 'Key' };
    if (owner === undefined) next.set(key, node.id);
  }
  return { put, removed, weight, owners: next };
}
