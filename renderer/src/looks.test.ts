/** When somebody was away: gaps between looks, and nothing else. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AWAY_AFTER_MS, look, parseLooks, type Looks } from './looks.ts';

const never: Looks = { lookedAt: null, away: null };
const after = (walls: readonly number[]): Looks => walls.reduce(look, never);

describe('an absence', () => {
  it('is a gap between two looks, from the last one to the return', () => {
    expect(after([1_000, 2_000, 2_000 + AWAY_AFTER_MS])).toEqual({ lookedAt: 2_000 + AWAY_AFTER_MS, away: { from: 2_000, to: 2_000 + AWAY_AFTER_MS } });
  });

  it('is not before the first look, when nobody knows how long nobody looked', () => {
    expect(after([9e12])).toEqual({ lookedAt: 9e12, away: null });
  });

  it('is not told by looks that follow each other closely, also when the wall clock goes back', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3_600_000, max: AWAY_AFTER_MS - 1 }), { maxLength: 50 }), (steps) => {
        let wall = 1e12;
        expect(after(steps.map((step) => (wall += step))).away).toBeNull();
      }),
    );
  });

  it('is the newest gap, however many there were, and stays while one looks on', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 * AWAY_AFTER_MS }), { minLength: 1, maxLength: 50 }), (steps) => {
        let wall = 1e12;
        const walls = [wall, ...steps.map((step) => (wall += step))];
        const at = steps.findLastIndex((step) => step >= AWAY_AFTER_MS);
        expect(after(walls)).toEqual({ lookedAt: wall, away: at < 0 ? null : { from: walls[at], to: walls[at + 1] } });
      }),
    );
  });
});

describe('what was kept', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e13 }), { maxLength: 9 }), (walls) => {
        const looks = after(walls);
        expect(parseLooks(JSON.stringify(looks))).toEqual(looks);
      }),
    );
  });

  it('is never, when it is anything else', () => {
    for (const text of [null, '', 'x', 'null', '[]', '{}', '{"lookedAt":"1"}', '{"lookedAt":null,"away":{"from":1,"to":2}}']) expect(parseLooks(text), text ?? 'null').toEqual(never);
    expect(parseLooks('{"lookedAt":5,"away":{"from":1}}')).toEqual({ lookedAt: 5, away: null });
    fc.assert(fc.property(fc.string(), (text) => void parseLooks(text)));
  });
});
