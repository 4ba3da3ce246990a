/** The simulator's own small parts. */
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { createSeededRng } from '../base/seeded-rng.ts';
import { EventQueue } from './event-queue.ts';
import { randomFaults } from './faults.ts';
import { Link, PERFECT_LINK } from './link.ts';
import { TraceHash } from '../base/trace-hash.ts';

describe('event queue', () => {
  it('runs actions in order of time, and of scheduling where times are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
        const queue = new EventQueue();
        const ran: [number, number][] = [];
        times.forEach((at, i) => queue.push(at, () => ran.push([at, i])));
        while (queue.nextAt() !== undefined) queue.shift()?.run();
        expect(ran).toEqual(times.map((at, i): [number, number] => [at, i]).sort((x, y) => x[0] - y[0] || x[1] - y[1]));
        expect(queue.shift()).toBeUndefined();
      }),
    );
  });
});

describe('trace hash', () => {
  const of = (feed: (hash: TraceHash) => void): string => {
    const hash = new TraceHash();
    feed(hash);
    return hash.digest();
  };

  it('is the same for the same values and differs for one changed bit', () => {
    const bytes = Uint8Array.from({ length: 61 }, (_, i) => i * 7);
    const before = of((hash) => hash.bytes(bytes));
    expect(before).toMatch(/^[0-9a-f]{16}$/);
    expect(of((hash) => hash.bytes(bytes))).toBe(before);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(of((hash) => hash.bytes(changed))).not.toBe(before);
    }
  });

  it('tells apart order, names and nearby times', () => {
    const all = [
      of((hash) => hash.value({ a: 1, b: 2 })),
      of((hash) => hash.value({ a: 2, b: 1 })),
      of((hash) => hash.value({ b: 1, a: 2 })),
      of((hash) => hash.value([1, 2, undefined])),
      of((hash) => hash.value([1, 2])),
      of((hash) => hash.number(1_000)),
      of((hash) => hash.number(1_000.0000000001)),
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});

describe('link', () => {
  const rng = createSeededRng(7);

  it('delivers once, after its delay, when it is perfect', () => {
    expect(new Link(PERFECT_LINK, rng).fate('a-to-b', 100, 4, 0)).toEqual([10]);
  });

  it('loses, copies and holds back about as often as told', () => {
    const link = new Link({ delayMs: 5, jitterMs: 10, loss: 0.2, duplicate: 0.1, reorder: 0.1, mtu: 1_500 }, rng);
    const fates = Array.from({ length: 10_000 }, () => link.fate('a-to-b', 100, 4, 0));
    expect(fates.filter((f) => f.length === 0).length / 10_000).toBeCloseTo(0.2, 1);
    expect(fates.filter((f) => f.length === 2).length / 10_000).toBeCloseTo(0.08, 1);
    expect(fates.flat().filter((delay) => delay > 15).length / 8_800).toBeCloseTo(0.095, 1);
    expect(Math.min(...fates.flat())).toBeGreaterThanOrEqual(5);
  });

  it('drops what is larger than its MTU, headers included', () => {
    const link = new Link(PERFECT_LINK, rng);
    expect(link.fate('a-to-b', 1_472, 4, 0)).toHaveLength(1);
    expect(link.fate('a-to-b', 1_473, 4, 0)).toHaveLength(0);
    expect(link.fate('a-to-b', 1_453, 6, 0)).toHaveLength(0);
  });

  it('is cut in the direction and for the time told', () => {
    const link = new Link(PERFECT_LINK, rng);
    link.cut('a-to-b', 100);
    expect([link.fate('a-to-b', 1, 4, 99).length, link.fate('b-to-a', 1, 4, 99).length, link.fate('a-to-b', 1, 4, 100).length]).toEqual([0, 1, 1]);
    expect([link.isCut('both', 99), link.isCut('b-to-a', 99), link.isCut('both', 100)]).toEqual([true, false, false]);
  });
});

describe('random faults', () => {
  it('are the same for the same seed, in order of time, and name hosts that exist', () => {
    const make = (seed: number) => randomFaults(createSeededRng(seed), 3, 40, 1_000, 9_000);
    expect(make(5)).toEqual(make(5));
    expect(make(5)).not.toEqual(make(6));
    const faults = make(5);
    expect(faults.map((f) => f.atMs)).toEqual(faults.map((f) => f.atMs).toSorted((a, b) => a - b));
    for (const { fault } of faults) if (fault.kind === 'cut') expect([fault.a !== fault.b, fault.a < 3, fault.b < 3]).toEqual([true, true, true]);
  });
});
