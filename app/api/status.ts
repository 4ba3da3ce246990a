/**
 * The stable JSON of the CLI, derived from a Snapshot: ages in seconds, sentences in English, null for unknown.
 * Pure. commands.md's field names are the contract.
 */
import type { HistoryEntry, HistoryView, PeerStatus, PeerView, Snapshot, Status, TruthView } from './schema.ts';
import { say } from './words.ts';

export function toStatus(snapshot: Snapshot, verbose?: NonNullable<Status['verbose']>): Status {
  const { now, truths } = snapshot;
  const truth = (view: TruthView): Status['truths']['control'] => ({ state: view.state, ageSeconds: ageSeconds(view.provedAt, now), detail: say(view.detail, now) });
  return {
    state: snapshot.overall.state,
    causes: snapshot.overall.causes.map((cause) => say(cause.message, now)),
    self: { name: snapshot.self.name, addresses: snapshot.self.addresses },
    truths: { control: truth(truths.control), relay: truth(truths.relay), path: truth(truths.path), os: truth(truths.os) },
    peers: snapshot.peers.map((peer) => toPeerStatus(peer, now)),
    ...(verbose === undefined ? {} : { verbose }),
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

/** Entries that began at `sinceMs` (wall time) or later, oldest first. */
export function toHistory(snapshot: Snapshot, sinceMs?: number): HistoryEntry[] {
  const since = sinceMs ?? -Infinity;
  return snapshot.history.filter((entry) => entry.at >= since).map((entry) => toHistoryEntry(entry, snapshot.now));
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
  };
}

function ageSeconds(at: number | null, now: number): number | null {
  return at === null ? null : Math.max(0, Math.round((now - at) / 100) / 10);
}

/** ISO 8601 in UTC with milliseconds, from ms since 1970. Days to a date by the civil-calendar rule of the proleptic Gregorian calendar. */
export function isoTime(wallMs: number): string {
  const total = Math.floor(wallMs);
  const day = Math.floor(total / 86_400_000);
  const ms = total - day * 86_400_000;
  const pad = (n: number, width = 2): string => String(n).padStart(width, '0');
  const { year, month, date } = civil(day);
  const clock = `${pad(Math.floor(ms / 3_600_000))}:${pad(Math.floor(ms / 60_000) % 60)}:${pad(Math.floor(ms / 1_000) % 60)}.${pad(ms % 1_000, 3)}`;
  return `${pad(year, 4)}-${pad(month)}-${pad(date)}T${clock}Z`;
}

/** Day number (0 = 1970-01-01) to year, month, date. Years begin in March, so that the leap day comes last. */
function civil(day: number): { year: number; month: number; date: number } {
  const fromMarch0000 = day + 719_468;
  const era = Math.floor(fromMarch0000 / 146_097);
  const dayOfEra = fromMarch0000 - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const date = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, date };
}
