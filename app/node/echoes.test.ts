/** Echoes: those of one burst are given up in one wake-up, each with its own purpose, and none before its time. */
import { describe, expect, it } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import { instant } from '../time/instant.ts';
import { ECHO_DEADLINE, ECHOES_GATHERED } from './constants.ts';
import { Echoes } from './echoes.ts';

describe('echoes that nobody answers', () => {
  it('wake once for a burst, and again for one that was sent later', () => {
    const echoes = new Echoes();
    for (const at of [0, 30, ECHOES_GATHERED, 500]) echoes.begin(1 as PeerId, { kind: 'watch' }, instant(at));
    const wakeUps: number[] = [];
    for (let due = echoes.next(); due !== undefined; due = echoes.next()) {
      wakeUps.push(due.at);
      expect(echoes.takeLost(due.at)).toBeDefined();
      while (echoes.takeLost(due.at) !== undefined);
    }
    expect(wakeUps).toEqual([ECHO_DEADLINE + ECHOES_GATHERED, ECHO_DEADLINE + 500]);
  });

  it('are not lost before their time', () => {
    const echoes = new Echoes();
    echoes.begin(1 as PeerId, { kind: 'suspicion' }, instant(0));
    expect(echoes.takeLost(instant(ECHO_DEADLINE - 1))).toBeUndefined();
    expect(echoes.takeLost(instant(ECHO_DEADLINE))).toMatchObject({ peer: 1, purpose: { kind: 'suspicion' } });
  });
});
