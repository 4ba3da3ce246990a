/** Instants, the timer table and backoff. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRng } from '../base/seeded-rng.ts';
import { Backoff } from './backoff.ts';
import { earlier } from './deadline.ts';
import { after, age, instant, minutes, seconds } from './instant.ts';
import { TimerTable } from './timer-table.ts';

describe('an instant', () => {
  it('has an age that is never negative', () => {
    expect(age(instant(10), instant(15))).toBe(5);
    expect(age(instant(15), instant(10))).toBe(0);
    expect(after(instant(10), seconds(2))).toBe(2_010);
    expect(minutes(2)).toBe(120_000);
  });
});

describe('earlier', () => {
  it('prefers the first on a tie and anything over nothing', () => {
    const a = { at: instant(1), why: 'a' };
    const b = { at: instant(1), why: 'b' };
    expect(earlier(a, b)).toBe(a);
    expect(earlier({ at: instant(2), why: 'later' }, b)).toBe(b);
    expect(earlier(undefined, b)).toBe(b);
    expect(earlier(a, undefined)).toBe(a);
    expect(earlier(undefined, undefined)).toBeUndefined();
  });
});

describe('TimerTable', () => {
  const names = ['first', 'second', 'third'] as const;

  it('does what a list of alarms does', () => {
    const action = fc.record({ kind: fc.constantFrom('set', 'idle', 'clear', 'take'), name: fc.constantFrom(...names), at: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const table = new TimerTable(names, 'test');
        const model = new Map<string, number>();
        for (const a of actions) {
          if (a.kind === 'set') {
            table.set(a.name, instant(a.at));
            model.set(a.name, a.at);
          } else if (a.kind === 'idle') {
            table.setIfIdle(a.name, instant(a.at));
            if (!model.has(a.name)) model.set(a.name, a.at);
          } else if (a.kind === 'clear') {
            table.clear(a.name);
            model.delete(a.name);
          } else {
            const due = names.find((name) => model.has(name) && model.get(name)! <= a.at);
            expect(table.takeDue(instant(a.at))).toBe(due);
            if (due !== undefined) model.delete(due);
          }
          for (const name of names) expect(table.get(name)).toBe(model.get(name));
          const least = Math.min(...model.values());
          expect(table.next()?.at).toBe(least === Infinity ? undefined : least);
        }
      }),
    );
  });

  it('names the machine and the reason', () => {
    const table = new TimerTable(names, 'peer');
    table.set('second', instant(5));
    expect(table.next()).toEqual({ at: 5, why: 'peer: second' });
    table.clearAll();
    expect(table.next()).toBeUndefined();
  });
});

describe('Backoff', () => {
  it('grows, is capped, is spread downwards only, and begins anew after reset', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const backoff = new Backoff({ firstMs: 100, capMs: 5_000, factor: 2, jitter: 0.2 }, createSeededRng(seed));
        for (let i = 0; i < 12; i++) {
          const full = Math.min(5_000, 100 * 2 ** i);
          const wait = backoff.next();
          expect(wait).toBeLessThanOrEqual(full);
          expect(wait).toBeGreaterThanOrEqual(full * 0.8);
        }
        expect(backoff.attempts).toBe(12);
        backoff.reset();
        expect(backoff.next()).toBeLessThanOrEqual(100);
      }),
    );
  });
});
