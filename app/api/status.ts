/**
 * The stable JSON of the CLI, derived from a Snapshot: ages in seconds, sentences in English, null for unknown.
 * Pure. commands.md's field names are the contract.
 */
import type { AccountView, HistoryEntry, HistoryView, PeerStatus, PeerView, ReconnectSummary, Snapshot, Status, TruthView } from './schema.ts';
import { isoTime } from './dates.ts';
import { overallAt } from './face.ts';
import { reconnectsDuring } from './reconnects.ts';
import { say } from './words.ts';

export function toStatus(snapshot: Snapshot, verbose?: NonNullable<Status['verbose']>): Status {
  const { now, truths } = snapshot;
  const truth = (view: TruthView): Status['truths']['control'] => ({ state: view.state, ageSeconds: ageSeconds(view.provedAt, now), detail: say(view.detail, now) });
  return {
    state: overallAt(snapshot, now).state,
    causes: snapshot.overall.causes.map((cause) => say(cause.message, now)),
    self: { name: snapshot.self.name, addresses: snapshot.self.addresses },
    truths: { control: truth(truths.control), relay: truth(truths.relay), path: truth(truths.path), os: truth(truths.os) },
    peers: snapshot.peers.map((peer) => toPeerStatus(peer, now)),
    account: snapshot.account === null ? null : toAccountStatus(snapshot.account, now),
    ...(verbose === undefined ? {} : { verbose }),
  };
}

function toAccountStatus(account: AccountView, now: number): NonNullable<Status['account']> {
  const { server, phase, phaseSinceAt, lastError, signInUrl, user, tailnet, keyExpiresAt } = account;
  return {
    server,
    phase,
    phaseSeconds: ageSeconds(phaseSinceAt, now) ?? 0,
    lastError: lastError === null ? null : say(lastError, now),
    signInUrl,
    user,
    tailnet,
    keyExpiresAt: keyExpiresAt === null ? null : isoTime(keyExpiresAt),
  };
}

export function toPeerStatus(peer: PeerView, now: number): PeerStatus {
  return {
    name: peer.name,
    addresses: peer.addresses,
    path: { kind: peer.path.kind, via: peer.path.via, latencyMs: peer.path.latencyMs, why: say(peer.path.why, now) },
    handshakeAgeSeconds: ageSeconds(peer.handshakeAt, now),
    lastDataAgeSeconds: ageSeconds(peer.lastDataAt, now),
    rxBytes: peer.rxBytes,
    txBytes: peer.txBytes,
  };
}

/** Entries that began at `sinceMs` (wall time) or later, oldest first; the summary is of the time since then, else since
 *  `lookedMs`: when a person last looked. */
export function toHistory(snapshot: Snapshot, sinceMs?: number, lookedMs?: number): { readonly entries: HistoryEntry[]; readonly summary: ReconnectSummary } {
  const { history, now, wall } = snapshot;
  const from = sinceMs ?? lookedMs;
  const { count, longestMs, running } = reconnectsDuring(history, from ?? -Infinity, wall, now);
  return {
    entries: history.filter((entry) => entry.at >= (sinceMs ?? -Infinity)).map((entry) => toHistoryEntry(entry, now)),
    summary: { since: from === undefined ? null : isoTime(from), reconnects: count, longestMs: longestMs === null ? null : Math.round(longestMs), running },
  };
}

function toHistoryEntry(entry: HistoryView, now: number): HistoryEntry {
  return {
    at: isoTime(entry.at),
    truth: entry.truth,
    cause: say(entry.cause, now),
    action: say(entry.action, now),
    result: entry.result === null ? null : say(entry.result, now),
    durationMs: entry.durationMs === null ? null : Math.round(entry.durationMs),
    peer: entry.peer,
    unreachable: entry.unreachable,
  };
}

/** Null for null; never negative. */
export function ageSeconds(at: number | null, now: number): number | null {
  return at === null ? null : Math.max(0, Math.round((now - at) / 100) / 10);
}
