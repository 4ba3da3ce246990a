/** Search, filter and order of the table of peers, and its rows in sight. */
import { describe, expect, it } from 'vitest';
import type { PeerView } from '../../../app/api/schema.ts';
import { scenes } from '../fake-scene-list.ts';
import { peer } from '../fake-scenes.ts';
import { choosePeers, holdOrder, type Column } from './peer-order.ts';
import { rowWindow } from './peers-window.ts';

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

  it('keep their place while held, and the gone drop out', () => {
    const [a, b, c] = [peer(0), peer(1), peer(2)];
    expect(holdOrder([2, 0, 1], [a, b, c])).toEqual([c, a, b]);
    expect(holdOrder([2, 0, 1], [a, b])).toEqual([a, b]);
  });
});

describe('the rows in sight', () => {
  it('are all rows of a short table', () => {
    expect(rowWindow(80, 40, 2_000, 600)).toMatchObject({ first: 0, end: 80 });
  });

  it('of a long one contain every row between the edges of the view', () => {
    for (const scrolled of [0, 39, 40, 7_777, 39_400]) {
      const { first, end } = rowWindow(1_000, 40, scrolled, 600);
      expect(first).toBeLessThanOrEqual(Math.floor(scrolled / 40));
      expect(end).toBeGreaterThanOrEqual(Math.min(1_000, Math.ceil((scrolled + 600) / 40)));
      expect(end - first).toBeLessThan(60);
    }
  });
});
