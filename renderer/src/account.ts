/**
 * What an account comes to on a screen: how far joining has got, whether a person is needed, and how its key stands. Pure;
 * words are in strings.ts and app/api/words.ts. Nothing here answers 'ok'.
 */
import type { AccountPhase, AccountView, Snapshot } from '../../app/api/schema.ts';

/** A phase that lasts longer than this offers a next step (ms). */
export const LATE_AFTER_MS = 15_000;

const DAY = 86_400_000;
/** The first warning of a key that lives for 60 days or more; that of a shorter life is the same share of it. */
const WARN_AT = 7 * DAY;
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

export const STEPS = ['reach', 'register', 'map', 'data'] as const;
export type Step = (typeof STEPS)[number];

const STEP_OF: Readonly<Record<AccountPhase, Step>> = {
  off: 'reach',
  'waiting-for-network': 'reach',
  connecting: 'reach',
  'backing-off': 'reach',
  'key-changed': 'reach',
  registering: 'register',
  'sign-in': 'register',
  refused: 'register',
  'signed-out': 'register',
  'signing-out': 'register',
  'fetching-map': 'map',
  running: 'data',
};
export const stepOf = (account: AccountView): Step => STEP_OF[account.phase];

/** Without an address of the network there was no map yet: this is the first time, or the first since start. */
export const joinedBefore = (snapshot: Snapshot): boolean => snapshot.self.addresses.length > 0;

export const isLate = (account: AccountView, now: number): boolean => now - account.phaseSinceAt >= LATE_AFTER_MS;

/** `hs.example.org`, with a port only when it is not the scheme's own. */
export function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).host : server;
}

/** A link that a browser may open; anything else is only shown as text. */
export function webLink(url: string): string | null {
  if (!URL.canParse(url)) return null;
  return ['https:', 'http:'].includes(new URL(url).protocol) ? url : null;
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
  return { kind: 'lasts', leftMs, warn: leftMs <= WARN_AT * share(lifeMs) };
}

const share = (lifeMs: number | null): number => (lifeMs === null ? 1 : Math.min(1, lifeMs / FULL_LIFE));

/** Groups of eight, so that two keys can be compared by eye; the prefix stands apart. */
export function fingerprint(key: string): { readonly prefix: string; readonly groups: readonly string[] } {
  const colon = key.indexOf(':');
  const digits = key.slice(colon + 1);
  return { prefix: key.slice(0, colon + 1), groups: digits.match(/.{1,8}/g) ?? [] };
}

/** Two letters for a name: `hs.example.org` HS, `Ada Home` AH. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter((word) => word !== '');
  const letters = words.length > 1 && /\s/.test(name) ? words.map((word) => word[0]!).join('') : (words[0] ?? '');
  return letters.slice(0, 2).toUpperCase();
}
