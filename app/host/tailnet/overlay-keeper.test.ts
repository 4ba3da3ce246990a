/** From the node's wish to the system, and back to the node what came of it. */
import { describe, expect, it } from 'vitest';
import { formatPrefix, parseIp, parsePrefix } from '../../base/ip.ts';
import type { OverlayState } from '../../ports/effects.ts';
import { FakeSystem } from '../../../tests/doubles/fake-system.ts';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { SystemChanges } from '../system/system-changes.ts';
import { OverlayKeeper } from './overlay-keeper.ts';

function play() {
  const system = new FakeSystem();
  const link = system.openLink('bowline0');
  const told: string[] = [];
  const later: (() => void)[] = [];
  const keeper = new OverlayKeeper({
    system,
    changes: new SystemChanges({ system, store: createMemoryStore(), log: { write: () => {} } }),
    link,
    set: (device, routes) => told.push(`${device} ${routes}`),
    refused: (device, why) => told.push(`${device}: ${why}`),
    soon: (work) => later.push(work),
    log: { write: () => {} },
  });
  const run = (): void => {
    for (const work of later.splice(0)) work();
  };
  return { system, keeper, told, later, run };
}

const wish = (...routes: readonly string[]): OverlayState => ({ addresses: [parsePrefix('100.64.0.1/32')!], mtu: 1_280, routes: routes.map((text) => parsePrefix(text)!), dns: null });

describe('the overlay keeper', () => {
  it('touches nothing during the turn of the node; the newest of several wishes counts', () => {
    const { keeper, system, told, later, run } = play();
    keeper.want(wish('10.1.0.0/16'));
    keeper.want(wish('10.2.0.0/16', '10.3.0.0/16'));
    expect(later).toHaveLength(1);
    expect(system.routes).toEqual([]);
    run();
    expect(system.routes.map((route) => formatPrefix(route.destination))).toEqual(['10.2.0.0/16', '10.3.0.0/16']);
    expect(told).toEqual(['bowline0 2']);
  });

  it('takes everything back when nothing is wanted', () => {
    const { keeper, system, run } = play();
    keeper.want(wish('10.1.0.0/16'));
    run();
    keeper.want(null);
    run();
    expect([system.routes, system.addresses]).toEqual([[], []]);
  });

  it('leaves nothing of ours beside an address that is somebody else\'s, says so, and comes back when it is free', () => {
    const { keeper, system, told, run } = play();
    keeper.want(wish('10.1.0.0/16'));
    run();
    const other = system.openLink('tailscale0');
    const taken = { ifindex: other.ifindex, address: parseIp('100.64.0.9')!, bits: 32 };
    system.addAddress(taken);
    keeper.want({ ...wish('10.1.0.0/16'), addresses: [parsePrefix('100.64.0.9/32')!] });
    run();
    expect(system.routes).toEqual([]);
    expect(told.at(-1)).toContain('bowline0: The address 100.64.0.9, which the server gave this computer, is in use by its network device tailscale0');
    system.removeAddress(taken);
    keeper.again();
    run();
    expect(told.at(-1)).toBe('bowline0 1');
    const before = told.length;
    keeper.again();
    run();
    expect(told).toHaveLength(before);
  });
});
