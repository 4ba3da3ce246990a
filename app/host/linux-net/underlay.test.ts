/** Which of this computer's addresses others are told, and which changes of its networks matter. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatEndpoint, formatIp, parseIp, parsePrefix } from '../../base/ip.ts';
import type { Link, Route } from '../../wire/rtnetlink.ts';
import { compareUnderlay, endpointsOf, familiesOf, underlayOf, type Seen } from './underlay.ts';
import { UnderlayWatch } from './underlay-watch.ts';

const OWN = 9;
const LINKS: readonly Link[] = [
  { ifindex: 1, name: 'lo', mtu: 65_536, up: true },
  { ifindex: 2, name: 'eth0', mtu: 1_500, up: true },
  { ifindex: 3, name: 'wlan0', mtu: 1_500, up: false },
  { ifindex: 4, name: 'tailscale0', mtu: 1_280, up: true },
  { ifindex: 5, name: 'docker0', mtu: 1_500, up: true },
  { ifindex: OWN, name: 'mesh0', mtu: 1_280, up: true },
];
const via = (gateway: string, oif = 2): Route => ({ destination: parsePrefix('0.0.0.0/0')!, type: 'unicast', table: 254, scope: 0, oif, gateway: parseIp(gateway)! });
const seen = (addresses: readonly (readonly [number, string])[], routes: readonly Route[] = [via('192.168.1.1')]): Seen => ({
  links: LINKS,
  addresses: addresses.map(([ifindex, address]) => ({ ifindex, address: parseIp(address)!, bits: 24 })),
  routes,
});
const told = (...addresses: readonly (readonly [number, string])[]): string[] => underlayOf(seen(addresses), OWN).addresses.map(formatIp);

describe('our own endpoints', () => {
  it('are the addresses of devices that are up, with our UDP port', () => {
    const underlay = underlayOf(seen([[1, '127.0.0.1'], [2, '192.168.1.5'], [2, '2001:db8::5'], [5, '172.17.0.1'], [3, '10.0.0.1']]), OWN);
    expect(endpointsOf(underlay, 41_641).map(formatEndpoint)).toEqual(['192.168.1.5:41641', '172.17.0.1:41641', '[2001:db8::5]:41641']);
  });

  it('leave out our own device, other tunnels, the ranges of a tailnet and link-local IPv6', () => {
    expect(told([OWN, '10.9.9.9'], [4, '10.8.8.8'], [2, '100.64.0.7'], [2, 'fd7a:115c:a1e0::7'], [2, 'fe80::1'], [1, '::1'])).toEqual([]);
  });

  it('name IPv4 link-local and unique local IPv6 only where there is nothing better', () => {
    expect(told([2, '169.254.3.4'], [2, 'fd00::4'])).toEqual(['169.254.3.4', 'fd00::4']);
    expect(told([2, '169.254.3.4'], [2, 'fd00::4'], [2, '10.0.0.4'])).toEqual(['10.0.0.4']);
  });

  it('have at most two IPv6 addresses of one subnet', () => {
    expect(told([2, '2001:db8::1'], [2, '2001:db8::2'], [2, '2001:db8::3'], [2, '2001:db8:0:1::1'])).toEqual(['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1']);
  });

  it('are bounded', () => {
    expect(told(...Array.from({ length: 100 }, (_, i): [number, string] => [2, `10.0.${i}.1`]))).toHaveLength(24);
  });
});

describe('the families that lead somewhere', () => {
  const via6: Route = { destination: parsePrefix('::/0')!, type: 'unicast', table: 254, scope: 0, oif: 2, gateway: parseIp('fe80::1')! };
  const families = (addresses: readonly string[], routes?: readonly Route[]) => familiesOf(underlayOf(seen(addresses.map((address) => [2, address] as const), routes), OWN));

  it('have an address, and IPv6 a way out too: a global address alone leads nowhere', () => {
    expect(families(['10.0.0.1'])).toEqual({ ipv4: true, ipv6: false });
    expect(families(['10.0.0.1', '2001:db8::1'])).toEqual({ ipv4: true, ipv6: false });
    expect(families(['10.0.0.1', '2001:db8::1'], [via('10.0.0.254'), via6])).toEqual({ ipv4: true, ipv6: true });
    expect(families(['2001:db8::1'], [via6])).toEqual({ ipv4: false, ipv6: true });
    expect(families(['fd00::1'], [via6])).toEqual({ ipv4: false, ipv6: false });
  });
});

describe('a change of the networks', () => {
  const of = (addresses: readonly string[], routes = [via('192.168.1.1')]) => underlayOf(seen(addresses.map((address) => [2, address] as const), routes), OWN);
  it.each([
    ['nothing', of(['10.0.0.1']), of(['10.0.0.1']), 'same'],
    ['one more address', of(['10.0.0.1']), of(['10.0.0.1', '2001:db8::1']), 'more'],
    ['a privacy address replaced in its subnet', of(['2001:db8::1', '2001:db8::2']), of(['2001:db8::1', '2001:db8::3']), 'more'],
    ['the last address of a subnet gone', of(['10.0.0.1', '2001:db8::2']), of(['10.0.0.1']), 'changed'],
    ['another address', of(['10.0.0.1']), of(['10.0.0.2']), 'changed'],
    ['another way out', of(['10.0.0.1']), of(['10.0.0.1'], [via('192.168.1.254')]), 'changed'],
    ['no way out any more', of(['10.0.0.1']), of(['10.0.0.1'], []), 'changed'],
    ['the last address gone', of(['10.0.0.1']), of([]), 'down'],
    ['the first address come', of([]), of(['10.0.0.1']), 'up'],
    ['still nothing', of([]), of([], []), 'same'],
    ['our own default route', of(['10.0.0.1']), of(['10.0.0.1'], [via('192.168.1.1'), via('100.64.0.1', OWN)]), 'same'],
  ] as const)('%s', (_, before, after, what) => {
    expect(compareUnderlay(before, after)).toBe(what);
  });
});

describe('the watch', () => {
  function play(first = seen([[2, '10.0.0.1']])) {
    const state = { now: first, event: (): void => {}, lost: (_why: string): void => {}, subscriptions: 0, closed: 0, looks: 0, fails: false };
    const timers: { work: () => void; readonly ms: number }[] = [];
    const heard: string[] = [];
    const watch = new UnderlayWatch({
      subscribe: (event, lost) => {
        if (state.fails) throw new Error('EMFILE');
        state.subscriptions++;
        Object.assign(state, { event, lost });
        return { close: () => void state.closed++ };
      },
      look: () => state.now,
      own: OWN,
      port: 7,
      later: (work, ms) => {
        const timer = { work, ms };
        timers.push(timer);
        return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
      },
      looked: () => void state.looks++,
      network: (what) => heard.push(what),
      families: () => {},
      endpoints: (endpoints) => heard.push(endpoints.map(formatEndpoint).join(' ') || '-'),
      log: { write: () => {} },
    });
    const ring = (): void => timers.shift()?.work();
    return { state, timers, heard, watch, ring };
  }

  it('tells the endpoints at once, and what changed once it settled', () => {
    const { state, heard, ring, timers } = play();
    state.now = seen([[2, '10.0.0.2']]);
    for (let i = 0; i < 1_000; i++) state.event();
    expect(timers).toHaveLength(1);
    expect(heard).toEqual(['10.0.0.1:7']);
    ring();
    expect(heard).toEqual(['10.0.0.1:7', 'changed', '10.0.0.2:7']);
    expect(timers).toEqual([]);
    expect(state.looks).toBe(1);
  });

  it('makes nothing of a thousand events about our own device', () => {
    const { state, heard, ring } = play();
    for (let i = 0; i < 1_000; i++) {
      state.now = seen([[2, '10.0.0.1'], [OWN, `100.64.0.${(i % 200) + 1}`]], [via('192.168.1.1'), via('100.64.0.1', OWN)]);
      state.event();
      ring();
    }
    expect(heard).toEqual(['10.0.0.1:7']);
  });

  it('starts without a network, and says when there is one', () => {
    const { state, heard, ring } = play(seen([]));
    state.now = seen([[2, '10.0.0.2']]);
    state.event();
    ring();
    expect(heard).toEqual(['down', '-', 'up', '10.0.0.2:7']);
  });

  it('follows the port', () => {
    const { watch, heard } = play();
    watch.bound(7);
    watch.bound(8);
    expect(heard).toEqual(['10.0.0.1:7', '10.0.0.1:8']);
  });

  it('subscribes anew when its source ends, less and less often, and looks at what it missed', () => {
    const { state, heard, ring, timers } = play();
    state.fails = true;
    state.lost('gone');
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      waits.push(timers[0]!.ms);
      ring();
    }
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    state.fails = false;
    state.now = seen([[2, '10.0.0.3']]);
    ring();
    expect(state.subscriptions).toBe(2);
    expect(heard).toEqual(['10.0.0.1:7', 'changed', '10.0.0.3:7']);
  });

  it('is silent after close', () => {
    const { state, watch, timers } = play();
    state.event();
    watch.close();
    expect(timers).toEqual([]);
    expect(state.closed).toBe(1);
  });

  it('never throws and never names our own device, whatever is there', () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => parseIp(text)).filter((ip) => ip !== undefined);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 10 }), address)), (all) => {
        const underlay = underlayOf({ links: LINKS, addresses: all.map(([ifindex, ip]) => ({ ifindex, address: ip, bits: 24 })), routes: [] }, OWN);
        for (const ip of underlay.addresses) expect(all.some(([ifindex, other]) => ifindex !== OWN && formatIp(other) === formatIp(ip))).toBe(true);
      }),
    );
  });
});
