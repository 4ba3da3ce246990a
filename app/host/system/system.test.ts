import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIp, formatPrefix, parsePrefix } from '../../base/ip.ts';
import { parseWgQuick } from '../../config/wg-quick.ts';
import type { WgConfig } from '../../config/types.ts';
import { toBase64 } from '../../keys/keys.ts';
import type { Store } from '../../ports/store.ts';
import { FakeSystem } from '../../../tests/doubles/fake-system.ts';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { NoRoomError } from '../store.ts';
import { describeChange, encodeChange, SystemChange } from './changes.ts';
import { planChanges, planFrame, type Frame } from './plan.ts';
import { resolvConfText } from './resolv-conf.ts';
import { ChangeError, SystemChanges } from './system-changes.ts';
import * as v from 'valibot';

const key = (n: number): string => toBase64(new Uint8Array(32).fill(n));

function config(interfaceLines: string, ...allowedIps: string[]): WgConfig {
  const peers = allowedIps.map((list, i) => `[Peer]\nPublicKey = ${key(i + 2)}\nAllowedIPs = ${list}\n`);
  const parsed = parseWgQuick(`[Interface]\nPrivateKey = ${key(1)}\nAddress = 10.0.0.1/24\n${interfaceLines}\n${peers.join('')}`, 'wg0.conf');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.value;
}

const FULL = config('Address = fd00::1/64\nDNS = 10.0.0.53, home.example', '0.0.0.0/0, ::/0', '192.168.5.0/24');

/** A system with a default route, the kernel's rules, strict filters and a resolv.conf. */
function ordinary(): FakeSystem {
  const system = new FakeSystem();
  const eth = system.openLink('eth0');
  system.routes.push({ destination: parsePrefix('0.0.0.0/0')!, type: 'unicast', table: 254, scope: 0, oif: eth.ifindex });
  for (const family of [4, 6] as const) {
    for (const [priority, table] of [[0, 255], [32_766, 254], [32_767, 253]] as const) system.rules.push({ family, priority, table, invert: false });
  }
  system.settings.set('net/ipv4/conf/all/rp_filter', '0').set('net/ipv4/conf/eth0/rp_filter', '1');
  system.resolvConf = { kind: 'file', text: 'nameserver 192.0.2.53\noptions timeout:1\n', mode: 0o644 };
  return system;
}

function planned(system: FakeSystem, of: WgConfig): { readonly frame: Frame; readonly changes: SystemChange[]; readonly ifindex: number } {
  const frame = planFrame(of, system.view());
  if (!frame.ok) throw new Error(frame.message);
  const link = system.openLink('wg0');
  const changes = planChanges(of, frame.value, link, system.view());
  if (!changes.ok) throw new Error(changes.message);
  return { frame: frame.value, changes: changes.value, ifindex: link.ifindex };
}

const quiet = { write: () => {} };
const changesOf = (system: FakeSystem, store: Store): SystemChanges => new SystemChanges({ system, store, log: quiet });

