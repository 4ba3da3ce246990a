/**
 * What of a face is worth telling somebody who does not look: each provider names at most one thing, by its root. Pure. It does
 * not decide when (alerts.ts does) nor in which words. A device that is switched off, and a computer without a network, are
 * nothing to tell: the one is somebody's wish, the other the system shows itself.
 */
import { lifeShare } from './account-state.ts';
import type { Face } from './face.ts';
import type { Message } from '../node/messages.ts';

/** Of one area at most one thing is told at a time. */
export type AlertArea = 'connection' | 'account' | 'system' | 'key';

export type Concern =
  | { readonly kind: 'connection'; readonly id: 'connection'; readonly area: 'connection'; readonly cause: Message | null }
  | { readonly kind: 'engine'; readonly id: 'engine'; readonly area: 'connection' }
  | { readonly kind: 'sign-in'; readonly id: string; readonly area: 'account'; readonly host: string; readonly cause: Message | null }
  | { readonly kind: 'server-key'; readonly id: string; readonly area: 'account'; readonly host: string }
  | { readonly kind: 'system'; readonly id: 'system'; readonly area: 'system'; readonly cause: Message }
  | { readonly kind: 'key'; readonly id: string; readonly area: 'key'; readonly host: string; /** Wall time, ms. */ readonly expiresAt: number };

/** A key as far as it is known. `lifeMs`: from its beginning to its end; null: it began before Bowline looked. */
export interface KeyTerm {
  readonly expiresAt: number;
  readonly lifeMs: number | null;
}

const HOUR = 3_600_000;
/** Warnings of a key of 60 days or more; those of a shorter one are the same share of its life. */
const WARNINGS = [
  { name: '7d', ms: 168 * HOUR },
  { name: '1d', ms: 24 * HOUR },
  { name: '1h', ms: HOUR },
] as const;

/** Worst first. `wall`: now, ms since 1970. */
export function concernsOf(face: Face, term: KeyTerm | null, wall: number): readonly Concern[] {
  return [engine(face), account(face), connection(face), system(face), key(face, term, wall)].filter((each) => each !== null);
}

/** The next wall time at which a warning of the key falls due; null: none is left. */
export function nextKeyWarning(term: KeyTerm | null, wall: number): number | null {
  if (term === null) return null;
  const times = WARNINGS.map(({ ms }) => term.expiresAt - ms * lifeShare(term.lifeMs)).filter((at) => at > wall);
  return times.length === 0 ? null : Math.min(...times);
}

function engine({ state }: Face): Concern | null {
  return state === 'lost' ? { kind: 'engine', id: 'engine', area: 'connection' } : null;
}

function account({ need, causes }: Face): Concern | null {
  switch (need?.kind) {
    case 'sign-in':
    case 'sign-in-again':
      return { kind: 'sign-in', id: `sign-in ${need.host}`, area: 'account', host: need.host, cause: causes.find(({ id }) => id === 'sign-in' || id === 'refused')?.message ?? null };
    case 'answer':
      return { kind: 'server-key', id: `server-key ${need.host}`, area: 'account', host: need.host };
    case 'renewal':
    case undefined:
      return null;
  }
}

/** Nothing when a person is asked already: that is the root, and this what comes of it. */
function connection({ state, need, causes, sentence }: Face): Concern | null {
  if (state !== 'offline' || sentence?.key === 'overall.no-network' || (need !== null && need.kind !== 'renewal')) return null;
  if (causes.some(({ message }) => message.key === 'cause.no-network')) return null;
  return { kind: 'connection', id: 'connection', area: 'connection', cause: causes.find(({ severity }) => severity === 'down' || severity === 'stale')?.message ?? null };
}

const OF_THE_SYSTEM: ReadonlySet<Message['key']> = new Set(['truth.os-fought-over', 'truth.os-says-no', 'truth.os-misled', 'cause.keys-locked'] as const);

function system({ causes }: Face): Concern | null {
  const found = causes.find(({ message }) => OF_THE_SYSTEM.has(message.key));
  return found === undefined ? null : { kind: 'system', id: 'system', area: 'system', cause: found.message };
}

/** Of the warnings that are due the nearest to the end; nothing of a key that has ended, as then a sign-in is asked for. */
function key({ key: life, account: of }: Face, term: KeyTerm | null, wall: number): Concern | null {
  if (life?.kind !== 'lasts' || term === null || of === null) return null;
  const due = WARNINGS.findLast(({ ms }) => term.expiresAt - wall <= ms * lifeShare(term.lifeMs));
  return due === undefined ? null : { kind: 'key', id: `key ${term.expiresAt} ${due.name}`, area: 'key', host: of.host, expiresAt: term.expiresAt };
}
