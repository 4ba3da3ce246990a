/** Alerts with manners: late, once, by the root, and taken back. In virtual time. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scenes, type SceneName } from '../../renderer/src/fake-scene-list.ts';
import { NOW } from '../../renderer/src/fake-scenes.ts';
import { instant } from '../time/instant.ts';
import { AGAIN_AFTER, Alerts, APART, CHECKED_WITHIN, TELL_AFTER, type AlertOutput } from './alerts.ts';
import { faceOf, type Face } from './face.ts';
import type { Settings } from './schema.ts';

const WALL = 1_800_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const calm = faceOf(scenes.connected(), NOW);
const face = (name: SceneName): Face => faceOf(scenes[name](), NOW);
/** No device answers; the network and the server are there. */
const cut: Face = { ...calm, state: 'offline', tone: 'down', sentence: { key: 'overall.none-answer', total: 3 }, causes: [{ id: 'all-silent', severity: 'down', message: { key: 'cause.all-silent', total: 3, sinceAt: NOW }, sinceAt: NOW, peer: null }] };
const fought: Face = { ...calm, state: 'attention', causes: [{ id: 'system', severity: 'down', message: { key: 'truth.os-fought-over', items: [], by: { program: 'systemd-networkd', mark: null }, undone: 4, standing: false }, sinceAt: NOW, peer: null }] };
const checking: Face = { ...calm, state: 'checking' };

function setUp(notify: Settings['notify'] = 'problems') {
  const alerts = new Alerts();
  const seen: { readonly at: number; readonly out: AlertOutput }[] = [];
  let now = 0;
  const drain = (): void => {
    for (let out = alerts.poll(); out !== undefined; out = alerts.poll()) seen.push({ at: now, out });
  };
  const run = {
    seen,
    notify,
    get now() {
      return now;
    },
    told: () => seen.map(({ at, out }) => `${at / 1_000} ${out.kind} ${out.id}`),
    see(shown: Face, keyExpiresAt: number | null = null) {
      alerts.handle({ kind: 'face', face: shown, keyExpiresAt, wall: WALL + now, notify: run.notify }, instant(now));
      drain();
      return run;
    },
    woke() {
      alerts.handle({ kind: 'woke' }, instant(now));
      drain();
      return run;
    },
    closed(id: string) {
      alerts.handle({ kind: 'closed', id }, instant(now));
      drain();
      return run;
    },
    /** Only the machine's own deadlines wake it. */
    pass(ms: number) {
      const end = now + ms;
      for (let n = 0; ; n++) {
        if (n > 1_000) throw new Error(`busy: ${alerts.nextDeadline()?.why ?? ''}`);
        const next = alerts.nextDeadline();
        if (next === undefined || next.at > end) break;
        now = Math.max(now, next.at);
        alerts.expire(instant(now));
        drain();
      }
      now = end;
      return run;
    },
  };
  return run;
}

