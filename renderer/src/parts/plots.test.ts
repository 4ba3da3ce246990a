/** The geometry of the latency plot and of the ribbon. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entry, NOW } from '../fake-scenes.ts';
import { breaks, marks, ribbonSpan } from './ribbon.tsx';
import { plot } from './sparkline.tsx';

const BOX = { width: 48, height: 18, samples: 24 };
const action = { key: 'history.action.followed' } as const;
const silent = { key: 'history.cause.peer-silent', peer: 'a', silentMs: 1 } as const;

describe('the latency plot', () => {
  it('stays inside its box for any latencies', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })), { maxLength: 60 }), (all) => {
        const { lines, missed, last } = plot(all.map((ms, at) => ({ at, ms })), BOX);
        const points = lines.flatMap((line) => line.split(' ').map((point) => point.split(',').map(Number)));
        for (const [x, y] of points) {
          expect(x! >= 0 && x! <= BOX.width && y! >= 0 && y! <= BOX.height).toBe(true);
        }
        expect(points.length + missed.length).toBe(Math.min(all.length, BOX.samples));
        expect(last === null).toBe(all.length === 0 || all.at(-1) === null);
      }),
    );
  });

  it('breaks where nothing was answered', () => {
    const { lines, missed } = plot([1, 2, null, 3].map((ms, at) => ({ at, ms })), BOX);
    expect(lines).toHaveLength(2);
    expect(missed).toHaveLength(1);
  });
});

describe('the ribbon', () => {
  const ended = entry(1, 30_000, { cause: silent, action, result: { key: 'history.result.data-again', peer: 'a' }, durationMs: 6_000, unreachable: ['a'] });
  const running = entry(2, 12_000, { cause: silent, action, unreachable: ['a'] });

  it('places what ended where it was, and lets what runs reach to now', () => {
    const [first, second] = marks([ended, running], NOW, 60_000);
    expect(first).toMatchObject({ kind: 'break', from: 0.5, to: 0.6 });
    expect(second).toMatchObject({ kind: 'running', from: 0.8, to: 1 });
  });

  it('leaves out starts and what is older than its span', () => {
    const old = { ...ended, startedAt: NOW - 100_000 };
    const start = entry(3, 1_000, { cause: { key: 'history.cause.started' }, action });
    expect(marks([old, start], NOW, 60_000)).toEqual([]);
  });

  it('counts breaks and their time, running ones up to now', () => {
    expect(breaks([ended, running], NOW, 60_000)).toEqual({ count: 2, running: 1, totalMs: 18_000 });
  });

  it('counts the time once when several were interrupted at once', () => {
    const beside = entry(4, 33_000, { cause: silent, action, result: { key: 'history.result.data-again', peer: 'b' }, durationMs: 7_000, unreachable: ['b'] });
    expect(breaks([ended, beside, running], NOW, 60_000)).toEqual({ count: 3, running: 1, totalMs: 21_000 });
  });

  it('covers from one minute to one day', () => {
    expect(ribbonSpan([], NOW)).toBe(60_000);
    expect(ribbonSpan([entry(1, 61_000, { cause: silent, action })], NOW)).toBe(120_000);
    expect(ribbonSpan([entry(1, 9e9, { cause: silent, action })], NOW)).toBe(86_400_000);
  });
});
