/** The truth about the system, as the guard's work on a model of Linux makes it. */
import { describe, expect, it } from 'vitest';
import { say } from '../api/words.ts';
import { formatPrefix, parsePrefix } from '../base/ip.ts';
import { createSeededRng } from '../base/seeded-rng.ts';
import { answerOf } from '../osguard/parts.ts';
import type { DesiredOs, GuardAsk } from '../ports/os-state.ts';
import { SystemModel } from '../sim/os/system-model.ts';
import { instant, wallTime } from '../time/instant.ts';
import { History } from './history.ts';
import { OsKeeper } from './os-keeper.ts';

const TUN = 7;
const WANTED: DesiredOs = {
  device: { name: 'bowline0', index: TUN },
  writers: [1],
  items: [
    { kind: 'device', mtu: 1_280 },
    { kind: 'route', prefix: parsePrefix('100.64.0.0/10')!, table: 254, type: 'unicast' },
  ],
  proofs: [],
};

function play() {
  const system = new SystemModel();
  system.addLink(TUN, 'bowline0');
  const history = new History();
  const asked: GuardAsk[] = [];
  const warned: string[] = [];
  const keeper = new OsKeeper({ rng: createSeededRng(1), history, wall: (now) => wallTime(now), ask: (ask) => asked.push(ask), warn: (text) => warned.push(text) });
  let now = instant(0);
  const answer = (): void => {
    for (let ask = asked.shift(); ask !== undefined; ask = asked.shift()) {
      if (ask.kind === 'look') keeper.told(answerOf(ask, system.observe()), now);
      else if (ask.kind === 'repair') keeper.told({ kind: 'repaired', id: ask.id, result: system.make(ask.item, TUN, 1, 66) }, now);
      else if (ask.kind === 'who') keeper.told({ kind: 'named', by: ask.by, program: 'systemd-networkd' }, now);
      else keeper.told({ kind: 'proved', id: ask.id, link: system.deviceFor(ask.to) }, now);
    }
  };
  const run = (ms: number): void => {
    const end = instant(now + ms);
    answer();
    for (let next = keeper.nextDeadline(); next !== undefined && next.at <= end; next = keeper.nextDeadline()) {
      now = next.at;
      keeper.expire(now);
      answer();
    }
    now = end;
  };
  system.onEvent = (event) => keeper.told({ kind: 'event', event }, now);
  const wipe = (): void => {
    const ours = system.routes.find((route) => formatPrefix(route.prefix) === '100.64.0.0/10');
    if (ours !== undefined) system.removeRoute(ours, 2);
  };
  const set = (): void => {
    for (const item of WANTED.items) system.make(item, TUN, 1, 66);
    keeper.set('bowline0', 1, WANTED, now);
    run(0);
  };
  return { keeper, history, warned, set, wipe, run, answer };
}

describe('the truth about the system', () => {
  it('is what the host says while it cannot be read back', () => {
    const { keeper } = play();
    expect(keeper.truth()).toBeUndefined();
    keeper.set('utun4', 3, undefined, instant(5));
    expect([keeper.truth(), keeper.view()]).toEqual([{ state: 'ok', provedAt: 5, detail: { key: 'truth.os-set', device: 'utun4', routes: 3 } }, null]);
    keeper.refused('utun4', 'No.', instant(6));
    expect(keeper.truth()).toMatchObject({ state: 'down', detail: { key: 'truth.os-refused' } });
    keeper.forget(instant(7));
    expect(keeper.truth()).toBeUndefined();
  });

  it('is proved by reading back, stale while something is put back, and the history tells it', () => {
    const { keeper, history, set, wipe, run, answer } = play();
    set();
    expect(keeper.truth()).toMatchObject({ state: 'ok', provedAt: 0 });
    run(10_000);
    wipe();
    keeper.expire(keeper.nextDeadline()!.at);
    // The look shows that it is gone; the repair is not answered yet.
    answer();
    run(3_000);
    expect(keeper.truth()).toMatchObject({ state: 'ok' });
    expect(keeper.truth()!.provedAt).toBeGreaterThan(10_000);
    const [entry] = history.entries();
    expect([entry!.truth, say(entry!.cause, 0), say(entry!.action, 0), say(entry!.result!, 0)]).toEqual(['os', 'systemd-networkd removed the route 100.64.0.0/10', 'Put back', 'it stays']);
    expect(entry!.durationMs).toBeLessThan(100);
  });

  it('is checking from the moment of a wake until the answer', () => {
    const { keeper, set, run } = play();
    set();
    run(1_000);
    keeper.told({ kind: 'look' }, instant(1_000));
    expect([keeper.truth()!.state, keeper.view()!.state]).toEqual(['checking', 'checking']);
    run(100);
    expect(keeper.truth()!.state).toBe('ok');
  });

  it('names who keeps undoing it, in one warning and one entry', () => {
    const { keeper, history, warned, set, wipe, run } = play();
    set();
    for (let i = 0; i < 200; i++) {
      wipe();
      run(50);
    }
    expect(keeper.truth()).toMatchObject({ state: 'down', detail: { key: 'truth.os-fought-over', by: { program: 'systemd-networkd', mark: null } } });
    expect(keeper.view()).toMatchObject({ state: 'fought-over', opponent: { program: 'systemd-networkd' }, items: [{ kind: 'route', name: '100.64.0.0/10' }] });
    expect(warned).toEqual([expect.stringContaining('systemd-networkd')]);
    expect(history.entries()).toHaveLength(1);
    run(40_000);
    expect(keeper.truth()!.state).toBe('ok');
    expect(say(history.entries()[0]!.cause, 0)).toMatch(/^systemd-networkd removed the route 100\.64\.0\.0\/10 \d+ times$/);
  });
});
