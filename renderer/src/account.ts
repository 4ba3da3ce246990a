/**
 * What an account comes to on a screen: how far joining has got, and keys to compare. Pure. Whether a person is needed,
 * and how its key stands, is in app/api/account-state.ts. Nothing here answers 'ok'.
 */
import type { AccountPhase, AccountView, Snapshot } from '../../app/api/schema.ts';

export { hostOf, keyLife, needOf, needsPerson } from '../../app/api/account-state.ts';

/** A phase that lasts longer than this offers a next step (ms). */
export const LATE_AFTER_MS = 15_000;

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
