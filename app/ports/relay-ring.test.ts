/** The queue between the threads: in order, whole, bounded, and a sleeping reader is woken once. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import { RelayRing } from './relay-ring.ts';

interface Record {
  readonly region: number;
  readonly peer: number;
  readonly bytes: Uint8Array;
}

const record: fc.Arbitrary<Record> = fc.record({ region: fc.nat(65_535), peer: fc.nat(10_000), bytes: fc.uint8Array({ maxLength: 2_000 }) });

describe('the ring', () => {
  it('hands on what a plain list would, however pushes and takes alternate', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(record, fc.nat(20)), { maxLength: 300 }), (steps) => {
        const ring = new RelayRing();
        const model: Record[] = [];
        for (const step of steps) {
          if (typeof step === 'number') {
            const taken: Record[] = [];
            ring.take(step, (region, peer, bytes) => taken.push({ region, peer, bytes: bytes.slice() }));
            expect(taken).toEqual(model.splice(0, step));
          } else if (ring.push(step.region, step.peer as PeerId, step.bytes)) {
            model.push(step);
          }
        }
        expect(ring.isEmpty).toBe(model.length === 0);
      }),
    );
  });

  it('goes round many times, is full at some time, and loses nothing that it took', () => {
    const ring = new RelayRing();
    let [next, expected, refused] = [0, 0, 0];
    const packet = new Uint8Array(1_337);
    for (let turn = 0; turn < 40; turn++) {
      for (let i = 0; i < 1_000; i++) {
        packet[0] = next & 255;
        packet[1_336] = (next >>> 8) & 255;
        if (ring.push(1, 2 as PeerId, packet)) next++;
        else refused++;
      }
      ring.take(900, (_region, _peer, bytes) => {
        expect([bytes.length, bytes[0], bytes[1_336]]).toEqual([1_337, expected & 255, (expected >>> 8) & 255]);
        expected++;
      });
    }
    expect(refused).toBeGreaterThan(0);
    expect(expected).toBeGreaterThan(30_000);
  });

  it('wakes a reader that sleeps once, none that is awake, and nobody for nothing', () => {
    const ring = new RelayRing();
    const push = (): boolean => ring.push(1, 1 as PeerId, new Uint8Array(1));
    push();
    expect(ring.mustWake()).toBe(false);
    expect(ring.sleep()).toBe(false);
    ring.take(10, () => undefined);
    expect(ring.sleep()).toBe(true);
    // A turn in which nothing was pushed.
    expect(ring.mustWake()).toBe(false);
    push();
    push();
    expect(ring.mustWake()).toBe(true);
    expect(ring.mustWake()).toBe(false);
  });
});