describe('an alert', () => {
  it('waits for 10 s, is told once, and is taken back when it is over', () => {
    const run = setUp().see(calm).pass(1_000).see(cut).pass(9_999).see(cut).pass(1).see(cut).pass(60_000).see(calm).pass(60_000);
    expect(run.told()).toEqual(['11 show connection', '71 close connection']);
    expect(run.seen[0]?.out).toMatchObject({ concern: { kind: 'connection', cause: { key: 'cause.all-silent' } } });
  });

  it('is none for what lasts shorter', () => {
    expect(setUp().see(calm).see(cut).pass(TELL_AFTER - 1).see(calm).pass(DAY).told()).toEqual([]);
  });

  it('names the root: what only a person can do, not what comes of it', () => {
    const both: Face = { ...cut, need: { kind: 'sign-in', host: 'hs.example.org', ready: true } };
    expect(setUp().see(calm).see(both).pass(DAY).told()).toEqual(['10 show sign-in hs.example.org']);
    expect(setUp().see(calm).see({ ...both, need: { kind: 'answer', host: 'hs.example.org' } }).pass(DAY).told()).toEqual(['10 show server-key hs.example.org']);
  });

  it('stays the same while the reason becomes clearer', () => {
    const clearer: Face = { ...cut, causes: [{ id: 'server', severity: 'down', message: { key: 'cause.server-quiet', host: 'hs.example.org', sinceAt: 0 }, sinceAt: 0, peer: null }] };
    expect(setUp().see(calm).see(cut).pass(20_000).see(clearer).pass(HOUR).told()).toEqual(['10 show connection']);
  });

  it('is none where this computer has no network, one device is silent, or nothing is known yet', () => {
    const offline: Face = { ...cut, sentence: { key: 'overall.no-network' } };
    for (const each of [offline, face('attention'), face('quiet'), checking]) expect(setUp().see(calm).see(each).pass(DAY).told()).toEqual([]);
  });

  it('tells who undoes the routes', () => {
    expect(setUp().see(calm).see(fought).pass(DAY).told()).toEqual(['10 show system']);
  });

  it('of a flapping fault comes again only after ten minutes', () => {
    const run = setUp().see(calm).see(cut).pass(15_000);
    for (let i = 0; i < 30; i++) run.see(calm).pass(5_000).see(cut).pass(15_000);
    const shows = run.seen.filter(({ out }) => out.kind === 'show').map(({ at }) => at);
    expect(shows).toHaveLength(2);
    expect(shows[1]! - shows[0]!).toBeGreaterThanOrEqual(AGAIN_AFTER);
  });

  it('is not told again while it lasts, once a person took it away', () => {
    expect(setUp().see(calm).see(cut).pass(11_000).closed('connection').see(cut).pass(DAY).told()).toEqual(['10 show connection']);
  });

  it('of another area keeps half a minute of distance', () => {
    const both: Face = { ...cut, causes: [...cut.causes, ...fought.causes] };
    expect(setUp().see(calm).see(both).pass(HOUR).told()).toEqual(['10 show connection', `${(TELL_AFTER + APART) / 1_000} show system`]);
  });
});

describe('after a start and a wake', () => {
  it('nothing is told before the engine has looked', () => {
    const run = setUp().see(calm).see(cut).pass(9_000).woke().see(checking).pass(8_000).see(cut).pass(9_999);
    expect(run.told()).toEqual([]);
    expect(run.pass(1).told()).toEqual(['27 show connection']);
  });

  it('what went on before the sleep begins to count anew', () => {
    const run = setUp().see(calm).see(cut).pass(9_000).woke().see(cut).pass(9_999);
    expect(run.told()).toEqual([]);
    expect(run.pass(1).told()).toEqual(['19 show connection']);
  });

  it('a check that does not end holds nothing back for ever', () => {
    const joining: Face = { ...checking, need: { kind: 'sign-in', host: 'h', ready: false } };
    expect(setUp().see(joining).pass(HOUR).told()).toEqual([`${Math.max(CHECKED_WITHIN, TELL_AFTER) / 1_000} show sign-in h`]);
  });
});

describe('the settings', () => {
  it('none: nothing is shown, and what is shown is taken away', () => {
    expect(setUp('none').see(calm).see(cut).pass(DAY).told()).toEqual([]);
    const run = setUp().see(calm).see(cut).pass(11_000);
    run.notify = 'none';
    expect(run.see(cut).pass(DAY).told()).toEqual(['10 show connection', '11 close connection']);
  });

  it('all: also that it is over, for a moment', () => {
    const run = setUp('all').see(calm).see(cut).pass(40_000).see(calm).pass(HOUR);
    expect(run.told()).toEqual(['10 show connection', '40 close connection', '40 show over', '50 close over']);
    expect(run.seen[2]?.out).toMatchObject({ concern: { kind: 'over', tookMs: 40_000 } });
    expect(setUp('all').see(calm).see(cut).pass(9_000).see(calm).pass(HOUR).told()).toEqual([]);
  });
});

