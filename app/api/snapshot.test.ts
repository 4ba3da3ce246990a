/** What a snapshot says where no packet of a program can reach the network. */
import { expect, it } from 'vitest';
import { sampleSnapshot } from '../../tests/doubles/fake-app-engine.ts';
import { instant, wallTime } from '../time/instant.ts';
import type { NodeView } from '../node/types.ts';
import { check, Snapshot } from './schema.ts';
import { toSnapshot } from './snapshot.ts';

const view = sampleSnapshot() as unknown as NodeView;
const extra = { revision: 1, now: instant(5), wall: wallTime(0), version: '1', accounts: [], sandbox: null, shell: null };

it('is as the node says, where there is a device', () => {
  expect(toSnapshot(view, extra).overall).toEqual(view.overall);
  expect(toSnapshot(view, extra)).not.toHaveProperty('tunnelLack');
});

it('without a device never calls it connected or quiet, however many peers answer', () => {
  for (const state of ['connected', 'idle'] as const) {
    const told = toSnapshot({ ...view, overall: { ...view.overall, state } }, { ...extra, tunnelLack: 'rights' });
    expect(told.overall).toMatchObject({ state: 'attention', sentence: { key: 'overall.no-device' }, causes: [{ id: 'no-device', severity: 'down' }] });
    expect(told.truths.os).toMatchObject({ state: 'down', detail: { key: 'truth.os-no-device', why: 'rights' } });
    expect(check(Snapshot, told, 'snapshot').ok).toBe(true);
  }
});

it('with an account in use whose keys do not open says so, and asks for attention; one that rests is nothing to say', () => {
  const account = { id: 'hs.example.org', server: 'https://hs.example.org', user: null, active: true, state: 'locked', locked: 'denied' } as const;
  const stopped = { ...view, overall: { ...view.overall, state: 'stopped', sentence: { key: 'overall.stopped' } } } as const;
  const told = toSnapshot(stopped, { ...extra, accounts: [account] });
  expect(told.overall).toMatchObject({ state: 'attention', sentence: { key: 'overall.keys-locked' }, causes: [{ id: 'keys-locked', severity: 'down', message: { why: 'denied' } }] });
  expect(check(Snapshot, told, 'snapshot').ok).toBe(true);
  expect(toSnapshot(stopped, { ...extra, accounts: [{ ...account, active: false }] }).overall).toEqual(stopped.overall);
});

it('without a device leaves what is worse as it is', () => {
  const told = toSnapshot({ ...view, overall: { ...view.overall, state: 'offline', sentence: { key: 'overall.no-network' } } }, { ...extra, tunnelLack: 'system' });
  expect(told.overall).toMatchObject({ state: 'offline', sentence: { key: 'overall.no-network' } });
});
