/** Which peers the table shows, and in which order. Pure but for the language, except for the hook that holds the order under the pointer. */
import { useState } from 'react';
import type { PeerView } from '../../../app/api/schema.ts';
import { byName } from '../name-order.ts';

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

function compare(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : byName(String(a), String(b));
}

interface Entry {
  readonly peer: PeerView;
  readonly key: number | string | null;
}

function before(a: Entry, b: Entry, sign: 1 | -1): number {
  if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null) || byName(a.peer.name, b.peer.name);
  return sign * compare(a.key, b.key) || byName(a.peer.name, b.peer.name);
}

/** An answer, and of what: the next question that differs in a few peers is answered from it. */
export interface Order {
  readonly question: string;
  readonly peers: readonly PeerView[];
  readonly entries: readonly Entry[];
  readonly chosen: readonly PeerView[];
}

/** More changes than this are sorted anew. */
const FEW = 200;

/** `last`: the order before, whose work is used again: of ten thousand peers, only those that changed are placed anew. */
export function orderPeers(peers: readonly PeerView[], query: string, filter: Filter, sort: Sort, last: Order | null): Order {
  const question = [query.trim().toLowerCase(), filter, sort.column, sort.direction].join('\n');
  if (last?.question === question && last.peers === peers) return last;
  const sign = sort.direction === 'ascending' ? 1 : -1;
  const wanted = query.trim().toLowerCase();
  const fits = (peer: PeerView): boolean => matches(peer, wanted) && passes(peer, filter);
  const toEntry = (peer: PeerView): Entry => ({ peer, key: value(peer, sort.column) });
  const entries = (last?.question === question ? placeAnew(last, peers, fits, toEntry, sign) : undefined) ?? peers.filter(fits).map(toEntry).sort((a, b) => before(a, b, sign));
  return { question, peers, entries, chosen: entries.map(({ peer }) => peer) };
}

/** What is in one list and not in the other; undefined: more than a few. A peer that changed keeps its place, so that no set of ten thousand is made for one. */
function differences(before: readonly PeerView[], after: readonly PeerView[]): { readonly gone: ReadonlySet<PeerView>; readonly fresh: readonly PeerView[] } | undefined {
  if (before.length === after.length) {
    const places: number[] = [];
    for (let i = 0; i < after.length && places.length <= FEW; i++) if (after[i] !== before[i]) places.push(i);
    return places.length > FEW ? undefined : { gone: new Set(places.map((i) => before[i]!)), fresh: places.map((i) => after[i]!) };
  }
  const gone = new Set(before);
  const fresh = after.filter((peer) => !gone.delete(peer));
  return fresh.length > FEW ? undefined : { gone, fresh };
}

/** Undefined: too much has changed. */
function placeAnew(last: Order, peers: readonly PeerView[], fits: (peer: PeerView) => boolean, toEntry: (peer: PeerView) => Entry, sign: 1 | -1): Entry[] | undefined {
  const found = differences(last.peers, peers);
  if (found === undefined) return undefined;
  const { gone, fresh } = found;
  const kept = gone.size === 0 ? [...last.entries] : last.entries.filter(({ peer }) => !gone.has(peer));
  for (const entry of fresh.filter(fits).map(toEntry)) kept.splice(placeOf(entry, kept, sign), 0, entry);
  return kept;
}

function placeOf(entry: Entry, among: readonly Entry[], sign: 1 | -1): number {
  let [low, high] = [0, among.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(among[middle]!, entry, sign) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Remembers its last answer. The same question has the same answer, so that a drawing may be repeated. */
function createOrderer(): typeof choosePeers {
  let last: Order | null = null;
  return (peers, query, filter, sort) => {
    last = orderPeers(peers, query, filter, sort, last);
    return last.chosen;
  };
}

export const choosePeers = (peers: readonly PeerView[], query: string, filter: Filter, sort: Sort): readonly PeerView[] => orderPeers(peers, query, filter, sort, null).chosen;

/** The peers in an order that was held; those that are gone drop out. */
export function holdOrder(held: readonly number[], peers: readonly PeerView[]): readonly PeerView[] {
  const byId = new Map(peers.map((peer) => [peer.id, peer]));
  return held.flatMap((id) => byId.get(id) ?? []);
}

type Held = { readonly question: string; readonly ids: readonly number[] };

/** The chosen peers; while `still` (pointer or focus inside) rows neither move nor leave, unless the question changed. */
export function useChosenPeers(peers: readonly PeerView[], query: string, filter: Filter, sort: Sort, still: boolean): readonly PeerView[] {
  const [held, setHeld] = useState<Held | null>(null);
  const [order] = useState(createOrderer);
  const question = [query, filter, sort.column, sort.direction, peers.length].join('\n');
  if (still && held?.question === question) return holdOrder(held.ids, peers);
  const chosen = order(peers, query, filter, sort);
  if (still) setHeld({ question, ids: chosen.map((peer) => peer.id) });
  else if (held !== null) setHeld(null);
  return chosen;
}
