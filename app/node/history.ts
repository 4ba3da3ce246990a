/**
 * The reconnect history: what happened, what was done about it, how it ended. An entry is opened by its cause, its
 * action may climb while it lasts, and it closes once with a result. Bounded; the oldest entry goes first.
 * It decides nothing: the repair ladder writes, the view reads.
 */
import type { Instant, WallTime } from '../time/instant.ts';
import { HISTORY_ENTRIES } from './constants.ts';
import type { Message } from './messages.ts';
import type { HistoryView, TruthName } from './types.ts';

/** Names an entry while it is open. */
export type IncidentId = number;

interface Opening {
  readonly truth: TruthName;
  readonly peer: string | null;
  readonly cause: Message;
  readonly action: Message;
  /** When what is wrong began, which may be before it was noticed. */
  readonly since: Instant;
  readonly unreachable: readonly string[];
}

export class History {
  readonly #entries: HistoryView[] = [];
  #nextId = 0;

  open(opening: Opening, now: Instant, wallNow: WallTime): IncidentId {
    const id = this.#nextId++;
    if (this.#entries.length === HISTORY_ENTRIES) this.#entries.shift();
    this.#entries.push({
      id,
      at: (wallNow - (now - opening.since)) as WallTime,
      startedAt: opening.since,
      truth: opening.truth,
      peer: opening.peer,
      cause: opening.cause,
      action: opening.action,
      result: null,
      durationMs: null,
      unreachable: [...opening.unreachable],
    });
    return id;
  }

  /** Changes an open entry: a bigger repair, or a cause that is better known by now. */
  revise(id: IncidentId, change: Partial<Pick<HistoryView, 'cause' | 'action' | 'peer' | 'unreachable'>>): void {
    this.#replace(id, (entry) => ({ ...entry, ...change }));
  }

  close(id: IncidentId, result: Message, now: Instant): void {
    this.#replace(id, (entry) => ({ ...entry, result, durationMs: Math.max(0, now - entry.startedAt) }));
  }

  /** An entry that begins and ends at once; `since`: when what it ended began. */
  record(opening: Opening, result: Message, now: Instant, wallNow: WallTime): void {
    this.close(this.open(opening, now, wallNow), result, now);
  }

  /** Oldest first. */
  entries(): HistoryView[] {
    return [...this.#entries];
  }

  #replace(id: IncidentId, change: (entry: HistoryView) => HistoryView): void {
    const at = this.#entries.findIndex((entry) => entry.id === id);
    const entry = this.#entries[at];
    if (entry !== undefined && entry.result === null) this.#entries[at] = change(entry);
  }
}
