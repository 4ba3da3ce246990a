import { describe, expect, it } from 'vitest';
import { instant } from '../time/instant.ts';
import { Codel } from './codel.ts';

const RULE = { targetMs: 5, intervalMs: 100 };
const dropsOf = (waits: (ms: number) => number, untilMs: number, alone = false): number[] => {
  const codel = new Codel(RULE);
  const drops: number[] = [];
  for (let ms = 1; ms <= untilMs; ms++) if (codel.judge(waits(ms), alone, instant(ms))) drops.push(ms);
  return drops;
};

describe('CoDel', () => {
  it('leaves a queue alone that is below the target, however long', () => {
    expect(dropsOf(() => 4.9, 5_000)).toEqual([]);
  });

  it('leaves a burst alone that is over within an interval', () => {
    expect(dropsOf((ms) => (ms % 100 === 0 ? 1 : 50), 5_000)).toEqual([]);
  });

  it('drops once after a whole interval above the target, then faster by the square root of the count', () => {
    const drops = dropsOf(() => 20, 500);
    // 101, then 100/sqrt(1), 100/sqrt(2), 100/sqrt(3)... later, rounded up to the next packet.
    expect(drops).toEqual([101, 201, 272, 330, 380, 425, 465]);
  });

  it('stops at the first packet below the target, and goes on at the old rate when the queue soon stands again', () => {
    const drops = dropsOf((ms) => (ms === 400 ? 1 : 20), 900);
    expect(drops.filter((ms) => ms < 400)).toHaveLength(5);
    const again = drops.filter((ms) => ms > 400);
    expect(again[0]).toBe(501);
    expect(again[1]! - again[0]!).toBeLessThan(60);
  });

  it('begins anew when the queue was short for long', () => {
    const drops = dropsOf((ms) => (ms > 400 && ms < 3_000 ? 1 : 20), 3_250);
    expect(drops.filter((ms) => ms >= 3_000)).toEqual([3_100, 3_200]);
  });

  it('never asks for the only packet there is', () => {
    expect(dropsOf(() => 500, 2_000, true)).toEqual([]);
  });
});
