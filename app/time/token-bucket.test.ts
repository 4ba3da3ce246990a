/** The budget of things that may be done. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { instant } from './instant.ts';
import { TokenBucket } from './token-bucket.ts';

it('gives a burst at once, then one in each interval', () => {
  const bucket = new TokenBucket(3, 1_000);
  expect([1, 2, 3, 4].map(() => bucket.take(instant(0)))).toEqual([true, true, true, false]);
  expect(bucket.freeAt(instant(0))).toBe(1_000);
  expect(bucket.take(instant(999))).toBe(false);
  expect(bucket.take(instant(1_000))).toBe(true);
});

it('has one at the moment it named, and never more than the burst and the time allow', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 60 }), (waits) => {
      const bucket = new TokenBucket(4, 700);
      let now = 0;
      let taken = 0;
      for (const wait of waits) {
        now += wait;
        while (bucket.freeAt(instant(now)) <= now) {
          expect(bucket.take(instant(now))).toBe(true);
          taken++;
        }
        const free = bucket.freeAt(instant(now));
        if (wait % 2 === 0) {
          now = free;
          expect(bucket.take(instant(now))).toBe(true);
          taken++;
        }
      }
      expect(taken).toBeLessThanOrEqual(4 + Math.ceil(now / 700));
    }),
  );
});
