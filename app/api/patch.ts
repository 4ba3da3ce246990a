/**
 * Snapshots as a stream of changes: the host diffs, the screen applies. Pure, with structural sharing: what did not change
 * keeps its identity, so that a screen redraws only what did. It does not validate (schema.ts does) and sends nothing.
 *
 * `version`, `schema` and `provedForMs` never change while an engine lives; a new engine means a new snapshot.
 */
import type { HistoryView, Patch, PeerView, Snapshot } from './schema.ts';

/** History entries that a snapshot keeps; the oldest fall out. */
export const HISTORY_LIMIT = 500;

/** Deep equality of JSON-like values. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  }
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && same(value, right.get(key)));
}

/** Replaces by id in place, appends what is new, leaves out `removed`. A list that nothing changes stays itself. */
function merge<T extends { readonly id: number }>(list: T[], changed: readonly T[], removed: readonly number[] = []): T[] {
  if (changed.length === 0 && removed.length === 0) return list;
  const put = new Map(changed.map((item) => [item.id, item]));
  const gone = new Set(removed);
  const merged: T[] = [];
  for (const item of list) {
    if (gone.has(item.id)) continue;
    const next = put.get(item.id);
    if (next === undefined) merged.push(item);
    else {
      merged.push(next);
      put.delete(item.id);
    }
  }
  for (const item of put.values()) merged.push(item);
  return merged;
}

/**
 * The snapshot after a patch. A patch that is not newer than the snapshot changes nothing; one that starts elsewhere is a
 * 'gap': ask for a new snapshot. The input is not changed.
 */
export function applyPatch(snapshot: Snapshot, patch: Patch): Snapshot | 'gap' {
  if (patch.revision <= snapshot.revision) return snapshot;
  if (patch.from !== snapshot.revision) return 'gap';
  return {
    ...snapshot,
    revision: patch.revision,
    now: patch.now,
    wall: patch.wall,
    overall: patch.overall ?? snapshot.overall,
    self: patch.self ?? snapshot.self,
    account: patch.account === undefined ? snapshot.account : patch.account,
    truths: patch.truths ?? snapshot.truths,
    os: patch.os === undefined ? snapshot.os : patch.os,
    peers: patch.peers === undefined ? snapshot.peers : merge(snapshot.peers, patch.peers.put, patch.peers.removed),
    relays: patch.relays ?? snapshot.relays,
    netcheck: patch.netcheck === undefined ? snapshot.netcheck : patch.netcheck,
    history: patch.history === undefined ? snapshot.history : merge(snapshot.history, patch.history).slice(-HISTORY_LIMIT),
    accounts: patch.accounts ?? snapshot.accounts,
    sandbox: patch.sandbox === undefined ? snapshot.sandbox : patch.sandbox,
    shell: patch.shell === undefined ? snapshot.shell : patch.shell,
  };
}

function changedById<T extends { readonly id: number }>(before: readonly T[], after: readonly T[]): T[] {
  const old = new Map(before.map((item) => [item.id, item]));
  return after.filter((item) => !same(old.get(item.id), item));
}

/** Peers keep their order: one that moved, and all behind it, are removed and put again. */
function diffPeers(before: readonly PeerView[], after: readonly PeerView[]): Patch['peers'] {
  const wanted = new Set(after.map((peer) => peer.id));
  const kept = before.filter((peer) => wanted.has(peer.id));
  let inPlace = 0;
  while (inPlace < kept.length && kept[inPlace]!.id === after[inPlace]?.id) inPlace += 1;
  const gone = before.filter((peer) => !wanted.has(peer.id));
  const removed = [...gone, ...kept.slice(inPlace)].map((peer) => peer.id);
  const put = [...changedById(kept.slice(0, inPlace), after.slice(0, inPlace)), ...after.slice(inPlace)];
  return put.length === 0 && removed.length === 0 ? undefined : { put, removed };
}

/**
 * What a screen that shows `before` needs to show `after`; undefined when only the clock moved. `before` is the snapshot
 * last sent (as a snapshot or by a patch): keep it until a patch was sent, or revisions will not join. History may only
 * grow at its end, change by id, and fall out at its front beyond HISTORY_LIMIT.
 */
export function diffSnapshots(before: Snapshot, after: Snapshot): Patch | undefined {
  if (after.revision <= before.revision) return undefined;
  const peers = diffPeers(before.peers, after.peers);
  const history: HistoryView[] = changedById(before.history, after.history);
  const changes = {
    ...(same(before.overall, after.overall) ? {} : { overall: after.overall }),
    ...(same(before.self, after.self) ? {} : { self: after.self }),
    ...(same(before.account, after.account) ? {} : { account: after.account }),
    ...(same(before.truths, after.truths) ? {} : { truths: after.truths }),
    ...(same(before.os, after.os) ? {} : { os: after.os }),
    ...(peers === undefined ? {} : { peers }),
    ...(same(before.relays, after.relays) ? {} : { relays: after.relays }),
    ...(same(before.netcheck, after.netcheck) ? {} : { netcheck: after.netcheck }),
    ...(history.length === 0 ? {} : { history }),
    ...(same(before.accounts, after.accounts) ? {} : { accounts: after.accounts }),
    ...(same(before.sandbox, after.sandbox) ? {} : { sandbox: after.sandbox }),
    ...(same(before.shell, after.shell) ? {} : { shell: after.shell }),
  };
  if (Object.keys(changes).length === 0) return undefined;
  return { from: before.revision, revision: after.revision, now: after.now, wall: after.wall, ...changes };
}
