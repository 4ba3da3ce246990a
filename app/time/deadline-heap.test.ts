/** The deadline heap against a slow model. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineHeap } from './deadline-heap.ts';
import { instant } from './instant.ts';

describe('DeadlineHeap', () => {
  it('does what a sorted list does; ties break by the smaller key', () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), key: fc.nat(20), at: fc.nat(30) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), key: fc.nat(20) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), now: fc.nat(30) }) },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 150 }), (actions) => {
        const heap = new DeadlineHeap();
        const model = new Map<number, number>();
        const least = (): [number, number] | undefined => [...model].sort((a, b) => a[1] - b[1] || a[0] - b[0])[0];
        for (const a of actions) {
          if (a.kind === 'set') {
            heap.set(a.key, { at: instant(a.at), why: `key ${a.key}` });
            model.set(a.key, a.at);
          } else if (a.kind === 'remove') {
            heap.set(a.key, undefined);
            model.delete(a.key);
          } else {
            const due = least();
            const expected = due !== undefined && due[1] <= a.now ? due[0] : undefined;
            expect(heap.takeDue(instant(a.now))).toBe(expected);
            if (expected !== undefined) model.delete(expected);
          }
          const next = least();
          expect(heap.next()).toEqual(next === undefined ? undefined : { at: next[1], why: `key ${next[0]}` });
        }
      }),
      { numRuns: 300 },
    );
  });
});
