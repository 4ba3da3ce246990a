/**
 * Windows' system through the very code that calls Windows, on a model of its tables: the plan made and taken back, what the
 * guard misses and makes again, and a process that is killed at any step. Needs a 64-bit Linux for the model's memory.
 */
import { describe, expect, it } from 'vitest';
import { formatPrefix, parseIp, parsePrefix } from '../../base/ip.ts';
import { parseWgQuick } from '../../config/wg-quick.ts';
import type { WgConfig } from '../../config/types.ts';
import { createSeededRng } from '../../base/seeded-rng.ts';
import { OsGuard } from '../../osguard/guard.ts';
import { after, instant } from '../../time/instant.ts';
import { compare } from '../../osguard/compare.ts';
import type { GuardTold } from '../../ports/os-state.ts';
import type { Store } from '../../ports/store.ts';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { WindowsTwin } from '../../../tests/doubles/windows-twin.ts';
import { IF_TYPE } from '../../../native-bindings/windows/headers/netioapi.ts';
import { GuardHands } from './guard-hands.ts';
import { planOverlay } from './overlay-plan.ts';
import { ChangeError, SystemChanges } from './system-changes.ts';
import { WINDOWS_PLAN } from './windows-plan.ts';
import { createWindowsSystem } from './windows-system.ts';

const key = (n: number): string => Buffer.alloc(32, n).toString('base64');
const log = { write: () => {} };

function config(interfaceLines = 'DNS = 10.7.0.2, fd07::2, corp.example', allowedIps = '0.0.0.0/0, ::/0, 10.20.0.0/16'): WgConfig {
  const parsed = parseWgQuick(`[Interface]\nPrivateKey = ${key(1)}\nAddress = 10.7.0.1/24, fd07::1/64\n${interfaceLines}\n[Peer]\nPublicKey = ${key(2)}\nAllowedIPs = ${allowedIps}\n`, 'wg0.conf');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.value;
}

/** A computer at a router, with IPv6. */
function computer(): WindowsTwin {
  const twin = new WindowsTwin();
  const loopback = twin.addInterface('Loopback', IF_TYPE.loopback, 75).index;
  twin.addForeignAddress(loopback, parseIp('::1')!, 128);
  const wifi = twin.addInterface('Wi-Fi').index;
  twin.addForeignRoute(wifi, parsePrefix('0.0.0.0/0')!, 0, parseIp('192.168.1.1'));
  twin.addForeignRoute(wifi, parsePrefix('::/0')!, 16, parseIp('fe80::1'));
  twin.addForeignRoute(wifi, parsePrefix('192.168.1.0/24')!);
  twin.addForeignAddress(wifi, parseIp('192.168.1.20')!, 24);
  return twin;
}

function up(of: WgConfig = config()) {
  const twin = computer();
  const before = twin.picture();
  const device = twin.addInterface('bowline0', IF_TYPE.propVirtual, 5);
  const system = createWindowsSystem(twin);
  const link = { name: device.alias, ifindex: device.index };
  const store = createMemoryStore();
  const changes = new SystemChanges({ system, store, log });
  const frame = WINDOWS_PLAN.frame(of, system.view());
  if (!frame.ok) throw new Error(frame.message);
  const planned = WINDOWS_PLAN.changes(of, frame.value, link, system.view());
  if (!planned.ok) throw new Error(planned.message);
  return { twin, before, device, system, link, store, changes, planned: planned.value, frame: frame.value };
}

function guarded(of: WgConfig = config()) {
  const made = up(of);
  made.changes.make(made.planned);
  const told: GuardTold[] = [];
  const hands = new GuardHands({ system: made.system, changes: made.changes, tell: (one) => told.push(one), soon: (work) => work(), log });
  const desired = hands.keep(made.planned, made.link);
  const look = (): ReturnType<typeof compare> => {
    hands.obey({ kind: 'look', id: 1 });
    const seen = told.pop();
    if (seen?.kind !== 'seen' || seen.seen === undefined) throw new Error('nothing was seen');
    return compare(desired, seen.seen);
  };
  const putBack = (): GuardTold[] => {
    const found = look();
    for (const item of found.kind === 'compared' ? found.missing : []) hands.obey({ kind: 'repair', id: 2, item });
    return told.splice(0);
  };
  return { ...made, hands, desired, look, putBack, told };
}

const ours = (twin: WindowsTwin, index: number): string[] => createWindowsSystem(twin).network([]).routes.filter(({ link }) => link === index).map(({ prefix }) => formatPrefix(prefix)).toSorted();

