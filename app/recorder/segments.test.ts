/** The ring of a recording. */
import { expect, it } from 'vitest';
import { instant } from '../time/instant.ts';
import { Segments } from './segments.ts';

it('holds no more bytes than its capacity, with what is held beside it, drops the oldest whole, and counts what it dropped', () => {
  const ring = new Segments(1_000);
  for (let i = 0; i < 50; i++) {
    ring.add({ steps: 3, from: instant(i), bytes: new Uint8Array(90) }, 100);
    expect(ring.size + 100).toBeLessThanOrEqual(1_000);
  }
  expect(ring.all().map(({ from }) => from)).toEqual(Array.from({ length: 10 }, (_, i) => 40 + i));
  expect(ring.droppedSteps).toBe(40 * 3);
});