describe('the plan', () => {
  const told = (system: FakeSystem, of: WgConfig): string[] => planned(system, of).changes.map(describeChange);

  it('of a plain tunnel is link, addresses and routes, and no mark', () => {
    const system = ordinary();
    expect(told(system, config('', '10.0.0.0/24', '192.168.5.9/24, 10.9.0.1'))).toEqual([
      'set the MTU of wg0 to 1420',
      'give wg0 the address 10.0.0.1/24',
      'switch wg0 on',
      'route 10.9.0.1/32 to wg0',
      'route 10.0.0.0/24 to wg0',
      'route 192.168.5.0/24 to wg0',
    ]);
    expect(planned(system, config('', '10.0.0.0/24')).frame).toEqual({ mtu: 1_420, fwmark: 0, ownTable: undefined });
  });

  it('of a default route uses a table of its own, both families, and asks the main table first', () => {
    const system = ordinary();
    const { changes, frame } = planned(system, FULL);
    expect(frame).toMatchObject({ fwmark: 51_820, ownTable: 51_820 });
    expect(changes.map(describeChange).slice(4)).toEqual([
      'route 192.168.5.0/24 to wg0',
      'route 0.0.0.0/0 to wg0 in table 51820',
      'route ::/0 to wg0 in table 51820',
      'set net.ipv4.conf.all.rp_filter to 2',
      'add the IPv4 routing rule 32764 for table 254',
      'add the IPv4 routing rule 32765 for table 51820',
      'add the IPv6 routing rule 32764 for table 254',
      'add the IPv6 routing rule 32765 for table 51820',
      'write /etc/resolv.conf',
    ]);
    const rules = changes.filter((change) => change.kind === 'rule').map((change) => change.rule);
    expect(rules[0]).toEqual({ family: 4, priority: 32_764, table: 254, invert: false, suppressPrefixLength: 0 });
    expect(rules[1]).toEqual({ family: 4, priority: 32_765, table: 51_820, fwmark: 51_820, invert: true });
  });

  it('takes the next table and the priorities below others\' rules, and keeps FwMark', () => {
    const system = ordinary();
    system.rules.push({ family: 4, priority: 100, table: 51_820, fwmark: 51_821, invert: true });
    const { changes, frame } = planned(system, config('FwMark = 7', '0.0.0.0/0'));
    expect(frame).toMatchObject({ fwmark: 7, ownTable: 51_822 });
    expect(changes.flatMap((change) => (change.kind === 'rule' ? [change.rule.priority] : []))).toEqual([98, 99]);
    expect(changes.find((change) => change.kind === 'rule' && change.rule.invert)).toMatchObject({ rule: { fwmark: 7 } });
  });

  it('refuses where no priority is left, or IPv6 is off', () => {
    const system = ordinary();
    system.rules.push({ family: 4, priority: 2, table: 9, invert: false });
    const view = system.view();
    const frame = planFrame(FULL, view);
    expect(frame.ok && planChanges(FULL, frame.value, { name: 'wg0', ifindex: 9 }, view)).toMatchObject({ ok: false, message: expect.stringContaining('"ip rule"') });
    system.ipv6 = false;
    expect(planFrame(FULL, system.view())).toMatchObject({ ok: false, message: expect.stringContaining('IPv6 is switched off') });
    expect(planFrame(config('', '0.0.0.0/0'), system.view())).toMatchObject({ ok: true });
  });

  it('refuses an endpoint inside AllowedIPs, unless the way to it is more exact or it is a default route', () => {
    const system = ordinary();
    const endpoint = [parsePrefix('192.168.5.1')!.address];
    expect(planFrame(config('', '192.168.0.0/16'), system.view(), endpoint)).toMatchObject({ ok: false, message: expect.stringContaining('The endpoint 192.168.5.1 lies inside AllowedIPs') });
    expect(planFrame(config('Table = off', '192.168.0.0/16'), system.view(), endpoint)).toMatchObject({ ok: true });
    expect(planFrame(config('', '0.0.0.0/0'), system.view(), endpoint)).toMatchObject({ ok: true });
    system.routes.push({ destination: parsePrefix('192.168.5.0/24')!, type: 'unicast', table: 254, scope: 253, oif: 2 });
    expect(planFrame(config('', '192.168.0.0/16'), system.view(), endpoint)).toMatchObject({ ok: true });
  });

  it('leaves reverse path filters alone where none is strict, and where all are loose', () => {
    const system = ordinary();
    system.settings.set('net/ipv4/conf/eth0/rp_filter', '0');
    expect(told(system, FULL)).not.toContain('set net.ipv4.conf.all.rp_filter to 2');
    system.settings.set('net/ipv4/conf/eth0/rp_filter', '1').set('net/ipv4/conf/all/rp_filter', '2');
    expect(told(system, FULL)).not.toContain('set net.ipv4.conf.all.rp_filter to 2');
  });

  it('obeys Table', () => {
    expect(told(ordinary(), config('Table = off', '0.0.0.0/0')).some((text) => text.startsWith('route'))).toBe(false);
    const numbered = planned(ordinary(), config('Table = 99', '0.0.0.0/0, 10.0.0.0/8'));
    expect(numbered.frame.fwmark).toBe(0);
    expect(numbered.changes.flatMap((change) => (change.kind === 'route' ? [`${formatPrefix(change.destination)} ${change.table}`] : []))).toEqual(['10.0.0.0/8 99', '0.0.0.0/0 99']);
    expect(numbered.changes.some((change) => change.kind === 'rule')).toBe(false);
  });

  it('takes the MTU from the file, else from the way out, within limits', () => {
    expect(planned(ordinary(), config('MTU = 1300', '10.0.0.0/8')).frame.mtu).toBe(1_300);
    const of = (mtu: number): number => {
      const system = ordinary();
      system.links = system.links.map((link) => (link.name === 'eth0' ? { ...link, mtu } : link));
      return planned(system, config('', '10.0.0.0/8')).frame.mtu;
    };
    expect([of(1_492), of(1_300), of(65_536)]).toEqual([1_412, 1_280, 9_000]);
  });

  it('tells systemd-resolved where that keeps the names', () => {
    const system = ordinary();
    system.resolvConf = { kind: 'link', target: '../run/systemd/resolve/stub-resolv.conf' };
    system.resolved = true;
    expect(planned(system, FULL).changes.at(-1)).toEqual({ kind: 'link-dns', link: { name: 'wg0', ifindex: 3 }, servers: ['10.0.0.53'], domains: ['home.example', '~.'] });
  });
});