describe('a tunnel on Windows', () => {
  it('is made on its own interface alone, and leads both families', () => {
    const { twin, changes, planned, device, system, frame } = up();
    changes.make(planned);
    expect(frame).toEqual({ mtu: 1_420, fwmark: 0, ownTable: undefined });
    expect(ours(twin, device.index)).toEqual(['0.0.0.0/0', '10.20.0.0/16', '::/0']);
    expect(system.network([]).links.find(({ index }) => index === device.index)).toMatchObject({ mtu: 1_420, kind: 'tunnel' });
    for (const far of ['198.51.100.7', '2001:db8::7']) expect(system.linkTo(parseIp(far)!)).toBe(device.index);
    expect(system.linkTo(parseIp('192.168.1.77')!)).toBe(2);
    expect(system.readLinkDns!('bowline0')).toEqual({ servers: ['10.7.0.2', 'fd07::2'], searchDomains: ['corp.example'] });
    expect(twin.unfreed).toBe(0);
  });

  it('taken back and closed leaves everything as it was', () => {
    const { twin, changes, planned, device, before, store } = up();
    changes.make(planned);
    changes.takeAllBack();
    expect(ours(twin, device.index)).toEqual([]);
    expect(device.dns.get(4)).toEqual({ servers: '', search: '' });
    twin.dropInterface(device.index);
    expect(twin.picture()).toEqual(before);
    expect(store.read('system-journal')).toBeUndefined();
  });

  it('leaves name servers that somebody else wrote over ours', () => {
    const { changes, planned, device } = up();
    changes.make(planned);
    device.dns.set(4, { servers: '203.0.113.1', search: '' });
    changes.takeAllBack();
    expect(device.dns.get(4)).toEqual({ servers: '203.0.113.1', search: '' });
  });

  it('that names a routing table, or IPv6 where there is none, is refused in words', () => {
    const { system } = up();
    expect(WINDOWS_PLAN.frame(config('Table = 42'), system.view())).toEqual({ ok: false, message: 'The configuration names routing table 42, but this system has only one. Take the line Table out of it.' });
    expect(WINDOWS_PLAN.frame(config(), { ...system.view(), ipv6: false })).toMatchObject({ ok: false });
  });

  it('with Table = off has no routes', () => {
    const { twin, changes, planned, device } = up(config('Table = off'));
    changes.make(planned);
    expect(ours(twin, device.index)).toEqual([]);
  });

  it('on an interface that is gone takes nothing for made, and says which change was refused', () => {
    const { twin, changes, planned, device } = up();
    twin.dropInterface(device.index);
    expect(() => changes.make(planned)).toThrow(ChangeError);
    expect(() => changes.make(planned)).toThrow(/^The system refused to set the MTU of bowline0 to 1420: ConvertInterfaceIndexToLuid/);
  });

  it('of a tailnet is planned by what is there, as on every system', () => {
    const { twin, system, link, changes, device } = up();
    const overlay = { addresses: [parsePrefix('100.64.0.9/32')!, parsePrefix('fd7a::9/128')!], routes: [parsePrefix('100.64.0.0/10')!, parsePrefix('192.168.1.0/24')!], mtu: 1_280, dns: null };
    const planned = planOverlay(overlay, link, system.view());
    if (!planned.ok) throw new Error(planned.message);
    expect(changes.become(planned.value)).toEqual([]);
    expect(ours(twin, device.index)).toEqual(['100.64.0.0/10', '192.168.1.0/24']);
    expect(changes.become([])).toEqual([]);
    expect(ours(twin, device.index)).toEqual([]);
  });
});

