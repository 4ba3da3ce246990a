/** A person was asked to sign in: once, in plain words, and not again while we look on. For tests with the real Headscale. */
import { expect } from 'vitest';
import type { BowlineNode } from './bowline-node.ts';
import { pause } from './rooms.ts';

export const SIGN_IN = /sign[ -]in/i;
/** What Headscale gives a person to open. */
export const ADDRESS = /^https:\/\/hs\.test\/register\/\S+$/;
/** ms to look on after a person was asked: long enough for a second question, if there were one. */
export const LOOK_ON = 12_000;

/** One cause, one address, and one entry among what the history has since entry number `before`; `why` is in the words. Returns the address. */
export async function isAskedOnce(node: BowlineNode, before: number, why: RegExp): Promise<string> {
  const address = await node.signInAddress();
  await pause(LOOK_ON);
  const [status, history] = [await node.status(), (await node.history('control')).slice(before)];
  asksInPlainWords(status);
  const told = history.filter(({ cause, action, result }) => SIGN_IN.test(`${cause} ${action} ${result}`));
  expect(told, JSON.stringify(history)).toHaveLength(1);
  expect(`${told[0]?.cause}`).toMatch(why);
  expect(status.causes[0]).toMatch(why);
  expect(address).toMatch(ADDRESS);
  expect((await node.account()).signInUrl).toBe(address);
  return address;
}

/** Its first cause, and no other, says so; and it does not call itself connected. */
export function asksInPlainWords({ causes, state }: { readonly causes: readonly string[]; readonly state: string }): void {
  expect(causes.filter((cause) => SIGN_IN.test(cause)), JSON.stringify(causes)).toHaveLength(1);
  expect(causes[0]).toMatch(SIGN_IN);
  expect(state).not.toBe('connected');
}
