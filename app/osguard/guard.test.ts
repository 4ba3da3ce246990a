/** The guard against a model of Linux, step by step: what it repairs, when it stops, and whom it names. */
import { describe, expect, it } from 'vitest';
import { formatPrefix, parseIp, parsePrefix } from '../base/ip.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import type { OsEvent, OsRoute } from '../ports/os-network.ts';
import type { DesiredOs, WantedItem } from '../ports/os-state.ts';
import { SystemModel } from '../sim/os/system-model.ts';
import { after, instant, type Duration } from '../time/instant.ts';
import { OsGuard } from './guard.ts';
import { answerOf, repairedOf } from './parts.ts';
import type { GuardOutput, OsIncident } from './types.ts';

const OURS = 4_711;
const OTHER = 99;
const TUN = 7;
const ETH = 2;
const TABLE = 51_820;

const route = (prefix: string, type: 'unicast' | 'throw' = 'unicast', table = TABLE): WantedItem => ({ kind: 'route', prefix: parsePrefix(prefix)!, table, type });
const WANTED: DesiredOs = {
  device: { name: 'bowline0', index: TUN },
  writers: [OURS],
  items: [
    { kind: 'address', address: parseIp('100.64.0.1')!, bits: 32 },
    { kind: 'address', address: parseIp('fd7a:115c:a1e0::1')!, bits: 128 },
    { kind: 'device', mtu: 1_280 },
    route('10.10.10.0/24', 'throw'),
    route('0.0.0.0/0'),
    route('::/0'),
    { kind: 'rule', rule: { family: 4, priority: 99, table: TABLE, mark: TABLE, invert: true, suppressPrefixLength: undefined } },
    { kind: 'names', resolver: 'ours' },
  ],
  proofs: [
    { to: parseIp('203.0.113.1')!, expects: 'device' },
    { to: parseIp('10.10.10.5')!, expects: 'elsewhere' },
  ],
};

class Play {
  readonly system = new SystemModel();
  readonly guard = new OsGuard({ rng: createSeededRng(1) });
  now = instant(0);
  looks = 0;
  repairs: string[] = [];
  proofs = 0;
  incidents: OsIncident[] = [];
  events: OsEvent[] = [];
  /** What stands between the guard and the system. */
  repair = (item: WantedItem) => this.system.make(item, TUN, OURS, 66);
  program: string | undefined;
  readonly #main: OsRoute;

  constructor() {
    this.system.addLink(ETH, 'eth0');
    this.system.addLink(TUN, 'bowline0', false);
    this.#main = { family: 4, table: 254, prefix: parsePrefix('0.0.0.0/0')!, type: 'unicast', link: ETH, gateway: undefined, metric: 0, source: undefined, protocol: 16 };
    this.system.addRoute(this.#main, 'new', OTHER);
    this.system.onEvent = (event) => this.events.push(event);
  }

  want(desired = WANTED): void {
    this.system.setUp(TUN, true, OURS);
    for (const item of desired.items) this.system.make(item, TUN, OURS, 66);
    this.tell(desired);
  }

  tell(desired: DesiredOs | undefined): void {
    this.guard.handle({ kind: 'want', desired }, this.now);
    this.drain();
  }

  /** Everything that was told meanwhile reaches the guard, and what it asks is answered. */
  drain(): void {
    for (;;) {
      for (const event of this.events.splice(0)) {
        this.guard.handle({ kind: 'event', event }, this.now);
      }
      const out = this.guard.poll();
      if (out === undefined) return;
      this.#answer(out);
    }
  }

  run(ms: Duration): void {
    const end = after(this.now, ms);
    this.drain();
    for (let next = this.guard.nextDeadline(); next !== undefined && next.at <= end; next = this.guard.nextDeadline()) {
      this.now = next.at > this.now ? next.at : this.now;
      this.guard.expire(this.now);
      this.drain();
    }
    this.now = end;
  }

  remove(destination: string, by = OTHER): void {
    const there = this.system.routes.find((each) => each.table === TABLE && formatPrefix(each.prefix) === destination);
    if (there !== undefined) this.system.removeRoute(there, by);
    this.drain();
  }

  #answer(out: GuardOutput): void {
    if (out.kind === 'look') {
      this.looks++;
      this.guard.handle(answerOf(out, this.system.observe()), this.now);
    } else if (out.kind === 'repair') {
      this.repairs.push(out.item.kind === 'route' ? formatPrefix(out.item.prefix) : out.item.kind);
      this.guard.handle(repairedOf(out, this.repair(out.item), this.system.observe()), this.now);
    } else if (out.kind === 'prove') {
      this.proofs++;
      this.guard.handle({ kind: 'proved', id: out.id, link: this.system.deviceFor(out.to) }, this.now);
    } else if (out.kind === 'who') {
      this.guard.handle({ kind: 'named', by: out.by, program: this.program }, this.now);
    } else if (out.kind === 'incident') {
      this.incidents.push(out.incident);
    }
  }
}

