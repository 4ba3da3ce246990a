import { describe, expect, it } from 'vitest';
import { scenes, type SceneName } from '../fake-scene-list.ts';
import { NOW } from '../fake-scenes.ts';
import { isNewcomer, stageOf, stepOf } from './progress.ts';

const at = (name: SceneName): string => {
  const stage = stageOf(scenes[name](), NOW);
  return `${stage.kind} ${stepOf(stage)}`;
};

describe('the guide', () => {
  it('finds its step from the snapshot alone', () => {
    const names = ['first-run', 'first-run-no-device', 'joining', 'sign-in', 'refused', 'key-changed-joining', 'guide-blocked', 'guide-alone', 'guide-first-data', 'guide-connected'] as const;
    expect(names.map(at)).toEqual([
      'server server', 'server server', 'joining account', 'joining account', 'joining account', 'joining account', 'blocked device', 'alone computers', 'first-data computers', 'connected null',
    ]);
  });

  it('never counts a computer whose data is older than its limit', () => {
    const snapshot = scenes['guide-connected']();
    expect(stageOf(snapshot, NOW)).toMatchObject({ kind: 'connected', total: 3, peers: [{ name: 'anchor' }, { name: 'beacon' }] });
    expect(stageOf(snapshot, NOW + snapshot.provedForMs + 1_000).kind).toBe('first-data');
  });

  it('is for those who never joined', () => {
    expect(isNewcomer(scenes['first-run']())).toBe(true);
    expect(isNewcomer(scenes['sign-in']())).toBe(true);
    expect(isNewcomer(scenes.member())).toBe(false);
    expect(isNewcomer(scenes.plain())).toBe(false);
    // A device that starts again: it has no map yet, and it signed in before.
    const again = scenes.joining();
    expect(isNewcomer({ ...again, accounts: again.accounts.map((each) => ({ ...each, state: 'signed-in' as const })) })).toBe(false);
  });

  it('between the choice of a server and the first word of the engine says which server', () => {
    const snapshot = scenes['first-run']();
    const chosen = { id: 'hs', server: 'https://hs.example.org', user: null, active: true, state: 'signing-in' as const };
    expect(stageOf({ ...snapshot, accounts: [chosen] }, NOW)).toEqual({ kind: 'starting', host: 'hs.example.org' });
  });
});