describe('what the guard finds on Windows', () => {
  it('is nothing after it was made', () => expect(guarded().look()).toEqual({ kind: 'compared', missing: [] }));

  it.each([
    ['a route removed', (twin: WindowsTwin, index: number): void => void (twin.routes = twin.routes.filter((row) => row[8] !== index || row[40] !== 0)), ['route', 'route']],
    ['addresses removed', (twin: WindowsTwin, index: number): void => void (twin.addresses = twin.addresses.filter((row) => row[40] !== index)), ['address', 'address']],
    ['all routes flushed', (twin: WindowsTwin) => void (twin.routes = []), ['route', 'route', 'route']],
    ['the MTU changed', (twin: WindowsTwin) => void new DataView(twin.interfaces.at(-1)!.ip.get(4)!.buffer).setUint32(152, 900, true), ['device']],
    ['names overwritten', (twin: WindowsTwin) => void twin.interfaces.at(-1)!.dns.set(4, { servers: '203.0.113.1', search: '' }), ['names']],
  ] as const)('%s: that alone, and makes it again', (_, undo, kinds) => {
    const { twin, device, look, putBack } = guarded();
    undo(twin, device.index);
    const found = look();
    expect(found.kind === 'compared' ? found.missing.map(({ kind }) => kind) : found.kind).toEqual(kinds);
    expect(putBack().every((one) => one.kind === 'repaired' && one.result.ok)).toBe(true);
    expect(look()).toEqual({ kind: 'compared', missing: [] });
    expect(twin.unfreed).toBe(0);
  });

  it('a device that is gone, as gone', () => {
    const { twin, device, look } = guarded();
    twin.dropInterface(device.index);
    expect(look()).toEqual({ kind: 'device-gone' });
  });

  it('asks which way a packet goes, of a default route of each family', () => {
    const { desired, hands, told, device, twin } = guarded();
    expect(desired.proofs.map(({ expects }) => expects)).toEqual(['device', 'device', 'device']);
    hands.obey({ kind: 'prove', id: 4, to: desired.proofs[0]!.to });
    expect(told.splice(0)).toEqual([{ kind: 'proved', id: 4, link: device.index }]);
    // Somebody's longer route: everything stands, and the packet goes elsewhere.
    twin.addForeignRoute(2, parsePrefix('192.88.99.0/24')!);
    hands.obey({ kind: 'prove', id: 5, to: desired.proofs[0]!.to });
    expect(told.splice(0)).toEqual([{ kind: 'proved', id: 5, link: 2 }]);
  });

  it('against an opponent that never stops is made again within a second each time, the fight is told, and it ends right', () => {
    const { twin, hands, told, desired, look } = guarded();
    const guard = new OsGuard({ rng: createSeededRng(1) });
    let now = instant(0);
    let opponent = true;
    let repairs = 0;
    const foreign = { kind: 'event', event: { kind: 'route', action: 'changed', route: undefined } } as const;
    const flush = (): void => void (twin.routes = twin.routes.filter((row) => row[8] !== desired.device.index));
    const drain = (): void => {
      for (let out = guard.poll(); out !== undefined; out = guard.poll()) {
        if (out.kind === 'changed' || out.kind === 'incident') continue;
        hands.obey(out);
        for (const one of told.splice(0)) guard.handle(one, now);
        if (out.kind !== 'repair') continue;
        repairs++;
        if (opponent) flush();
        // Windows tells of our own writes too, and by whom of none.
        guard.handle(foreign, now);
      }
    };
    const run = (forMs: number): void => {
      for (const end = after(now, forMs); ; ) {
        const next = guard.nextDeadline()?.at;
        if (next === undefined || next > end) {
          now = end;
          return;
        }
        now = next;
        guard.expire(now);
        drain();
      }
    };
    guard.handle({ kind: 'want', desired }, now);
    drain();
    run(1_000);
    expect(guard.state.kind).toBe('settled');
    flush();
    guard.handle(foreign, now);
    drain();
    run(30_000);
    expect(guard.state).toMatchObject({ kind: 'fought-over', suspect: { kind: 'unknown' } });
    expect(repairs).toBeGreaterThan(30);
    expect(repairs).toBeLessThan(400);
    opponent = false;
    run(1_500);
    expect(look()).toEqual({ kind: 'compared', missing: [] });
    run(40_000);
    expect(guard.state.kind).toBe('settled');
    expect(twin.unfreed).toBe(0);
  });
});

describe('a process that is killed at any step on Windows', () => {
  class Killed extends Error {}

  /** Runs until step `n` of system and store together; false when it came to its end before. */
  function killAt(n: number, made: ReturnType<typeof up>, work: (changes: SystemChanges) => void): boolean {
    let left = n;
    const step = (): void => {
      if (left-- <= 0) throw new Killed();
    };
    made.twin.onStep = step;
    const dying: Store = {
      read: (name) => made.store.read(name),
      write: (name, value) => {
        step();
        made.store.write(name, value);
        step();
      },
      remove: (name) => {
        step();
        made.store.remove(name);
        step();
      },
      wipe: (name) => made.store.wipe(name),
    };
    try {
      work(new SystemChanges({ system: made.system, store: dying, log }));
      return left < 0;
    } catch {
      return true;
    } finally {
      made.twin.onStep = () => {};
    }
  }

  const work = (planned: ReturnType<typeof up>['planned']) => (changes: SystemChanges): void => {
    changes.make(planned);
    changes.takeAllBack();
  };

  it.each(['with its adapter', 'while the adapter stays'])('%s leaves nothing after the next start', (how) => {
    for (let n = 0; ; n++) {
      const made = up();
      const wasKilled = killAt(n, made, work(made.planned));
      if (how === 'with its adapter') made.twin.dropInterface(made.device.index);
      new SystemChanges({ system: made.system, store: made.store, log }).recover();
      if (how !== 'with its adapter') {
        expect(ours(made.twin, made.device.index), `killed at ${n}`).toEqual([]);
        expect(made.system.network([]).addresses.filter(({ link }) => link === made.device.index)).toEqual([]);
        expect(made.system.readLinkDns!('bowline0')).toEqual({ servers: [], searchDomains: [] });
        made.twin.dropInterface(made.device.index);
      }
      expect(made.twin.picture(), `killed at ${n}`).toEqual(made.before);
      expect(made.store.read('system-journal')).toBeUndefined();
      if (!wasKilled) {
        expect(n).toBeGreaterThan(30);
        return;
      }
    }
  });
});
