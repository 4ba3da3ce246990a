/**
 * What an account comes to: whether a person is needed, and how its key stands. Pure; the words are elsewhere. Nothing here
 * answers 'ok'. Callers: face.ts, the page, alerts.
 */
import type { AccountPhase, AccountView } from './schema.ts';

const DAY = 86_400_000;
/** The first warning of a key that lives for 60 days or more; that of a shorter life is the same share of it. */
export const WARN_AT = 7 * DAY;
const FULL_LIFE = 60 * DAY;

/** What Bowline waits for: itself, a person, or nothing. */
export type Need = 'none' | 'time' | 'sign-in' | 'answer' | 'sign-in-again';

const NEEDS: Readonly<Record<AccountPhase, Need>> = {
  off: 'none',
  running: 'none',
  'waiting-for-network': 'time',
  connecting: 'time',
  registering: 'time',
  'fetching-map': 'time',
  'backing-off': 'time',
  'sign-in': 'sign-in',
  'signing-out': 'time',
  'key-changed': 'answer',
  'signed-out': 'sign-in-again',
  refused: 'sign-in-again',
};
export const needOf = (account: AccountView): Need => NEEDS[account.phase];
export const needsPerson = (account: AccountView): boolean => !['none', 'time'].includes(needOf(account));

/** `hs.example.org`, with a port only when it is not the scheme's own. */
export function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).host : server;
}

export type KeyLife =
  | { readonly kind: 'unending' }
  | { readonly kind: 'lasts'; readonly leftMs: number; readonly warn: boolean }
  | { readonly kind: 'expired'; readonly agoMs: number };

/** `wall`: now, ms since 1970. `lifeMs`: from the key's beginning to its end, null when unknown. */
export function keyLife(expiresAt: number | null, wall: number, lifeMs: number | null): KeyLife {
  if (expiresAt === null) return { kind: 'unending' };
  const leftMs = expiresAt - wall;
  if (leftMs <= 0) return { kind: 'expired', agoMs: -leftMs };
  return { kind: 'lasts', leftMs, warn: leftMs <= WARN_AT * lifeShare(lifeMs) };
}

/** By how much warnings of a key of this life come later than those of a long one: 0 to 1. */
export const lifeShare = (lifeMs: number | null): number => (lifeMs === null ? 1 : Math.min(1, lifeMs / FULL_LIFE));