describe('the key of this device', () => {
  const member = (left: number): Face => ({ ...calm, account: { network: 'home', user: 'ada', host: 'hs.example.org' }, key: { kind: 'lasts', leftMs: left, warn: false } });

  it('is told of at 7 days, 1 day and 1 hour, without any news, each once', () => {
    const ends = WALL + 10 * DAY;
    const run = setUp().see(member(10 * DAY), ends).pass(10 * DAY - 1_000);
    expect(run.seen.filter(({ out }) => out.kind === 'show').map(({ at }) => at)).toEqual([3 * DAY + TELL_AFTER, 9 * DAY + TELL_AFTER, 10 * DAY - HOUR + TELL_AFTER]);
    expect(run.seen.filter(({ out }) => out.kind === 'close')).toHaveLength(2);
  });

  it('that was found with less left is told of once, by the nearest warning', () => {
    expect(setUp().see(member(20 * HOUR), WALL + 20 * HOUR).pass(HOUR).told()).toEqual([`10 show key ${WALL + 20 * HOUR} 1d`]);
  });

  it('that lives for two hours does not warn of its end when it begins', () => {
    const ends = WALL + 60_000 + 2 * HOUR;
    const run = setUp().see({ ...calm, need: { kind: 'sign-in', host: 'hs.example.org', ready: true } }).pass(5_000).see(calm).pass(55_000).see(member(2 * HOUR), ends).pass(HOUR);
    expect(run.told()).toEqual([]);
    // 7 days of 60 are 14 minutes of two hours.
    run.pass(46 * 60_000 - 1);
    expect(run.told()).toEqual([]);
    expect(run.pass(60_000).told()).toHaveLength(1);
  });

  it('that is renewed takes its warning back', () => {
    const run = setUp().see(member(6 * DAY), WALL + 6 * DAY).pass(20_000);
    run.see(member(90 * DAY), WALL + 90 * DAY).pass(DAY);
    expect(run.told()).toEqual([`10 show key ${WALL + 6 * DAY} 7d`, `20 close key ${WALL + 6 * DAY} 7d`]);
  });
});

describe('whatever happens', () => {
  const faces: Readonly<Record<string, Face>> = { calm, cut, fought, checking, asked: { ...cut, need: { kind: 'sign-in', host: 'h', ready: true } }, lost: { ...calm, state: 'lost', causes: [], sentence: null }, both: { ...cut, causes: [...cut.causes, ...fought.causes] } };
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...Object.keys(faces)), fc.integer({ min: 0, max: 40_000 })).map(([name, ms]) => ({ kind: 'face' as const, name, ms })) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 5_000 }).map((ms) => ({ kind: 'woke' as const, ms })) },
    { weight: 1, arbitrary: fc.constantFrom('all' as const, 'problems' as const, 'none' as const).map((notify) => ({ kind: 'notify' as const, notify, ms: 0 })) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 20 * 60_000 }).map((ms) => ({ kind: 'pass' as const, ms })) },
  );
  const idsOf = (name: string): string[] => ({ calm: [], checking: [], cut: ['connection'], fought: ['system'], asked: ['sign-in h'], lost: ['engine'], both: ['connection', 'system'] })[name] ?? [];

  it('nothing is told that was not so for 10 s, nothing twice, and nothing stays that is over', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const run = setUp('all').see(calm);
        const since = new Map<string, number>();
        let shown = new Set<string>();
        let name = 'calm';
        let read = 0;
        const judge = (): void => {
          for (; read < run.seen.length; read++) {
            const { at, out } = run.seen[read]!;
            if (out.kind === 'close') {
              expect(shown.delete(out.id)).toBe(true);
              continue;
            }
            expect(shown.has(out.id)).toBe(false);
            shown.add(out.id);
            if (out.id !== 'over') expect(at - since.get(out.id)!).toBeGreaterThanOrEqual(TELL_AFTER);
            if (out.id !== 'over') expect(run.notify).not.toBe('none');
          }
          const wrong = [...shown].filter((id) => id !== 'over' && !idsOf(name).includes(id));
          expect(wrong).toEqual([]);
          expect([...shown].filter((id) => id === 'connection' || id === 'engine').length).toBeLessThanOrEqual(1);
        };
        for (const each of steps) {
          if (each.kind === 'face') {
            name = each.name;
            for (const id of since.keys()) if (!idsOf(name).includes(id)) since.delete(id);
            for (const id of idsOf(name)) if (!since.has(id)) since.set(id, run.now);
            run.see(faces[name]!);
          } else if (each.kind === 'woke') run.woke();
          else if (each.kind === 'notify') {
            run.notify = each.notify;
            run.see(faces[name]!);
          }
          run.pass(each.ms);
          judge();
        }
        shown = new Set();
      }),
      { numRuns: 500 },
    );
  });
});
