/** Where an update stands: what each step may lead to, and that nothing is downloaded or installed but by a person's step. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check, UpdateView } from '../../api/schema.ts';
import { manifestOf } from '../../../tests/kit/signed-updates.ts';
import type { Manifest } from './manifest.ts';
import { afterInput, viewOf, type Failure, type Next, type UpdateEffect, type UpdateInput, type UpdateState } from './states.ts';

const manifest = manifestOf() as Manifest;
const none: UpdateState = { kind: 'none', checkedAt: null, waiting: null };
const failure: Failure = { cause: 'unreachable', detail: 'ECONNREFUSED' };
const play = (inputs: readonly UpdateInput[], from: UpdateState = none): { readonly state: UpdateState; readonly effects: UpdateEffect['kind'][] } => {
  let state = from;
  const effects: UpdateEffect['kind'][] = [];
  for (const input of inputs) {
    const next: Next | null = afterInput(state, input, 5);
    if (next === null) throw new Error(`${input.kind} does not fit ${state.kind}`);
    state = next.state;
    if (next.effect !== null) effects.push(next.effect.kind);
  }
  return { state, effects };
};
const step = (name: 'check' | 'download' | 'install', by: 'person' | 'itself' = 'person'): UpdateInput => ({ kind: 'step', step: name, by });
const found: UpdateInput = { kind: 'found', manifest, offered: true };
const toReady: UpdateInput[] = [step('check'), found, step('download'), { kind: 'downloaded', path: 'p' }, { kind: 'hashed' }];

describe('an update', () => {
  it('is hashed when it came, and once more before it is installed', () => {
    expect(play([...toReady, step('install'), { kind: 'hashed' }]).effects).toEqual(['look', 'download', 'hash', 'hash', 'install']);
  });

  it('is tried again from where it failed', () => {
    const failed = play([step('check'), found, step('download'), { kind: 'failed', version: null, failure }]);
    expect(viewOf(failed.state)).toEqual({ kind: 'failed', version: '0.2.0', cause: 'unreachable', detail: 'ECONNREFUSED', retry: 'download', checkedAt: 5 });
    expect(play([step('download')], failed.state)).toMatchObject({ state: { kind: 'downloading' }, effects: ['download'] });
    expect(play([step('check')], failed.state).effects).toEqual(['look']);
  });

  it('whose installation did not begin asks for a fresh start, as the engine has ended', () => {
    const failed = play([...toReady, step('install'), { kind: 'hashed' }, { kind: 'failed', version: null, failure: { cause: 'not-launched', detail: null } }]);
    expect(failed.effects.at(-1)).toBe('restore');
  });

  it('is looked for by itself, and neither downloaded nor installed so', () => {
    expect(play([step('check', 'itself')]).effects).toEqual(['look']);
    expect(afterInput(play([step('check'), found]).state, step('download', 'itself'), 5)).toBeNull();
    expect(afterInput(play(toReady).state, step('install', 'itself'), 5)).toBeNull();
  });

  it('shows percents that end at a hundred', () => {
    const half = play([step('check'), found, step('download'), { kind: 'progress', bytes: manifest.size / 2 }]).state;
    expect(viewOf(half)).toMatchObject({ percent: 50 });
    expect(viewOf(play([{ kind: 'progress', bytes: manifest.size * 9 }], half).state)).toMatchObject({ percent: 100 });
  });

  it('in any order of events shows a view of the schema, and acts only on a step of a person', () => {
    const input: fc.Arbitrary<UpdateInput> = fc.oneof(
      fc.record({ kind: fc.constant('step' as const), step: fc.constantFrom('check' as const, 'download' as const, 'install' as const), by: fc.constantFrom('person' as const, 'itself' as const) }),
      fc.record({ kind: fc.constant('found' as const), manifest: fc.constant(manifest), offered: fc.boolean() }),
      fc.constantFrom<UpdateInput>({ kind: 'nothing' }, { kind: 'hashed' }, { kind: 'downloaded', path: 'p' }, { kind: 'progress', bytes: 7 }, { kind: 'failed', version: null, failure }),
    );
    fc.assert(
      fc.property(fc.array(input, { maxLength: 40 }), (inputs) => {
        let state: UpdateState = none;
        let hashed = false;
        for (const each of inputs) {
          const next = afterInput(state, each, 5);
          if (next === null) continue;
          expect(check(UpdateView, viewOf(next.state), 'update').ok).toBe(true);
          if (next.effect?.kind === 'install') expect([each.kind, hashed]).toEqual(['hashed', true]);
          if (each.kind === 'step' && each.by === 'itself') expect(next.state.kind).toBe('checking');
          hashed = each.kind === 'step' && each.step === 'install' && each.by === 'person';
          state = next.state;
        }
      }),
    );
  });

  it('that this build does not get is never asked for', () => {
    for (const name of ['check', 'download', 'install'] as const) expect(afterInput({ kind: 'off', why: 'no-key' }, step(name), 5)).toBeNull();
  });
});
