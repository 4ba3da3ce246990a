/** The guard's hands on a played system: what is kept, what is made again, and what the journal knows of it. */
import { describe, expect, it } from 'vitest';
import { formatPrefix, parseIp, parsePrefix } from '../../base/ip.ts';
import type { GuardTold } from '../../ports/os-state.ts';
import { FakeSystem } from '../../../tests/doubles/fake-system.ts';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { parseWgQuick } from '../../config/wg-quick.ts';
import type { WgConfig } from '../../config/types.ts';
import { compare } from '../../osguard/compare.ts';
import { GuardHands } from './guard-hands.ts';
import { planChanges, planFrame, withExceptions } from './plan.ts';
import { SystemChanges } from './system-changes.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

function config(): WgConfig {
  const parsed = parseWgQuick(`[Interface]\nPrivateKey = ${KEY}\nAddress = 10.7.0.1/24, fd07::1/64\nDNS = 10.7.0.2\n[Peer]\nPublicKey = ${Buffer.alloc(32, 9).toString('base64')}\nAllowedIPs = 0.0.0.0/0, ::/0\n`, 'wg0.conf');
  if (!parsed.ok) throw new Error('the file is wrong');
  return parsed.value;
}

function play() {
  const system = new FakeSystem();
  const eth = system.openLink('eth0').ifindex;
  const bridge = system.openLink('incusbr0').ifindex;
  for (const [prefix, oif] of [['0.0.0.0/0', eth], ['10.10.10.0/24', bridge], ['fd00:10::/64', bridge], ['fe80::/64', bridge]] as const) {
    system.routes.push({ destination: parsePrefix(prefix)!, type: 'unicast', table: 254, scope: 0, oif });
  }
  system.resolvConf = { kind: 'file', text: 'nameserver 192.0.2.1\n', mode: 0o644 };
  const before = system.picture();
  const store = createMemoryStore();
  const log = { write: () => {} };
  const changes = new SystemChanges({ system, store, log });
  const frame = planFrame(config(), system.view());
  const link = system.openLink('wg0');
  const planned = frame.ok ? planChanges(config(), frame.value, link, system.view()) : frame;
  if (!planned.ok || !frame.ok) throw new Error('no plan');
  changes.make(planned.value);
  const told: GuardTold[] = [];
  const hands = new GuardHands({ system, changes, tell: (one) => told.push(one), soon: (work) => work(), log });
  const desired = hands.keep(planned.value, link);
  const look = () => {
    hands.obey({ kind: 'look', id: 1 });
    const seen = told.pop();
    if (seen?.kind !== 'seen' || seen.seen === undefined) throw new Error('nothing was seen');
    return compare(desired, seen.seen);
  };
  const putBack = () => {
    const found = look();
    for (const item of found.kind === 'compared' ? found.missing : []) hands.obey({ kind: 'repair', id: 2, item });
    return told.splice(0);
  };
  return { system, store, changes, planned: planned.value, frame: frame.value, link, hands, desired, look, putBack, told, before };
}

