/** What a person reads while Bowline joins, from first line to last, and where the following ends. */
import { describe, expect, it } from 'vitest';
import type { AccountView, Snapshot } from '../api/schema.ts';
import { FakeEngine } from '../../tests/doubles/fake-engine.ts';
import { followJoin } from './follow-join.ts';

const ACCOUNT: AccountView = { server: 'https://hs.example.org', phase: 'connecting', phaseSinceAt: 0, attempt: 1, lastError: null, nextTryAt: null, signInUrl: null, keyChange: null, user: 'ada', tailnet: null, name: 'laptop', tags: [], keyExpiresAt: null };
const CONNECTING = { key: 'truth.control-connecting', host: 'hs.example.org' } as const;

/** One snapshot every 250 ms, the last one for ever. */
async function follow(states: readonly (Partial<AccountView> & { readonly os?: 'ok' | 'off' | 'down'; readonly addresses?: string[] })[], within?: number) {
  const told: string[] = [];
  let looks = 0;
  const result = await followJoin({
    snapshot: () => {
      const { os = 'off', addresses = [], ...account } = states[Math.min(looks, states.length - 1)]!;
      const base = new FakeEngine().snapshot();
      const detail = os === 'down' ? ({ key: 'truth.os-refused', device: 'bowline0', why: 'The address is in use.' } as const) : base.truths.os.detail;
      const value: Snapshot = {
        ...base,
        now: looks * 250,
        account: { ...ACCOUNT, ...account },
        self: { ...base.self, addresses },
        truths: { ...base.truths, control: { state: 'checking', provedAt: null, detail: CONNECTING }, os: { state: os, provedAt: null, detail } },
      };
      looks++;
      return Promise.resolve({ ok: true, value });
    },
    tell: (line) => told.push(line),
    wait: () => Promise.resolve(),
    within,
  });
  return { result, told, looks };
}

describe('following a sign-in', () => {
  it('ends when the network is joined and the system is set up', async () => {
    const { result, looks } = await follow([{}, { phase: 'running' }, { phase: 'running', addresses: ['100.64.0.1'] }, { phase: 'running', addresses: ['100.64.0.1'], os: 'ok' }]);
    expect(result).toMatchObject({ ok: true, value: { server: 'https://hs.example.org', name: 'laptop', user: 'ada', addresses: ['100.64.0.1'] } });
    expect(looks).toBe(4);
  });

  it('tells a phase once, again as it lasts, and a next step after 15 s', async () => {
    const { told } = await follow([{}], 31_000);
    expect(told.map((line) => line.replaceAll('\u00a0', ' '))).toEqual([
      'Connecting to hs.example.org.',
      'Connecting to hs.example.org, for 5 s.',
      'Connecting to hs.example.org, for 15 s.',
      expect.stringMatching(/^It goes on by itself. To look closer: "bowline status".*https:\/\/hs\.example\.org\/health/),
      'Connecting to hs.example.org, for 30 s.',
    ]);
  });

  it('shows each address to sign in at once', async () => {
    const { told } = await follow([{ phase: 'sign-in', signInUrl: 'https://hs.example.org/register/a' }, { phase: 'sign-in', signInUrl: 'https://hs.example.org/register/a' }, { phase: 'sign-in', signInUrl: 'https://hs.example.org/register/b' }], 2_000);
    expect(told.filter((line) => line.includes('/register/a'))).toHaveLength(1);
    expect(told.filter((line) => line.includes('/register/b'))).toHaveLength(1);
  });

  it.each([
    [{ phase: 'refused' }, 'refused', 'Get another key'],
    [{ phase: 'signed-out' }, 'signed-out', 'bowline login'],
    [{ phase: 'running', addresses: ['100.64.0.1'], os: 'down' }, 'not-set-up', 'The address is in use.'],
    [{ phase: 'key-changed', keyChange: { pinned: 'mkey:aa', offered: 'mkey:bb' } }, 'key-changed', 'mkey:bb'],
  ] as const)('ends where nothing goes on without a person: %o', async (state, code, words) => {
    const { result } = await follow([state as Parameters<typeof follow>[0][number]]);
    expect(result).toMatchObject({ ok: false, error: { code, message: expect.stringContaining(words) } });
  });

  it('goes on while a refusal is asked again by itself', async () => {
    const { result } = await follow([{ phase: 'refused', nextTryAt: 60_000 }], 1_000);
    expect(result).toMatchObject({ ok: false, error: { code: 'not-joined' } });
  });

  it('takes a system that is never touched for joined, a little later', async () => {
    const { result, looks } = await follow([{ phase: 'running', addresses: ['100.64.0.1'] }]);
    expect(result.ok).toBe(true);
    expect(looks).toBe(4);
  });
});
