/** PeerIds against a slow model: an id is never given while someone has it or while its removal is on its way. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerId } from '../base/brand.ts';
import { PeerIds } from './peer-ids.ts';

describe('PeerIds', () => {
  it('never gives an id that is in use or not drained, and gives every other one in the end', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ what: fc.constantFrom('take', 'leave', 'drain'), which: fc.nat(20) }), { maxLength: 80 }), (steps) => {
        const ids = new PeerIds(4);
        const used: PeerId[] = [];
        const removing: PeerId[] = [];
        for (const { what, which } of steps) {
          if (what === 'take') {
            const id = ids.take();
            if (id === undefined) {
              expect(used.length + new Set(removing.filter((r) => !used.includes(r))).size).toBe(4);
              continue;
            }
            expect(used).not.toContain(id);
            expect(removing).not.toContain(id);
            used.push(id);
          } else if (what === 'leave' && used.length > 0) {
            const [id] = used.splice(which % used.length, 1);
            ids.removing(id!);
            ids.giveBack(id!);
            removing.push(id!);
          } else if (what === 'drain' && removing.length > 0) {
            ids.drained(removing.shift()!);
          }
          for (const id of used) expect(ids.isSettled(id)).toBe(!removing.includes(id));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('lets a static network claim its own, even while they drain', () => {
    const ids = new PeerIds(3);
    ids.claim(1 as PeerId);
    expect([ids.take(), ids.take(), ids.take()].toSorted()).toEqual([0, 2, undefined]);
    ids.removing(1 as PeerId);
    ids.giveBack(1 as PeerId);
    ids.claim(1 as PeerId);
    expect(ids.isSettled(1 as PeerId)).toBe(false);
    ids.drained(1 as PeerId);
    expect(ids.isSettled(1 as PeerId)).toBe(true);
    expect(ids.take()).toBeUndefined();
  });
});