describe('resolv.conf', () => {
  it('takes the servers and domains that are wanted and keeps the rest', () => {
    const before = '# by dhcp\nnameserver 192.0.2.1\nsearch lan\noptions timeout:1\n';
    expect(resolvConfText(before, { servers: ['10.0.0.1', 'fd00::1', '10.0.0.2', '10.0.0.3'], searchDomains: [] }).split('\n').slice(1)).toEqual(['nameserver 10.0.0.1', 'nameserver fd00::1', 'nameserver 10.0.0.2', 'search lan', 'options timeout:1', '']);
    expect(resolvConfText(before, { servers: [], searchDomains: ['a.example', 'b.example'] }).split('\n').slice(1)).toEqual(['search a.example b.example', 'nameserver 192.0.2.1', 'options timeout:1', '']);
  });
});

describe('changes', () => {
  it('are read back from the journal as they were written', () => {
    for (const change of planned(ordinary(), FULL).changes) expect(v.parse(SystemChange, JSON.parse(JSON.stringify(encodeChange(change))))).toEqual(change);
  });

  it('are all there after make, and all gone after taking back, twice', () => {
    const system = ordinary();
    const before = system.picture();
    const { changes, ifindex } = planned(system, FULL);
    const store = createMemoryStore();
    const keeper = changesOf(system, store);
    keeper.make(changes);
    expect(system.addresses.map((a) => `${formatIp(a.address)}/${a.bits}`)).toEqual(['10.0.0.1/24', 'fd00::1/64']);
    expect(system.routes).toHaveLength(4);
    expect(system.rules).toHaveLength(10);
    expect(store.read('system-journal')).toBeDefined();
    keeper.takeAllBack();
    keeper.takeAllBack();
    system.dropLink(ifindex);
    expect(system.picture()).toEqual(before);
    expect(store.read('system-journal')).toBeUndefined();
  });

  it('that the system refuses undo those before, and say which', () => {
    const system = ordinary();
    const eth = system.linkIndex('eth0')!;
    system.routes.push({ destination: parsePrefix('192.168.5.0/24')!, type: 'unicast', table: 254, scope: 253, oif: eth });
    const before = system.picture();
    const { changes, ifindex } = planned(system, FULL);
    expect(() => changesOf(system, createMemoryStore()).make(changes)).toThrow(new ChangeError('The system refused to route 192.168.5.0/24 to wg0: EEXIST'));
    system.dropLink(ifindex);
    expect(system.picture()).toEqual(before);
  });

  it('leave what somebody else changed since', () => {
    const system = ordinary();
    const { changes, ifindex } = planned(system, FULL);
    const keeper = changesOf(system, createMemoryStore());
    keeper.make(changes);
    system.resolvConf = { kind: 'file', text: 'nameserver 203.0.113.1\n', mode: 0o600 };
    system.settings.set('net/ipv4/conf/all/rp_filter', '1');
    system.dropLink(ifindex);
    // A link of our name that is not ours.
    const foreign = system.openLink('wg0');
    system.addAddress({ ifindex: foreign.ifindex, address: parsePrefix('10.0.0.1')!.address, bits: 24 });
    const rule = { family: 4 as const, priority: 32_764, table: 7, invert: false };
    system.rules.push(rule);
    keeper.takeAllBack();
    expect(system.resolvConf).toMatchObject({ text: 'nameserver 203.0.113.1\n' });
    expect(system.settings.get('net/ipv4/conf/all/rp_filter')).toBe('1');
    expect(system.addresses).toHaveLength(1);
    expect(system.rules).toContain(rule);
  });
});

describe('a disk that is full', () => {
  it('lets nothing new be made, in words, and everything be taken back; with room again it is made', () => {
    const system = ordinary();
    const { changes } = planned(system, FULL);
    const memory = createMemoryStore();
    let isFull = false;
    const keeper = changesOf(system, { ...memory, write: (name, value) => { if (isFull) throw new NoRoomError(`/state/${name}`, 'ENOSPC'); memory.write(name, value); } });
    expect(keeper.become(changes.slice(0, 3))).toEqual([]);
    const before = system.picture();
    isFull = true;
    expect(keeper.become(changes)).toEqual([expect.stringMatching(/^There is no room to write \/state\/system-journal \(ENOSPC\): the disk of \/state is full\./)]);
    expect(system.picture()).toEqual(before);
    // Not the second time either, when it was tried before.
    for (let i = 0; i < 2; i++) expect(() => keeper.remake(changes[3]!)).toThrow(NoRoomError);
    expect(system.picture()).toEqual(before);
    isFull = false;
    expect(keeper.become(changes)).toEqual([]);
    isFull = true;
    expect(keeper.become([])).toEqual([]);
    expect(system.rules).toHaveLength(6);
    expect(memory.read('system-journal')).toBeUndefined();
  });
});

