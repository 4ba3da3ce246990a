/** Time that goes on while the computer sleeps, and never back. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageTimeOf } from './page-time.ts';

function clocks() {
  const at = { monotonic: 100, wall: 1_800_000_000_000 };
  const time = pageTimeOf(() => at.monotonic, () => at.wall);
  const pass = (ms: number): void => {
    at.monotonic += ms;
    at.wall += ms;
  };
  return { at, time, pass };
}

describe('the time of the page', () => {
  it('counts what passed asleep, where only the wall clock saw it', () => {
    const { at, time, pass } = clocks();
    const began = time();
    pass(1_000);
    at.wall += 8 * 3_600_000;
    pass(20);
    expect(time() - began).toBe(8 * 3_600_000 + 1_020);
    pass(1_000);
    expect(time() - began).toBe(8 * 3_600_000 + 2_020);
  });

  it('counts it once where both clocks saw it, and does not go by corrections of a second', () => {
    const { at, time, pass } = clocks();
    const began = time();
    pass(3_600_000);
    at.wall += 900;
    expect(time() - began).toBe(3_600_000);
  });

  it('never goes back, however the wall clock is set', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ ms: fc.nat(100_000), set: fc.integer({ min: -1e9, max: 1e9 }) })), (steps) => {
        const { at, time, pass } = clocks();
        let last = time();
        for (const { ms, set } of steps) {
          pass(ms);
          at.wall += set;
          const now = time();
          expect(now - last).toBeGreaterThanOrEqual(ms);
          last = now;
        }
      }),
    );
  });
});
