/** The account in the CLI's JSON; everything else of it is tested with the verbs and on the running engine. */
import { expect, it } from 'vitest';
import { instant, wallTime } from '../time/instant.ts';
import { TestTailnet } from '../../tests/kit/test-tailnet.ts';
import { check, Status } from './schema.ts';
import { toSnapshot } from './snapshot.ts';
import { toStatus } from './status.ts';

it('has the account with its phase, the page to sign in at, and when the key ends', () => {
  const test = new TestTailnet();
  test.start();
  const since = instant(test.now - 4_000);
  test.state({ phase: 'sign-in-needed', since, signIn: { url: 'https://hs.example.org/register/abc', why: { kind: 'first' }, since }, trouble: undefined });
  const status = toStatus(toSnapshot(test.view(), { revision: 1, now: test.now, wall: wallTime(0), version: '1', sandbox: null, shell: null, accounts: [] }));
  expect(status.account).toEqual({
    server: 'https://hs.example.org', phase: 'sign-in', phaseSeconds: 4, lastError: null, signInUrl: 'https://hs.example.org/register/abc', user: null, tailnet: null, keyExpiresAt: null,
  });
  expect(check(Status, status, 'status').ok).toBe(true);
});
