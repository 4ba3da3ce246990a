/** Which peers the table shows, and in which order. Pure, except for the hook that holds the order under the pointer. */
import { useState } from 'react';
import type { PeerView } from '../../../app/api/schema.ts';

export const COLUMNS = ['name', 'address', 'path', 'latency', 'handshake', 'data', 'bytes'] as const;
export type Column = (typeof COLUMNS)[number];
export type Sort = { readonly column: Column; readonly direction: 'ascending' | 'descending' };
export const FILTERS = ['all', 'direct', 'relayed', 'silent'] as const;
export type Filter = (typeof FILTERS)[number];

const PATHS = { direct: 0, relay: 1, none: 2 } as const;

function matches(peer: PeerView, query: string): boolean {
  return query === '' || peer.name.toLowerCase().includes(query) || peer.addresses.some((address) => address.includes(query));
}

function passes(peer: PeerView, filter: Filter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'direct':
      return peer.path.kind === 'direct';
    case 'relayed':
      return peer.path.kind === 'relay';
    case 'silent':
      return peer.health === 'silent' || peer.health === 'never' || peer.health === 'checking';
  }
}

/** Smaller first; what is unknown comes last in either direction. */
function value(peer: PeerView, column: Column): number | string | null {
  switch (column) {
    case 'name':
      return peer.name.toLowerCase();
    case 'address':
      return peer.addresses[0] ?? null;
    case 'path':
      return PATHS[peer.path.kind];
    case 'latency':
      return peer.path.latencyMs;
    case 'handshake':
      return peer.handshakeAt === null ? null : -peer.handshakeAt;
    case 'data':
      return peer.lastDataAt === null ? null : -peer.lastDataAt;
    case 'bytes':
      return peer.rxBytes + peer.txBytes;
  }
}

const NUMERIC = new Intl.Collator('en', { numeric: true });

function compare(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : NUMERIC.compare(String(a), String(b));
}

export function choosePeers(peers: readonly PeerView[], query: string, filter: Filter, sort: Sort): readonly PeerView[] {
  const wanted = query.trim().toLowerCase();
  const sign = sort.direction === 'ascending' ? 1 : -1;
  return peers
    .filter((peer) => matches(peer, wanted) && passes(peer, filter))
    .map((peer) => ({ peer, key: value(peer, sort.column) }))
    .sort((a, b) => {
      if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null) || NUMERIC.compare(a.peer.name, b.peer.name);
      return sign * compare(a.key, b.key) || NUMERIC.compare(a.peer.name, b.peer.name);
    })
    .map(({ peer }) => peer);
}

/** The peers in an order that was held; those that are gone drop out. */
export function holdOrder(held: readonly number[], peers: readonly PeerView[]): readonly PeerView[] {
  const byId = new Map(peers.map((peer) => [peer.id, peer]));
  return held.flatMap((id) => byId.get(id) ?? []);
}

type Held = { readonly question: string; readonly ids: readonly number[] };

/** The chosen peers; while `still` (pointer or focus inside) rows neither move nor leave, unless the question changed. */
export function useChosenPeers(peers: readonly PeerView[], query: string, filter: Filter, sort: Sort, still: boolean): readonly PeerView[] {
  const [held, setHeld] = useState<Held | null>(null);
  const question = [query, filter, sort.column, sort.direction, peers.length].join('\n');
  if (still && held?.question === question) return holdOrder(held.ids, peers);
  const chosen = choosePeers(peers, query, filter, sort);
  if (still) setHeld({ question, ids: chosen.map((peer) => peer.id) });
  else if (held !== null) setHeld(null);
  return chosen;
}
