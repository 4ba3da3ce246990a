import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoTime } from './dates.ts';

describe('isoTime', () => {
  it('agrees with the platform for every time of the years 0 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }), (ms) => {
        expect(isoTime(ms)).toBe(new Date(ms).toISOString());
      }),
    );
  });
});
