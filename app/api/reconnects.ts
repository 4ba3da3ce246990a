/**
 * Reads the history as a person counts it: what kind an entry is, how long it lasted, and how many reconnects fall into a
 * time. Pure; works on the schema's entries. It says nothing (words.ts does) and keeps nothing. Callers: the renderer,
 * status.ts for the CLI.
 */
import type { HistoryView } from './schema.ts';

/** What an entry of the history is: a beginning, a sleep, a change without a break, or a break of the connection. */
export type EntryKind = 'started' | 'slept' | 'change' | 'break';

export function entryKind(entry: Pick<HistoryView, 'cause' | 'unreachable'>): EntryKind {
  switch (entry.cause.key) {
    case 'history.cause.started':
    case 'history.cause.first-map':
      return 'started';
    case 'history.cause.slept':
      return 'slept';
    case 'history.cause.moved':
    case 'history.cause.path-proved':
    case 'history.cause.path-faster':
    case 'history.cause.path-no-pong':
    case 'history.cause.path-data-lost':
    case 'history.cause.path-network-changed':
    case 'history.cause.path-relay-changed':
    case 'history.cause.path-peer-moved':
    case 'history.cause.peer-restarted-handshake':
    case 'history.cause.device-renamed':
    case 'history.cause.watch-ended':
    case 'history.cause.port-mapping':
      return entry.unreachable.length === 0 ? 'change' : 'break';
    default:
      return 'break';
  }
}

export const isRunning = (entry: HistoryView): boolean => entry.durationMs === null && entry.result === null;

/** ms that an entry lasted, or has lasted so far. `now`: engine time. */
export const lasted = (entry: HistoryView, now: number): number => entry.durationMs ?? Math.max(0, now - entry.startedAt);

/** A break or a sleep that ends with a connection, and that no other entry tells already. */
export function isReconnect(entry: HistoryView): boolean {
  const kind = entryKind(entry);
  return (kind === 'break' || kind === 'slept') && entry.result?.key !== 'history.result.part-of-all';
}

export interface Reconnects {
  readonly count: number;
  /** ms of the longest, what still runs so far; null: there is none. */
  readonly longestMs: number | null;
  /** How many of them still run. */
  readonly running: number;
}

/** ms of engine time during which any of these lasted: what was interrupted by several at once counts once. */
export function unionMs(entries: readonly HistoryView[], now: number): number {
  const times = entries.map((entry) => ({ from: entry.startedAt, to: entry.startedAt + lasted(entry, now) })).sort((a, b) => a.from - b.from);
  let total = 0;
  let until = -Infinity;
  for (const { from, to } of times) {
    if (to <= until) continue;
    total += to - Math.max(from, until);
    until = to;
  }
  return total;
}

/** Whether any of it falls into the time from `fromWall` to `toWall` (ms since 1970), both included. */
export function fallsInto(entry: HistoryView, fromWall: number, toWall: number, now: number): boolean {
  return entry.at <= toWall && (isRunning(entry) || entry.at + lasted(entry, now) >= fromWall);
}

/** The reconnects that were under way at any moment of that time. */
export function reconnectsDuring(history: readonly HistoryView[], fromWall: number, toWall: number, now: number): Reconnects {
  let count = 0;
  let running = 0;
  let longestMs: number | null = null;
  for (const entry of history) {
    if (!isReconnect(entry) || !fallsInto(entry, fromWall, toWall, now)) continue;
    count += 1;
    if (isRunning(entry)) running += 1;
    longestMs = Math.max(longestMs ?? 0, lasted(entry, now));
  }
  return { count, longestMs, running };
}