describe('what a tunnel changed on Linux', () => {
  it('is all there when it is read back after it was made', () => {
    expect(play().look()).toEqual({ kind: 'compared', missing: [] });
  });

  it('is missed and made again, each kind of it', () => {
    const { system, look, putBack, link } = play();
    system.routes = system.routes.filter(({ table }) => table === 254);
    system.rules = [];
    system.addresses = [];
    system.links = system.links.map((each) => (each.ifindex === link.ifindex ? { ...each, up: false, mtu: 1_500 } : each));
    system.resolvConf = { kind: 'absent' };
    expect(look()).toMatchObject({ missing: [{ kind: 'device' }, { kind: 'address' }, { kind: 'address' }, { type: 'throw' }, { type: 'throw' }, { type: 'unicast' }, { type: 'unicast' }, { kind: 'rule' }, { kind: 'rule' }, { kind: 'rule' }, { kind: 'rule' }, { kind: 'names' }] });
    expect(putBack().every((one) => one.kind === 'repaired' && one.result.ok)).toBe(true);
    expect(look()).toEqual({ kind: 'compared', missing: [] });
  });

  it('goes before what another program put in its place, which is there again in the end', () => {
    const { system, putBack, look, changes, link } = play();
    const theirs = { destination: parsePrefix('10.10.10.0/24')!, type: 'unicast' as const, table: 51_820, scope: 0, oif: 2 };
    system.routes = system.routes.map((route) => (route.table === 51_820 && formatPrefix(route.destination) === '10.10.10.0/24' ? theirs : route));
    putBack();
    expect(look()).toEqual({ kind: 'compared', missing: [] });
    expect(system.routes.find(({ table, destination }) => table === 51_820 && formatPrefix(destination) === '10.10.10.0/24')).toMatchObject({ type: 'throw' });
    changes.takeAllBack();
    system.dropLink(link.ifindex);
    expect(system.routes.filter(({ table }) => table === 51_820)).toEqual([theirs]);
  });

  it('gives back the names that somebody wrote over ours, not those from before', () => {
    const { system, putBack, changes } = play();
    const theirs = { kind: 'file', text: 'nameserver 203.0.113.1\n', mode: 0o600 } as const;
    system.resolvConf = theirs;
    putBack();
    expect(system.resolvConf).toMatchObject({ text: expect.stringContaining('10.7.0.2') });
    // Again, without anybody in between: what comes back stays the same.
    putBack();
    changes.takeAllBack();
    expect(system.resolvConf).toEqual(theirs);
  });

  it('is read in parts where no more is asked for, the settings always', () => {
    const { hands, told, system } = play();
    hands.obey({ kind: 'look', id: 7, only: ['routes'] });
    hands.obey({ kind: 'look', id: 8, only: ['rules', 'routes'] });
    const { routes, rules } = system.network();
    expect(told.splice(0)).toEqual([
      { kind: 'seen-parts', id: 7, seen: { routes, settings: [] } },
      { kind: 'seen-parts', id: 8, seen: { routes, rules, settings: [] } },
    ]);
  });

  it('leaves nothing behind, also what was refused first and made by a repair', () => {
    const { system, store, changes, putBack, link, before, hands, told } = play();
    hands.obey({ kind: 'repair', id: 3, item: { kind: 'rule', rule: { family: 4, priority: 32_764, table: 254, mark: undefined, invert: false, suppressPrefixLength: 0 } } });
    expect(told.splice(0)).toEqual([{ kind: 'repaired', id: 3, result: { ok: true } }]);
    system.routes = system.routes.filter(({ table }) => table === 254);
    putBack();
    // Killed here: the next start takes it all back.
    new SystemChanges({ system, store, log: { write: () => {} } }).recover();
    system.dropLink(link.ifindex);
    expect(system.picture()).toEqual(before);
    changes.takeAllBack();
    expect(store.read('system-journal')).toBeUndefined();
  });

  it('asks for destinations behind the exit, and for one of each exception', () => {
    const { desired } = play();
    expect(desired.proofs).toEqual([
      { to: parseIp('192.88.99.1'), expects: 'device' },
      { to: parseIp('2001:2::1'), expects: 'device' },
      { to: parseIp('10.10.10.0'), expects: 'elsewhere' },
      { to: parseIp('fd00:10::'), expects: 'elsewhere' },
    ]);
  });
});

describe('what the system refused at first', () => {
  it('is in the journal before a repair makes it, so that a killed process leaves nothing', () => {
    const { system, store, changes, planned, link, hands, putBack, before } = play();
    changes.takeAllBack();
    const theirs = { destination: parsePrefix('100.64.0.0/10')!, type: 'unicast' as const, table: 254, scope: 0, oif: 2 };
    system.routes.push(theirs);
    const ours = { kind: 'route', link, destination: theirs.destination, table: 254 } as const;
    expect(changes.become([...planned.slice(0, 4), ours])).toHaveLength(1);
    hands.keep([...planned.slice(0, 4), ours], link);
    hands.obey({ kind: 'repair', id: 1, item: { kind: 'route', prefix: ours.destination, table: 254, type: 'unicast' } });
    expect(system.routes.filter(({ oif }) => oif === link.ifindex)).toHaveLength(1);
    putBack();
    new SystemChanges({ system, store, log: { write: () => {} } }).recover();
    expect(system.routes.filter(({ oif }) => oif === link.ifindex)).toEqual([]);
    system.dropLink(link.ifindex);
    system.routes = system.routes.filter((route) => route !== theirs);
    expect(system.picture()).toEqual(before);
  });
});

describe('exceptions of a default route', () => {
  it('follow the networks of the main table, of its family, and are there before it', () => {
    const { system, planned, frame, link } = play();
    const texts = (list: typeof planned): string[] => list.flatMap((change) => (change.kind === 'route' ? [`${change.type ?? 'unicast'} ${formatPrefix(change.destination)}`] : []));
    expect(texts(planned)).toEqual(['throw 10.10.10.0/24', 'throw fd00:10::/64', 'unicast 0.0.0.0/0', 'unicast ::/0']);
    system.routes = system.routes.filter(({ destination }) => formatPrefix(destination) !== 'fd00:10::/64');
    system.routes.push({ destination: parsePrefix('172.17.0.0/16')!, type: 'unicast', table: 254, scope: 0, oif: 3 });
    expect(texts(withExceptions(planned, frame, link, system.view()))).toEqual(['throw 10.10.10.0/24', 'throw 172.17.0.0/16', 'unicast 0.0.0.0/0', 'unicast ::/0']);
    expect(withExceptions(planned, { ...frame, ownTable: undefined }, link, system.view()).some((change) => change.kind === 'route' && change.type === 'throw')).toBe(false);
  });
});
