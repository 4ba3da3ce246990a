/** A tailnet's wish against a played system: the plan, and the way from one wish to the next. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIp, formatPrefix, parseIp, parsePrefix } from '../../base/ip.ts';
import type { OverlayState } from '../../ports/effects.ts';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { FakeSystem } from '../../../tests/doubles/fake-system.ts';
import { planOverlay } from './overlay-plan.ts';
import { SystemChanges } from './system-changes.ts';

const overlay = (addresses: readonly string[], routes: readonly string[]): OverlayState => ({
  addresses: addresses.map((text) => parsePrefix(text)!),
  mtu: 1_280,
  routes: routes.map((text) => parsePrefix(text)!),
  dns: null,
});
const HOME = overlay(['100.64.0.1/32', 'fd7a:115c:a1e0::1/128'], ['100.64.0.0/10', 'fd7a:115c:a1e0::/48']);

function play() {
  const system = new FakeSystem();
  const store = createMemoryStore();
  const told: string[] = [];
  const link = system.openLink('bowline0');
  const changes = new SystemChanges({ system, store, log: { write: (level, _, text) => told.push(`${level} ${text}`) } });
  const follow = (wish: OverlayState): string[] => {
    const planned = planOverlay(wish, link, system.view());
    return planned.ok ? changes.become(planned.value) : [planned.message];
  };
  const seen = () => ({ addresses: system.addresses.map((a) => `${formatIp(a.address)}/${a.bits}`), routes: system.routes.map((r) => formatPrefix(r.destination)) });
  return { system, store, link, changes, follow, seen, told };
}

describe('the plan for a tailnet', () => {
  it('gives the device its MTU, its addresses and the routes of peers', () => {
    const { system, link, follow, seen } = play();
    expect(follow(HOME)).toEqual([]);
    expect(seen()).toEqual({ addresses: ['100.64.0.1/32', 'fd7a:115c:a1e0::1/128'], routes: ['100.64.0.0/10', 'fd7a:115c:a1e0::/48'] });
    expect(system.links.find((each) => each.ifindex === link.ifindex)).toMatchObject({ mtu: 1_280, up: true });
  });

  it('never makes a default route, whatever it is told', () => {
    const { follow, seen } = play();
    follow(overlay(['100.64.0.1/32'], ['0.0.0.0/0', '::/0', '100.64.0.2/32']));
    expect(seen().routes).toEqual(['100.64.0.2/32']);
  });

  it('refuses an address that another device has, names the device, and changes nothing', () => {
    const { system, follow, seen } = play();
    const other = system.openLink('tailscale0');
    system.addAddress({ ifindex: other.ifindex, address: parseIp('100.64.0.1')!, bits: 32 });
    const before = system.picture();
    expect(follow(HOME)).toEqual([expect.stringContaining('The address 100.64.0.1, which the server gave this computer, is in use by its network device tailscale0.')]);
    expect(system.picture()).toEqual(before);
    expect(seen().routes).toEqual([]);
  });

  it('leaves IPv6 out where the system has it off', () => {
    const { system, follow, seen } = play();
    system.ipv6 = false;
    expect(follow(HOME)).toEqual([]);
    expect(seen()).toEqual({ addresses: ['100.64.0.1/32'], routes: ['100.64.0.0/10'] });
  });
});

describe('from one wish to the next', () => {
  it('only what differs is touched', () => {
    const { system, follow, seen } = play();
    follow(overlay(['100.64.0.1/32'], ['10.1.0.0/16', '10.2.0.0/16']));
    let steps = 0;
    system.onStep = () => steps++;
    expect(follow(overlay(['100.64.0.1/32'], ['10.2.0.0/16', '10.3.0.0/16']))).toEqual([]);
    // Before and after each of two changes.
    expect(steps).toBe(4);
    expect(seen().routes).toEqual(['10.2.0.0/16', '10.3.0.0/16']);
    steps = 0;
    follow(overlay(['100.64.0.1/32'], ['10.2.0.0/16', '10.3.0.0/16']));
    expect(steps).toBe(0);
  });

  it('an own address is replaced while the device lives', () => {
    const { follow, seen } = play();
    follow(HOME);
    follow(overlay(['100.64.0.9/32', 'fd7a:115c:a1e0::1/128'], ['100.64.0.0/10', 'fd7a:115c:a1e0::/48']));
    expect(seen().addresses).toEqual(['fd7a:115c:a1e0::1/128', '100.64.0.9/32']);
  });

  it('one refusal is told, does not stop the others, and is tried again', () => {
    const { system, follow, seen } = play();
    const other = system.openLink('eth0');
    system.addRoute({ type: 'unicast', destination: parsePrefix('10.1.0.0/16')!, table: 254, ifindex: other.ifindex });
    const wish = overlay(['100.64.0.1/32'], ['10.1.0.0/16', '10.2.0.0/16']);
    expect(follow(wish)).toEqual(['The system refused to route 10.1.0.0/16 to bowline0: EEXIST']);
    expect(seen().routes).toEqual(['10.1.0.0/16', '10.2.0.0/16']);
    system.removeRoute({ type: 'unicast', destination: parsePrefix('10.1.0.0/16')!, table: 254, ifindex: other.ifindex });
    expect(follow(wish)).toEqual([]);
    expect(seen().routes).toEqual(['10.2.0.0/16', '10.1.0.0/16']);
  });

  it('a change is in the journal before it is made, and until it is taken back', () => {
    const { system, store, follow, changes } = play();
    const journal = (): string => new TextDecoder().decode(store.read('system-journal') ?? new Uint8Array(0));
    const missing: string[] = [];
    system.onStep = () => {
      for (const route of system.routes) if (!journal().includes(formatPrefix(route.destination))) missing.push(formatPrefix(route.destination));
      for (const { address } of system.addresses) if (!journal().includes(formatIp(address))) missing.push(formatIp(address));
    };
    follow(HOME);
    follow(overlay(['100.64.0.9/32'], ['10.1.0.0/16']));
    expect(journal()).not.toContain('fd7a');
    changes.takeAllBack();
    expect(missing).toEqual([]);
    expect(store.read('system-journal')).toBeUndefined();
  });

  it('any wishes in any order end as the last one alone would, and leave nothing', () => {
    const prefixes = (...of: readonly string[]) => fc.uniqueArray(fc.constantFrom(...of));
    const wish = fc.record({ addresses: prefixes('100.64.0.1/32', '100.64.0.2/32', 'fd7a:115c:a1e0::1/128'), routes: prefixes('10.1.0.0/16', '10.2.0.0/16', '100.64.0.0/10', 'fd7a::/16', '::/0') });
    fc.assert(
      fc.property(fc.array(wish, { minLength: 1, maxLength: 6 }), (wishes) => {
        const [many, one] = [play(), play()];
        const before = many.system.picture();
        for (const { addresses, routes } of wishes) many.follow(overlay(addresses, routes));
        const last = wishes.at(-1)!;
        one.follow(overlay(last.addresses, last.routes));
        const sorted = (of: ReturnType<typeof one.seen>) => ({ addresses: of.addresses.toSorted(), routes: of.routes.toSorted() });
        expect(sorted(many.seen())).toEqual(sorted(one.seen()));
        many.changes.takeAllBack();
        many.system.setMtu(many.link.ifindex, 1_500);
        many.system.links = many.system.links.map((link) => ({ ...link, up: link.ifindex === 1 }));
        expect(many.system.picture()).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });
});
