/** macOS as a tunnel changes it, on its twin: the plan made and taken back, undone by others, and cut off at every step. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { formatPrefix, parseIp, parsePrefix } from '../../base/ip.ts';
import { parseWgQuick } from '../../config/wg-quick.ts';
import type { WgConfig } from '../../config/types.ts';
import { OsGuard } from '../../osguard/guard.ts';
import type { OsIncident } from '../../osguard/types.ts';
import type { OsEvent } from '../../ports/os-network.ts';
import type { Store } from '../../ports/store.ts';
import { after, instant, type Duration } from '../../time/instant.ts';
import { DarwinTwin } from '../../../tests/doubles/darwin-twin.ts';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { describeChange, encodeChange, SystemChange } from './changes.ts';
import { BOUND, DARWIN_PLAN } from './darwin-plan.ts';
import { byUs } from './darwin-programs.ts';
import { createDarwinSystem } from './darwin-system.ts';
import { GuardHands } from './guard-hands.ts';
import type { SystemPort } from './port.ts';
import { SystemChanges } from './system-changes.ts';
import * as v from 'valibot';

const KEY = Buffer.alloc(32, 7).toString('base64');
const US = 4_711;
const OTHER = 612;

function config(interfaceLines: string, allowedIps: string): WgConfig {
  const parsed = parseWgQuick(`[Interface]\nPrivateKey = ${KEY}\nAddress = 10.7.0.1/24, fd07::1/64\n${interfaceLines}\n[Peer]\nPublicKey = ${Buffer.alloc(32, 9).toString('base64')}\nAllowedIPs = ${allowedIps}\n`, 'wg0.conf');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.value;
}

const FULL = config('DNS = 10.7.0.2, home.example', '0.0.0.0/0, ::/0, 10.9.0.0/16');
const quiet = { write: () => {} };

const systemOf = (twin: DarwinTwin): SystemPort => createDarwinSystem({ programs: twin, snapshot: twin.snapshot, pid: US });

function planned(twin: DarwinTwin, system: SystemPort, of = FULL) {
  const frame = DARWIN_PLAN.frame(of, system.view());
  if (!frame.ok) throw new Error(frame.message);
  const link = twin.openUtun();
  const changes = DARWIN_PLAN.changes(of, frame.value, link, system.view());
  if (!changes.ok) throw new Error(changes.message);
  return { frame: frame.value, changes: changes.value, link };
}

describe('the plan for macOS', () => {
  it('of a default route is two halves of each family, below what is more exact, and names of our own', () => {
    const twin = new DarwinTwin();
    const { frame, changes } = planned(twin, systemOf(twin));
    expect(frame).toEqual({ mtu: 1_420, fwmark: BOUND, ownTable: undefined });
    expect(changes.map(describeChange)).toEqual([
      'set the MTU of utun5 to 1420',
      'give utun5 the address 10.7.0.1/24',
      'give utun5 the address fd07::1/64',
      'switch utun5 on',
      'route 10.9.0.0/16 to utun5',
      'route 0.0.0.0/1 to utun5',
      'route 128.0.0.0/1 to utun5',
      'route ::/1 to utun5',
      'route 8000::/1 to utun5',
      'set the name servers of the network service bowline-utun5',
    ]);
  });

  it('binds our sockets where our own datagrams would take a route of ours, and nowhere else', () => {
    const view = systemOf(new DarwinTwin()).view();
    const endpoint = [parseIp('192.0.2.9')!];
    const marks = [['10.9.0.0/16', []], ['10.9.0.0/16', endpoint], ['192.0.2.0/24', endpoint], ['0.0.0.0/0', []], ['::/0', []]] as const;
    expect(marks.map(([allowed, endpoints]) => DARWIN_PLAN.frame(config('', allowed), view, endpoints))).toMatchObject([0, 0, BOUND, BOUND, BOUND].map((fwmark) => ({ ok: true, value: { fwmark } })));
    expect(DARWIN_PLAN.frame(config('Table = off', '0.0.0.0/0'), view)).toMatchObject({ value: { fwmark: 0 } });
    expect(DARWIN_PLAN.frame(config('Table = 7', '0.0.0.0/0'), view)).toMatchObject({ ok: false, message: expect.stringContaining('macOS has one routing table') });
  });
});

describe('a tunnel on macOS', () => {
  it('is made, leaves the system its own default route, and is gone whole, twice', () => {
    const twin = new DarwinTwin();
    const before = twin.picture();
    const system = systemOf(twin);
    const { changes, link } = planned(twin, system);
    const store = createMemoryStore();
    const keeper = new SystemChanges({ system, store, log: quiet });
    keeper.make(changes);
    expect(twin.routes.filter((route) => route.link === 4).map((route) => formatPrefix(route.prefix))).toEqual(['0.0.0.0/0', '::/0', '0.0.0.0/0', '192.168.1.0/24']);
    expect(['192.88.99.1', '10.9.1.1', '2001:2::1', '192.168.1.9'].map((to) => system.linkTo(parseIp(to)!))).toEqual([link.ifindex, link.ifindex, link.ifindex, 4]);
    expect(system.readServiceDns('bowline-utun5')).toEqual({ servers: ['10.7.0.2'], search: ['home.example'], match: [''] });
    keeper.takeAllBack();
    keeper.takeAllBack();
    twin.dropLink(link.ifindex);
    expect(twin.picture()).toEqual(before);
    expect(store.read('system-journal')).toBeUndefined();
  });

  it('is refused with the words of the system, and what was made before is gone', () => {
    const twin = new DarwinTwin();
    const theirs = { prefix: parsePrefix('128.0.0.0/1')!, link: 4 };
    twin.routes.push(theirs);
    const before = twin.picture();
    const system = systemOf(twin);
    const { changes, link } = planned(twin, system);
    expect(() => new SystemChanges({ system, store: createMemoryStore(), log: quiet }).make(changes)).toThrow('The system refused to route 128.0.0.0/1 to utun5: route -n add -inet 128.0.0.0/1 -interface utun5: route: writing to routing socket: File exists');
    twin.dropLink(link.ifindex);
    expect(twin.picture()).toEqual(before);
  });

  it('takes back no route that leads elsewhere by now', () => {
    const twin = new DarwinTwin();
    const system = systemOf(twin);
    const { changes } = planned(twin, system);
    const keeper = new SystemChanges({ system, store: createMemoryStore(), log: quiet });
    keeper.make(changes);
    twin.answer({ program: 'route', args: ['-n', 'change', '-inet', '0.0.0.0/1', '-interface', 'en0'] }, OTHER);
    keeper.takeAllBack();
    expect(twin.routes.filter((route) => route.prefix.bits === 1)).toEqual([{ prefix: parsePrefix('0.0.0.0/1')!, link: 4 }]);
  });

  it('has its changes in the journal before they are made, as they are read back', () => {
    const twin = new DarwinTwin();
    const system = systemOf(twin);
    const { changes } = planned(twin, system);
    for (const change of changes) expect(v.parse(SystemChange, JSON.parse(JSON.stringify(encodeChange(change))))).toEqual(change);
    const store = createMemoryStore();
    const before = twin.picture();
    const full: Store = { ...store, write: () => { throw new Error('the disk is full'); } };
    expect(() => new SystemChanges({ system, store: full, log: quiet }).make(changes)).toThrow('the disk is full');
    expect(twin.picture()).toEqual(before);
  });

  it('asks nothing of macOS that it has not', () => {
    const system = systemOf(new DarwinTwin());
    const rule = { family: 4, priority: 1, table: 7, invert: false } as const;
    for (const ask of [() => system.addRule(rule), () => system.writeSetting('net/x', '1'), () => system.writeResolvConf({ kind: 'absent' }), () => system.setLinkDns('utun5', [], [])]) expect(ask).toThrow('macOS has no');
    expect([system.removeRule(rule), system.readSetting('net/x'), system.readResolvConf()]).toEqual([false, undefined, { kind: 'absent' }]);
    expect(() => system.addRoute({ type: 'throw', destination: parsePrefix('10.0.0.0/8')!, table: 254, ifindex: 4 }, 'new')).toThrow('macOS has no routing tables of its own');
  });
});

describe('a process on macOS that is killed at any step', () => {
  class Killed extends Error {}

  function killAt(n: number, twin: DarwinTwin, store: Store, work: (keeper: SystemChanges) => void): boolean {
    let left = n;
    const step = (): void => {
      if (left-- <= 0) throw new Killed();
    };
    twin.onStep = step;
    const dying: Store = { ...store, write: (name, value) => { step(); store.write(name, value); step(); }, remove: (name) => { step(); store.remove(name); step(); } };
    try {
      work(new SystemChanges({ system: systemOf(twin), store: dying, log: quiet }));
      return left < 0;
    } catch {
      return true;
    } finally {
      twin.onStep = () => {};
    }
  }

  it('leaves the system as without us after the next start, which may be killed as well, or after a boot', () => {
    const configs = fc.constantFrom(FULL, config('', '10.9.0.0/16'), config('DNS = 10.7.0.2', '0.0.0.0/0'), config('DNS = home.example', '::/0'));
    fc.assert(
      fc.property(configs, fc.nat(60), fc.nat(20), fc.boolean(), (of, first, second, reboots) => {
        const twin = new DarwinTwin();
        const before = twin.picture();
        const store = createMemoryStore();
        const { changes, link } = planned(twin, systemOf(twin), of);
        killAt(first, twin, store, (keeper) => {
          keeper.make(changes);
          keeper.takeAllBack();
        });
        twin.dropLink(link.ifindex);
        if (reboots) {
          twin.boot = '00000000-0000-4000-8000-000000000001';
          twin.store = new DarwinTwin().store;
        }
        killAt(second, twin, store, (keeper) => void keeper.recover());
        new SystemChanges({ system: systemOf(twin), store, log: quiet }).recover();
        expect(twin.picture()).toEqual(before);
        expect(store.read('system-journal')).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it('really is killed at every step by this test', () => {
    const ends = [0, 5, 20, 60].map((n) => {
      const twin = new DarwinTwin();
      const { changes } = planned(twin, systemOf(twin));
      return killAt(n, twin, createMemoryStore(), (keeper) => {
        keeper.make(changes);
        keeper.takeAllBack();
      });
    });
    expect(ends).toEqual([true, true, true, false]);
  });
});

/** The node's guard, its hands, and the twin: what the routing socket tells reaches the guard. */
class Play {
  readonly twin = new DarwinTwin();
  readonly system = systemOf(this.twin);
  readonly guard = new OsGuard({ rng: createSeededRng(1) });
  readonly changes = new SystemChanges({ system: this.system, store: createMemoryStore(), log: quiet });
  readonly hands: GuardHands;
  readonly incidents: OsIncident[] = [];
  readonly link: { readonly name: string; readonly ifindex: number };
  now = instant(0);
  readonly #events: OsEvent[] = [];

