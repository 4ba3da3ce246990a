/** Questions to a peer: their time is over at the very moment that is told, whatever fraction of a millisecond it is. */
import { describe, expect, it } from 'vitest';
import { createSeededRng } from '../base/seeded-rng.ts';
import { parseEndpoint } from '../base/ip.ts';
import { instant } from '../time/instant.ts';
import { PONG_WITHIN } from './constants.ts';
import { Candidate } from './candidate.ts';
import { Pings } from './pings.ts';

describe('pings of one burst', () => {
  it('are given up together, and those asked later on their own', () => {
    const rng = createSeededRng(1);
    const candidate = new Candidate(parseEndpoint('192.0.2.1:1')!, 'map');
    const pings = new Pings(rng);
    for (const at of [1_000, 1_040, 1_090, 1_400]) pings.begin(candidate, instant(at));
    const first = pings.next()!;
    expect(first).toBe(1_090 + PONG_WITHIN);
    expect(pings.takeUnanswered(first)).toHaveLength(3);
    expect(pings.next()).toBe(1_400 + PONG_WITHIN);
  });
});

describe('a ping that nobody answers', () => {
  it('is over when its deadline comes: a deadline that is due and changes nothing would come again without end', () => {
    const rng = createSeededRng(1);
    const candidate = new Candidate(parseEndpoint('192.0.2.1:1')!, 'map');
    for (let i = 0; i < 10_000; i++) {
      const pings = new Pings(rng);
      pings.begin(candidate, instant(4_000 * rng.fraction() * rng.fraction()));
      expect(pings.takeUnanswered(pings.next()!)).toHaveLength(1);
      expect(pings.next()).toBeUndefined();
    }
  });
});
