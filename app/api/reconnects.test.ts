/** How a person counts the history: kinds of entries, and the reconnects of a time, against a slow model. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entry, NOW, WALL } from '../../renderer/src/fake-scenes.ts';
import { entryKind, fallsInto, isReconnect, reconnectsDuring, unionMs } from './reconnects.ts';
import type { HistoryView } from './schema.ts';

const action = { key: 'history.action.followed' } as const;
const moved = { key: 'history.cause.moved', peer: 'a', from: 'x:1', to: 'x:2' } as const;
const silent = { key: 'history.cause.peer-silent', peer: 'a', silentMs: 5 } as const;
const answered = { key: 'history.result.new-session', peer: 'a' } as const;

describe('the kind of an entry', () => {
  it('knows a start, a sleep, a change and a break apart', () => {
    expect(entryKind(entry(1, 0, { cause: { key: 'history.cause.started' }, action }))).toBe('started');
    expect(entryKind(entry(1, 0, { cause: { key: 'history.cause.first-map', host: 'hs.example.org' }, action }))).toBe('started');
    expect(entryKind(entry(1, 0, { cause: { key: 'history.cause.slept', sleptMs: 5 }, action }))).toBe('slept');
    expect(entryKind(entry(1, 0, { cause: moved, action }))).toBe('change');
    expect(entryKind(entry(1, 0, { cause: moved, action, unreachable: ['a'] }))).toBe('break');
  });
});

const causes: readonly HistoryView['cause'][] = [moved, silent, { key: 'history.cause.started' }, { key: 'history.cause.slept', sleptMs: 9_000 }, { key: 'history.cause.relay', relay: 'fra', trouble: { key: 'trouble.relay-restarts', relay: 'fra' } }];
const HOUR = 3_600_000;
const anEntry: fc.Arbitrary<HistoryView> = fc
  .record({ ago: fc.integer({ min: 0, max: HOUR }), lasted: fc.option(fc.integer({ min: 0, max: 120_000 })), cause: fc.constantFrom(...causes), cut: fc.boolean(), part: fc.boolean() })
  .map(({ ago, lasted, cause, cut, part }) =>
    entry(ago, ago, { cause, action, unreachable: cut ? ['a'] : [], ...(lasted === null ? {} : { durationMs: Math.min(lasted, ago), result: part ? { key: 'history.result.part-of-all' } : answered }) }),
  );
const aTime = fc.tuple(fc.integer({ min: -60_000, max: HOUR }), fc.integer({ min: -60_000, max: HOUR })).map(([a, b]) => ({ from: WALL - Math.max(a, b), to: WALL - Math.min(a, b) }));

/** From its first moment to its last; what still runs has none. */
function touches({ at, durationMs }: HistoryView, from: number, to: number): boolean {
  const end = durationMs === null ? Infinity : at + durationMs;
  return at <= to && end >= from;
}

describe('the time of several entries', () => {
  it('is each millisecond once, however many lasted in it, in any order', () => {
    const short = fc.record({ ago: fc.integer({ min: 0, max: 300 }), took: fc.option(fc.integer({ min: 0, max: 120 })) }).map(({ ago, took }) =>
      entry(ago, ago, { cause: silent, action, unreachable: ['a'], ...(took === null ? {} : { durationMs: Math.min(took, ago), result: answered }) }),
    );
    fc.assert(
      fc.property(fc.array(short, { maxLength: 12 }), (entries) => {
        let model = 0;
        for (let at = NOW - 300; at < NOW; at++) if (entries.some(({ startedAt, durationMs }) => startedAt <= at && at < startedAt + (durationMs ?? NOW - startedAt))) model++;
        expect(unionMs(entries, NOW)).toBe(model);
        expect(unionMs(entries.toReversed(), NOW)).toBe(model);
      }),
    );
  });
});

describe('reconnects during a time', () => {
  it('count what a slow look at each entry counts, tell the longest, and what still runs', () => {
    fc.assert(
      fc.property(fc.array(anEntry, { maxLength: 30 }), aTime, (history, { from, to }) => {
        const inside = history.filter((each) => isReconnect(each) && touches(each, from, to));
        const lengths = inside.map(({ durationMs, startedAt }) => durationMs ?? NOW - startedAt);
        expect(reconnectsDuring(history, from, to, NOW)).toEqual({
          count: inside.length,
          longestMs: lengths.length === 0 ? null : Math.max(...lengths),
          running: inside.filter(({ result }) => result === null).length,
        });
      }),
    );
  });

  it('never shrink when the time grows, and do not depend on the order of the entries', () => {
    fc.assert(
      fc.property(fc.array(anEntry, { maxLength: 30 }), aTime, fc.nat({ max: HOUR }), (history, { from, to }, more) => {
        const some = reconnectsDuring(history, from, to, NOW);
        const wider = reconnectsDuring(history, from - more, to + more, NOW);
        expect(wider.count).toBeGreaterThanOrEqual(some.count);
        expect(wider.longestMs ?? 0).toBeGreaterThanOrEqual(some.longestMs ?? 0);
        expect(reconnectsDuring(history.toReversed(), from, to, NOW)).toEqual(some);
      }),
    );
  });

  it('hold what began before and ended within, and nothing that ended before or began after', () => {
    const told = entry(1, 60_000, { cause: silent, action, result: answered, durationMs: 20_000 });
    expect(fallsInto(told, WALL - 45_000, WALL, NOW)).toBe(true);
    expect(fallsInto(told, WALL - 39_999, WALL, NOW)).toBe(false);
    expect(fallsInto(told, WALL - 90_000, WALL - 60_001, NOW)).toBe(false);
  });

  it('leave out starts, changes without a break, and what another entry tells already', () => {
    const history = [
      entry(1, 50_000, { cause: { key: 'history.cause.started' }, action, result: answered, durationMs: 80 }),
      entry(2, 40_000, { cause: moved, action, result: answered, durationMs: 3 }),
      entry(3, 30_000, { cause: silent, action, result: { key: 'history.result.part-of-all' }, durationMs: 900, unreachable: ['a'] }),
    ];
    expect(reconnectsDuring(history, 0, WALL, NOW)).toEqual({ count: 0, longestMs: null, running: 0 });
  });
});