  constructor() {
    const { changes, link } = planned(this.twin, this.system);
    this.link = link;
    this.twin.heard = (event) => this.#events.push(byUs(event, this.twin, US));
    this.changes.make(changes);
    this.hands = new GuardHands({ system: this.system, changes: this.changes, tell: (told) => this.guard.handle(told, this.now), soon: (work) => work(), log: quiet });
    this.guard.handle({ kind: 'want', desired: this.hands.keep(changes, link) }, this.now);
    this.run(1_000);
  }

  run(ms: Duration): void {
    const end = after(this.now, ms);
    this.#drain();
    for (let next = this.guard.nextDeadline(); next !== undefined && next.at <= end; next = this.guard.nextDeadline()) {
      this.now = next.at > this.now ? next.at : this.now;
      this.guard.expire(this.now);
      this.#drain();
    }
    this.now = end;
  }

  other(...args: string[]): void {
    this.twin.answer({ program: 'route', args: ['-n', ...args] }, OTHER);
  }

  #drain(): void {
    for (;;) {
      for (const event of this.#events.splice(0)) this.guard.handle({ kind: 'event', event }, this.now);
      const out = this.guard.poll();
      if (out === undefined) return;
      if (out.kind === 'incident') this.incidents.push(out.incident);
      else if (out.kind !== 'changed') this.hands.obey(out);
    }
  }
}