describe('a process that is killed at any step', () => {
  class Killed extends Error {}

  /** Runs until step `n` of system and store together; false when it came to its end before. */
  function killAt(n: number, system: FakeSystem, store: Store, work: (keeper: SystemChanges) => void): boolean {
    let left = n;
    const step = (): void => {
      if (left-- === 0) throw new Killed();
      // Nothing that a dead process does has an effect.
      if (left < 0) throw new Killed();
    };
    system.onStep = step;
    const dying: Store = {
      read: (name) => store.read(name),
      write: (name, value) => {
        step();
        store.write(name, value);
        step();
      },
      remove: (name) => {
        step();
        store.remove(name);
        step();
      },
      wipe: (name) => store.wipe(name),
    };
    try {
      work(changesOf(system, dying));
      return left < 0;
    } catch {
      return true;
    } finally {
      system.onStep = () => {};
    }
  }

  const configs = fc.constantFrom(FULL, config('', '10.0.0.0/24'), config('DNS = 10.0.0.53', '0.0.0.0/0'), config('Table = 42', '::/0, 10.2.0.0/16'));
  const confs = fc.constantFrom<FakeSystem['resolvConf']>({ kind: 'absent' }, { kind: 'file', text: 'nameserver 1.1.1.1\n', mode: 0o600 }, { kind: 'link', target: '/elsewhere' });

  it('leaves nothing after the next start, which may be killed as well', () => {
    fc.assert(
      fc.property(configs, confs, fc.nat(70), fc.nat(30), fc.boolean(), (of, conf, first, second, reboots) => {
        const system = ordinary();
        system.resolvConf = conf;
        const before = system.picture();
        const store = createMemoryStore();
        const { changes, ifindex } = planned(system, of);
        killAt(first, system, store, (keeper) => {
          keeper.make(changes);
          keeper.takeAllBack();
        });
        system.dropLink(ifindex);
        if (reboots) {
          const { rules, settings } = ordinary();
          system.reboot();
          system.links = ordinary().links;
          system.routes = ordinary().routes;
          system.rules = rules;
          system.settings = settings;
        }
        killAt(second, system, store, (keeper) => void keeper.recover());
        changesOf(system, store).recover();
        expect(system.picture()).toEqual(before);
        expect(store.read('system-journal')).toBeUndefined();
        expect(changesOf(system, store).recover()).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('really is killed at every step by this test', () => {
    const ends = Array.from({ length: 71 }, (_, n) => {
      const system = ordinary();
      const { changes } = planned(system, FULL);
      return killAt(n, system, createMemoryStore(), (keeper) => {
        keeper.make(changes);
        keeper.takeAllBack();
      });
    });
    expect(ends[0]).toBe(true);
    expect(ends.at(-1)).toBe(false);
  });

  it('in another network namespace is told, and that namespace is left alone', () => {
    const system = ordinary();
    const store = createMemoryStore();
    changesOf(system, store).make(planned(system, FULL).changes);
    const { rules } = system;
    system.here = { ...system.here, namespace: 'net:[2]' };
    const told: string[] = [];
    new SystemChanges({ system, store, log: { write: (level, _, text) => told.push(`${level} ${text}`) } }).recover();
    expect(told).toEqual([expect.stringContaining('warn an earlier Bowline was killed in another network namespace')]);
    expect(system.rules).toEqual(rules);
    expect(system.resolvConf).toMatchObject({ text: expect.stringContaining('192.0.2.53') });
  });

  it('with a journal that cannot be read is told as an error, and starts', () => {
    const store = createMemoryStore();
    store.write('system-journal', new TextEncoder().encode('{"version":1,"changes":[{"kind":"setting","name":"../etc/passwd"}]}'));
    const told: string[] = [];
    expect(new SystemChanges({ system: ordinary(), store, log: { write: (level) => told.push(level) } }).recover()).toBe(0);
    expect(told).toEqual(['error']);
    expect(store.read('system-journal')).toBeUndefined();
  });
});