const settled = (): Play => {
  const play = new Play();
  play.want();
  play.run(10_000);
  play.looks = 0;
  return play;
};

describe('the guard', () => {
  it('reads back what was made, proves it as a program would see it, and is settled', () => {
    const play = new Play();
    play.want();
    expect(play.guard.state).toEqual({ kind: 'settled', provedAt: 0 });
    expect([play.looks, play.proofs, play.repairs]).toEqual([1, 2, []]);
    expect(play.incidents).toEqual([]);
  });

  it('verifies for ever, at most once a minute, and rarer the longer nothing happens', () => {
    const play = settled();
    play.run(24 * 3_600_000);
    expect(play.looks).toBeGreaterThan(140);
    expect(play.looks).toBeLessThan(175);
    expect(play.guard.nextDeadline()?.why).toBe('os guard: verify');
  });

  it('puts back one throw route, and nothing else, within 20 ms of hearing that it went', () => {
    const play = settled();
    play.remove('10.10.10.0/24');
    expect(play.system.deviceFor(parseIp('10.10.10.5')!)).toBe(TUN);
    play.run(20);
    expect(play.system.deviceFor(parseIp('10.10.10.5')!)).toBe(ETH);
    expect(play.repairs).toEqual(['10.10.10.0/24']);
    play.run(5_000);
    expect(play.incidents).toMatchObject([
      { kind: 'began', missing: 1, items: [{ kind: 'route', type: 'throw' }] },
      { kind: 'ended', result: 'restored', attempts: 1 },
    ]);
    expect(play.guard.state.kind).toBe('settled');
  });

  it('finds by itself what nobody told it', () => {
    const play = settled();
    play.system.onEvent = () => {};
    play.remove('0.0.0.0/0');
    play.run(60_000);
    expect(play.repairs).toEqual(['0.0.0.0/0']);
  });

  it('believes what it reads, not what it did: a repair that did not take is made again', () => {
    const play = settled();
    let lost = 3;
    play.repair = (item) => (lost-- > 0 ? { ok: true } : play.system.make(item, TUN, OURS, 66));
    play.remove('10.10.10.0/24');
    play.run(1_000);
    expect(play.repairs).toHaveLength(4);
    expect(play.guard.state.kind).toBe('settled');
  });

  it('is woken by nothing that it wrote itself, and by nothing that is not its own', () => {
    const play = settled();
    play.remove('::/0');
    play.run(10_000);
    const { looks } = play;
    for (const event of [
      { kind: 'route', action: 'added', route: play.system.routes[0], by: OURS } as const,
      { kind: 'miss', count: 10_000 } as const,
      { kind: 'link', action: 'changed', index: ETH, link: undefined } as const,
      { kind: 'route', action: 'added', route: { ...play.system.routes[0]!, table: 254, link: ETH, prefix: parsePrefix('192.168.0.0/16')! }, by: OTHER } as const,
    ]) {
      play.events.push(event);
      play.drain();
    }
    play.run(1_000);
    expect(play.looks).toBe(looks);
  });

  it('comes to rest although its own writes look like those of others', () => {
    const play = settled();
    const { system } = play;
    play.repair = (item) => system.make(item, TUN, OTHER, 66);
    play.remove('10.10.10.0/24');
    play.run(5_000);
    expect(play.repairs).toEqual(['10.10.10.0/24']);
    expect(play.looks).toBeLessThan(10);
  });

  it('brings back device, addresses, routes and rules after the device went down, the device first', () => {
    const play = settled();
    play.system.setUp(TUN, false, OTHER);
    play.run(1_000);
    expect(play.repairs).toEqual(['device', 'address', '0.0.0.0/0', '::/0']);
    expect(play.guard.state.kind).toBe('settled');
  });

  it('puts back rules and names', () => {
    const play = settled();
    play.system.removeRule(play.system.rules.find((rule) => rule.priority === 99)!, OTHER);
    play.system.names = 'theirs';
    play.run(100);
    expect(play.repairs).toEqual(['rule', 'names']);
  });

  it('stops at a device that is gone, and waits for another wish', () => {
    const play = settled();
    play.system.removeLink(TUN, OTHER);
    play.run(1_000);
    expect(play.guard.state.kind).toBe('device-gone');
    expect(play.guard.nextDeadline()).toBeUndefined();
    play.system.addLink(8, 'bowline0', false);
    play.run(60_000);
    expect(play.repairs).toEqual([]);
    play.want({ ...WANTED, device: { name: 'bowline0', index: TUN } });
    expect(play.guard.state.kind).toBe('device-gone');
  });

  it('asks a system that refuses again and again, slower each time, and at once when something changed', () => {
    const play = settled();
    play.repair = () => ({ ok: false, why: 'EPERM' });
    play.remove('10.10.10.0/24');
    play.run(1_000);
    expect(play.guard.state).toMatchObject({ kind: 'refused', why: 'EPERM', item: { kind: 'route' } });
    const before = play.repairs.length;
    play.run(600_000);
    expect(play.repairs.length - before).toBeLessThan(20);
    play.repair = (item) => play.system.make(item, TUN, OURS, 66);
    play.events.push({ kind: 'lost' });
    play.run(800);
    expect(play.guard.state.kind).toBe('settled');
  });

  it('says so when all is there and packets still go another way', () => {
    const play = settled();
    play.system.addRule({ family: 4, priority: 1, table: 254, mark: undefined, invert: false, suppressPrefixLength: undefined }, OTHER);
    play.run(100);
    expect(play.guard.state).toMatchObject({ kind: 'misled', to: parseIp('203.0.113.1'), through: 'eth0' });
    play.system.removeRule(play.system.rules.at(-1)!, OTHER);
    play.run(800);
    expect(play.guard.state.kind).toBe('settled');
  });

  it('looks every half second while nobody tells it of changes', () => {
    const play = settled();
    play.events.push({ kind: 'source-failed', why: 'closed' });
    play.run(5_000);
    expect(play.looks).toBeGreaterThan(8);
    play.events.push({ kind: 'source-up' });
    play.run(5_000);
    const { looks } = play;
    play.run(30_000);
    expect(play.looks).toBe(looks);
  });

  it('takes an answer that does not come for none, and an old answer for nothing', () => {
    const play = settled();
    play.guard.handle({ kind: 'look' }, play.now);
    play.now = play.guard.nextDeadline()!.at;
    play.guard.expire(play.now);
    let ask = play.guard.poll();
    while (ask?.kind === 'changed') ask = play.guard.poll();
    expect(ask?.kind).toBe('look');
    const old = ask?.kind === 'look' ? ask.id : -1;
    play.run(31_000);
    expect(play.guard.state.kind).toBe('settled');
    const { state } = play.guard;
    play.guard.handle({ kind: 'seen', id: old, seen: undefined }, play.now);
    expect(play.guard.state).toEqual(state);
  });

  it('does nothing when nothing is wanted', () => {
    const play = settled();
    play.tell(undefined);
    play.remove('0.0.0.0/0');
    play.run(3_600_000);
    expect([play.guard.state, play.looks, play.guard.nextDeadline()]).toEqual([{ kind: 'idle' }, 0, undefined]);
  });
});