describe('the guard on macOS', () => {
  it('makes again within a second what another program removed, flushed or changed, and then is still', () => {
    const play = new Play();
    const whole = play.twin.picture();
    const undo: (() => void)[] = [
      () => play.other('delete', '-inet', '128.0.0.0/1', '-interface', 'utun5'),
      () => play.other('change', '-inet', '0.0.0.0/1', '-interface', 'en0'),
      () => {
        for (const route of play.twin.routes.filter((each) => each.link === play.link.ifindex)) play.other('delete', route.prefix.address.family === 4 ? '-inet' : '-inet6', formatPrefix(route.prefix), '-interface', 'utun5');
      },
    ];
    for (const one of undo) {
      one();
      expect(play.twin.picture()).not.toEqual(whole);
      play.run(1_000);
      expect(play.twin.picture()).toEqual(whole);
      play.run(60_000);
    }
    const ran = play.twin.ran.length;
    play.run(5_000);
    expect(play.twin.ran.length - ran).toBeLessThanOrEqual(6);
  });

  it('makes again the address of our device, its MTU, and names that were overwritten or removed', () => {
    const play = new Play();
    const whole = play.twin.picture();
    const key = 'State:/Network/Service/bowline-utun5/DNS';
    const undo: [() => void, OsEvent | undefined][] = [
      [() => (play.twin.addresses = play.twin.addresses.filter(({ link }) => link !== play.link.ifindex)), { kind: 'address', action: 'removed', link: play.link.ifindex, address: undefined }],
      [() => (play.twin.links = play.twin.links.map((link) => (link.index === play.link.ifindex ? { ...link, up: false, mtu: 1_500 } : link))), { kind: 'link', action: 'changed', index: play.link.ifindex, link: undefined }],
      // Of names no event tells: the slow look finds them, and any other.
      [() => play.twin.store.set(key, new Map([['ServerAddresses', ['203.0.113.1']]])), undefined],
      [() => play.twin.store.delete(key), undefined],
    ];
    for (const [one, event] of undo) {
      one();
      if (event !== undefined) play.twin.heard(event);
      play.run(event === undefined ? 700_000 : 1_000);
      expect(play.system.readServiceDns('bowline-utun5')).toMatchObject({ servers: ['10.7.0.2'] });
      expect(play.twin.addresses.filter(({ link }) => link === play.link.ifindex)).toHaveLength(2);
      expect(play.twin.links.find(({ index }) => index === play.link.ifindex)).toMatchObject({ up: true, mtu: 1_420 });
    }
    play.changes.takeAllBack();
    expect(JSON.stringify(whole)).toContain(key);
    expect(play.twin.store.has(key)).toBe(false);
  });

  it('names the program that never stops, by the process that the routing socket names', () => {
    const play = new Play();
    for (let i = 0; i < 60; i++) {
      play.other('delete', '-inet', '128.0.0.0/1', '-interface', 'utun5');
      play.run(500);
    }
    expect(JSON.stringify(play.incidents)).toContain('othervpnd');
    play.run(2_000);
    expect(play.system.linkTo(parseIp('192.88.99.1')!)).toBe(play.link.ifindex);
  });
});
