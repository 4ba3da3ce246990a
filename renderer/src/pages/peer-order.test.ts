/** Search, filter and order of the table of peers, and its rows in sight. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerView } from '../../../app/api/schema.ts';
import { scenes } from '../fake-scene-list.ts';
import { peer } from '../fake-scenes.ts';
import { choosePeers, COLUMNS, FILTERS, holdOrder, orderPeers, type Column, type Order } from './peer-order.ts';
import { places, rowWindow, type RowWindow, type View } from './peers-window.ts';

const names = (peers: readonly PeerView[]): readonly string[] => peers.map((each) => each.name);
const by = (column: Column, direction: 'ascending' | 'descending' = 'ascending') => ({ column, direction });

describe('the chosen peers', () => {
  const { peers } = scenes.young();

  it('are found by name and by address', () => {
    expect(names(choosePeers(peers, ' BEA ', 'all', by('name')))).toEqual(['beacon']);
    expect(names(choosePeers(peers, '10.77.0.4', 'all', by('name')))).toEqual(['capstan']);
    expect(choosePeers(peers, 'nobody', 'all', by('name'))).toEqual([]);
  });

  it('keep what is unknown at the end in either direction', () => {
    expect(names(choosePeers(peers, '', 'all', by('latency')))).toEqual(['anchor', 'beacon', 'capstan']);
    expect(names(choosePeers(peers, '', 'all', by('latency', 'descending')))).toEqual(['anchor', 'beacon', 'capstan']);
  });

  it('are ordered by numbers inside names as numbers', () => {
    const devices = [10, 9, 2].map((n) => peer(0, { id: n, name: `device-${n}` }));
    expect(names(choosePeers(devices, '', 'all', by('name')))).toEqual(['device-2', 'device-9', 'device-10']);
  });

  it('are the same whether the order before was used again or not', () => {
    const someone = fc.record({ id: fc.nat(30), latency: fc.option(fc.integer({ min: 1, max: 9 }), { nil: null }), rx: fc.nat(5), kind: fc.constantFrom('direct', 'relay', 'none') });
    const crowd = fc.uniqueArray(someone, { selector: ({ id }) => id, maxLength: 30 });
    const make = (all: readonly { id: number; latency: number | null; rx: number; kind: string }[]): PeerView[] =>
      all.map(({ id, latency, rx, kind }) => ({ ...peer(0), id, name: `d-${id}`, rxBytes: rx, path: { ...peer(0).path, kind: kind as 'direct', latencyMs: latency } }));
    fc.assert(
      fc.property(fc.array(crowd, { minLength: 2, maxLength: 5 }), fc.constantFrom('', '1', 'd-2'), fc.constantFrom(...FILTERS), fc.constantFrom(...COLUMNS), fc.constantFrom('ascending', 'descending'), (crowds, query, filter, column, direction) => {
        let last: Order | null = null;
        let before: PeerView[] = [];
        for (const each of crowds) {
          // As patches do: who did not change keeps its identity.
          const peers: PeerView[] = make(each).map((one) => before.find((old) => JSON.stringify(old) === JSON.stringify(one)) ?? one);
          last = orderPeers(peers, query, filter, { column, direction }, last);
          expect(names(last.chosen)).toEqual(names(choosePeers(peers, query, filter, { column, direction })));
          before = peers;
        }
      }),
    );
  });

  it('keep their place while held, and the gone drop out', () => {
    const [a, b, c] = [peer(0), peer(1), peer(2)];
    expect(holdOrder([2, 0, 1], [a, b, c])).toEqual([c, a, b]);
    expect(holdOrder([2, 0, 1], [a, b])).toEqual([a, b]);
  });
});

describe('the rows in sight', () => {
  const view = (top: number, over: Partial<View> = {}): View => ({ rowHeight: 40, inSight: 600, top, restedTop: top, down: true, ...over });

  it('are all rows of a short table', () => {
    const all = rowWindow(80, view(50));
    expect(all).toMatchObject({ kind: 'whole', first: 0, end: 80 });
    expect(places(all).map(({ index }) => index)).toEqual(Array.from({ length: 80 }, (_, i) => i));
  });

  it.each([true, false])('of a long one contain every row between the edges of the view, and more where it goes (down: %s)', (down) => {
    for (const top of [0, 1, 194, 983, 985, 2_000]) {
      const { first, end } = rowWindow(1_000, view(top, { down }));
      expect(first).toBeLessThanOrEqual(Math.min(top, 999));
      expect(end).toBeGreaterThanOrEqual(Math.min(1_000, top + 16));
      expect(end - first).toBe(rowWindow(1_000, view(0)).end);
      if (top === 194) expect(down ? end - (top + 16) : top - first).toBe(9);
    }
  });

  it('use the elements of those that left, in place while it is scrolled, and in the order of the rows once it rests', () => {
    const before = rowWindow(1_000, view(100));
    const during = rowWindow(1_000, view(103, { restedTop: 100 }));
    const after = rowWindow(1_000, view(103));
    const elements = (of: RowWindow): number[] => places(of).map(({ element }) => element);
    expect(elements(during)).toEqual(elements(before));
    const stayed = places(before).filter(({ index, element }) => places(during).some((place) => place.index === index && place.element === element));
    expect(stayed).toHaveLength(before.end - before.first - 3);
    expect(places(during).map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(places(after).map(({ index }) => index));
    for (const { index, element } of places(during)) expect(places(after)).toContainEqual({ index, element });
  });
});