describe('a fight', () => {
  /** Removes the throw route as soon as it is told that it is there. */
  const fight = (play: Play, ms: number, program?: string): void => {
    play.program = program;
    for (const end = play.now + ms; play.now < end; ) {
      play.remove('10.10.10.0/24');
      play.run(50);
    }
  };

  it('is named with its opponent within seconds, slows down, and never stops', () => {
    const play = settled();
    fight(play, 10_000, 'systemd-networkd');
    expect(play.guard.state).toMatchObject({ kind: 'fought-over', suspect: { kind: 'program', name: 'systemd-networkd' } });
    const before = play.repairs.length;
    fight(play, 60_000, 'systemd-networkd');
    // One in 617 to 650 ms and the opponent's 50.
    expect(play.repairs.length - before).toBeLessThan(105);
    expect(play.repairs.length - before).toBeGreaterThan(70);
    play.run(1_000);
    expect(play.system.deviceFor(parseIp('10.10.10.5')!)).toBe(ETH);
    expect(play.guard.state).toMatchObject({ kind: 'fought-over', standing: true });
    play.run(31_000);
    expect(play.guard.state.kind).toBe('settled');
    expect(play.incidents.filter(({ kind }) => kind === 'began')).toHaveLength(1);
    expect(play.incidents.at(-1)).toMatchObject({ kind: 'ended', result: 'restored' });
  });

  it('is fought by repairs that are read back in one step, and one look at all of it every five seconds', () => {
    const play = settled();
    fight(play, 10_000);
    const { looks } = play;
    play.repairs = [];
    fight(play, 50_000);
    expect(play.repairs.length).toBeGreaterThan(60);
    expect(play.looks - looks).toBeGreaterThan(7);
    expect(play.looks - looks).toBeLessThan(13);
    play.system.onEvent = () => {};
    play.system.removeRule(play.system.rules.find((rule) => rule.priority === 99)!, OTHER);
    play.system.onEvent = (event) => play.events.push(event);
    play.repairs = [];
    fight(play, 6_000);
    expect(play.repairs).toContain('rule');
  });

  it('believes no repair either that is read back in one step', () => {
    const play = settled();
    fight(play, 10_000);
    let lost = 3;
    play.repair = (item) => (lost-- > 0 ? { ok: true } : play.system.make(item, TUN, OURS, 66));
    play.remove('10.10.10.0/24');
    play.run(2_900);
    expect(lost).toBeLessThan(0);
    expect(play.system.deviceFor(parseIp('10.10.10.5')!)).toBe(ETH);
  });

  it('is won on every front: what else goes meanwhile is back within a second', () => {
    const play = settled();
    fight(play, 10_000);
    const goes: readonly (readonly [string, () => void])[] = [
      ['rule', () => play.system.removeRule(play.system.rules.find((rule) => rule.priority === 99)!, OTHER)],
      ['device', () => play.system.setUp(TUN, false, OTHER)],
    ];
    // More often than all of it is read anyway.
    for (const [what, go] of [...goes, ...goes, ...goes]) {
      play.repairs = [];
      go();
      fight(play, 900);
      expect(play.repairs).toContain(what);
    }
    play.run(1_000);
    expect(play.guard.audit()?.items.every(({ there }) => there)).toBe(true);
  });

  it('of a writer who comes back now and then is one, too', () => {
    const play = settled();
    for (let i = 0; i < 4; i++) {
      play.remove('10.10.10.0/24');
      play.run(9_000);
    }
    expect(play.guard.state).toMatchObject({ kind: 'fought-over', standing: true, suspect: { kind: 'unknown' } });
  });

  it('names the mark of the route that stands in our place, where no program is known', () => {
    const play = settled();
    for (let i = 0; i < 12; i++) {
      play.remove('10.10.10.0/24');
      play.system.addRoute({ family: 4, table: TABLE, prefix: parsePrefix('10.10.10.0/24')!, type: 'unicast', link: ETH, gateway: undefined, metric: 0, source: undefined, protocol: 12 }, 'new', OTHER);
      play.run(800);
    }
    expect(play.guard.state).toMatchObject({ kind: 'fought-over', suspect: { kind: 'protocol', name: 'bird' } });
  });

  it('is no fight when it is over within seconds', () => {
    const play = settled();
    fight(play, 3_000);
    play.run(5_000);
    expect(play.guard.state.kind).toBe('settled');
    expect(play.incidents.some((incident) => incident.kind === 'revised' && incident.fight)).toBe(false);
  });
});
