/** The ring queue against an array. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RingQueue } from './ring.ts';

describe('RingQueue', () => {
  it('does what an array with a limit does', () => {
    const action = fc.oneof(fc.record({ kind: fc.constant('push' as const), value: fc.nat(9) }), fc.record({ kind: fc.constant('dropping' as const), value: fc.nat(9) }), fc.constant({ kind: 'shift' as const }), fc.constant({ kind: 'clear' as const }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(action, { maxLength: 60 }), (capacity, actions) => {
        const ring = new RingQueue<number>(capacity);
        let model: number[] = [];
        for (const a of actions) {
          if (a.kind === 'push') {
            expect(ring.push(a.value)).toBe(model.length < capacity);
            if (model.length < capacity) model.push(a.value);
          } else if (a.kind === 'dropping') {
            expect(ring.pushDroppingOldest(a.value)).toBe(model.length === capacity ? model.shift() : undefined);
            model.push(a.value);
          } else if (a.kind === 'shift') {
            expect(ring.shift()).toBe(model.shift());
          } else {
            ring.clear();
            model = [];
          }
          expect(ring.size).toBe(model.length);
          expect([...ring]).toEqual(model);
        }
      }),
    );
  });

  it('refuses a capacity that is no positive integer', () => {
    for (const bad of [0, -1, 1.5, NaN]) expect(() => new RingQueue(bad)).toThrow(RangeError);
  });
});
