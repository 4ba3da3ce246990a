/** The tray: what it shows of a face, how its menu changes in place, and what comes of a click. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../app/api/schema.ts';
import { pageFace } from '../renderer/src/face.ts';
import { fakeShell } from '../renderer/src/fake-shell.ts';
import { FakeEngine, sampleSnapshot } from '../tests/doubles/fake-app-engine.ts';
import { FakeClock, FakeNotes, FakeTray } from '../tests/doubles/fake-electron.ts';
import { anySnapshot, AT, LIMIT } from '../tests/kit/random-snapshots.ts';
import type { EnginePort, ShellPort } from '../app/host/engine-port.ts';
import { DEADLINES, SHOWN_FOR } from './tray-desk.ts';
import { TrayHost, type TrayParts } from './tray-host.ts';
import { ICON_OF } from './tray-port.ts';
import { sentenceOf } from './tray-view.ts';
import { trayWords } from './tray-words.ts';
import { OPEN_AT_MOST } from './tray.ts';

const WALL = 1_800_000_000_000;
const words = trayWords('en', () => WALL, 'UTC');
const nobody = (what: string) => (): never => {
  throw new Error(`unexpected: ${what}`);
};

function setUp(over: Partial<TrayParts> = {}) {
  const port = new FakeTray();
  const clock = new FakeClock();
  const notes = new FakeNotes();
  const done: string[] = [];
  const host = new TrayHost({
    port, clock, preferredLanguages: ['en-GB'], running: () => ({}), copy: (text) => void done.push(`copy ${text}`), open: (page) => void done.push(`open ${page ?? 'as it is'}`), quit: () => void done.push('quit'), wall: () => WALL,
    notes,
    ...over,
  });
  return { port, clock, host, notes, told: () => notes.log.map(({ title, body }) => `${title}: ${body}`), done };
}
const settle = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

const reachedBefore: Snapshot['history'][number] = {
  id: 1, at: WALL - 60_000, startedAt: 9_000, truth: 'path', peer: null, cause: { key: 'history.cause.all-silent', total: 3, silentMs: 15_000 }, action: { key: 'history.action.followed' }, result: { key: 'history.result.stopped' }, durationMs: 3_100, unreachable: ['nas'],
};
const accounts: Snapshot['accounts'] = [
  { id: 'home', server: 'https://hs.example.org', user: 'ada', active: true, state: 'signed-in' },
  { id: 'lab', server: 'https://lab.example.org', user: null, active: false, state: 'signed-out' },
];
const account: NonNullable<Snapshot['account']> = {
  server: 'https://hs.example.org', phase: 'running', phaseSinceAt: 0, attempt: 0, lastError: null, nextTryAt: null, signInUrl: null, keyChange: null, user: 'ada', tailnet: 'home.example', name: 'ada-laptop', tags: [], keyExpiresAt: WALL + 6 * 86_400_000 + 5_000,
};

describe('what the tray shows', () => {
  it('before the engine runs, says so, and offers nothing that needs it', () => {
    const { port } = setUp();
    expect(port.image).toEqual({ icon: 'connecting', dot: false });
    expect(port.read()).toEqual(['Starting the engine', '-', 'Open Bowline', 'Settings', 'Quit Bowline']);
  });

  it('is the sentence, address, devices, key, last reconnect, account and what can be done', () => {
    const { port, host } = setUp();
    host.see(sampleSnapshot({ account, accounts, history: [reachedBefore] }));
    expect(port.image?.icon).toBe('connected');
    expect(port.tooltip).toBe('Bowline: Connected. All 3 devices answer');
    expect(port.read()).toEqual([
      'Connected. All 3 devices answer', '-',
      'Copy this device\u2019s address: 100.64.0.7', '3 devices: 3 direct, 0 relayed', 'The key of this device expires in 6\u00a0d',
      `Last reconnect at ${words.when(reachedBefore.at)} took 3.1\u00a0s: No data from any of 3 devices for 15\u00a0s`, '-',
      'ada in home.example', 'Accounts', '* ada on hs.example.org', '  lab.example.org, signed out', 'Check all devices now', 'Copy diagnostics', '-',
      'Open Bowline', 'Settings', 'Quit Bowline',
    ]);
  });

  it('lists three causes, counts the rest, and names the worst in the tooltip', () => {
    const { port, host } = setUp();
    const cause = (peer: string) => ({ id: peer, severity: 'stale', message: { key: 'cause.peer-silent', peer, sinceAt: -85_000, endpoint: '192.0.2.1:1', attempts: 3 }, sinceAt: 0, peer }) as const;
    host.see(sampleSnapshot({ overall: { state: 'attention', sentence: { key: 'overall.some-silent', silent: 5, total: 9 }, causes: ['a', 'b', 'c', 'd', 'e'].map(cause), sinceAt: 0 } }));
    expect(port.image?.icon).toBe('attention');
    expect(port.read().slice(0, 5)).toEqual(['5 of 9 devices do not answer', ...['a', 'b', 'c'].map((peer) => words.head({ ...cause(peer).message, sinceAt: -50_000 }, 10_000)), 'and 2 more']);
    expect(port.tooltip).toMatch(/^Bowline: 5 of 9 devices do not answer\na: no (data|answer)/);
  });

  it('takes a text of others as one line that turns nothing around, and cuts it', () => {
    const { port, host } = setUp();
    const text = `Renew\u202e now\n\u0007${'x'.repeat(500)}`;
    host.see(sampleSnapshot({ overall: { ...sampleSnapshot().overall, causes: [{ id: 'health-0', severity: 'stale', message: { key: 'cause.server-health', host: 'hs', text }, sinceAt: 0, peer: null }] } }));
    const label = port.read()[1] ?? '';
    expect(label).toMatch(/^hs says: Renew {2}now x+\u2026$/);
    expect(label).toHaveLength(110);
    for (const entry of port.entries()) if ('label' in entry) expect(entry.label).toMatch(/^[^\p{Cc}\u202a-\u202e]*$/u);
  });

  it('asks for what only a person can do', () => {
    const need = (change: Partial<NonNullable<Snapshot['account']>>) => {
      const { port, host } = setUp();
      host.see(sampleSnapshot({ account: { ...account, ...change } }));
      const entry = port.entries().find(({ id }) => id === 'need');
      return entry?.kind === 'action' && entry.visible ? entry.label : null;
    };
    expect(need({})).toBeNull();
    expect(need({ phase: 'sign-in' })).toBe('Sign in to hs.example.org');
    expect(need({ phase: 'key-changed' })).toBe('Answer the question about the key of hs.example.org');
    expect(need({ signInUrl: 'https://hs.example.org/register/1' })).toBe('Sign in to hs.example.org to renew the key');
  });

  it('marks an update that waits, without touching the sign of the state', () => {
    const { port, host } = setUp();
    host.see(sampleSnapshot({ shell: { ...fakeShell, update: { kind: 'ready', version: '0.2.0', notes: '' } } }));
    expect(port.image).toEqual({ icon: 'connected', dot: true });
    expect(port.read()).toContain('Update to 0.2.0');
  });

  it('speaks the language of the settings, and changes it where it stands', () => {
    const { port, host } = setUp();
    host.see(sampleSnapshot());
    host.see(sampleSnapshot({ shell: { ...fakeShell, settings: { ...fakeShell.settings, language: 'de' } } }));
    expect(port.read()).toContain('Alle Geräte jetzt prüfen');
    expect(port.menus).toBe(1);
  });
});

describe('tray and window', () => {
  const step = fc.oneof(
    anySnapshot.map((snapshot) => ({ kind: 'see' as const, snapshot })),
    fc.integer({ min: 0, max: LIMIT }).map((ms) => ({ kind: 'pass' as const, ms })),
    fc.constant({ kind: 'open' as const }),
    fc.constant({ kind: 'close' as const }),
  );

  it('say the same state and sentence, whatever happened and however long ago', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), anySnapshot, fc.integer({ min: 0, max: 3 * LIMIT }), (steps, last, wait) => {
        const { port, host, clock } = setUp();
        for (const each of [...steps, { kind: 'see' as const, snapshot: last }, { kind: 'pass' as const, ms: wait }, { kind: 'close' as const }]) {
          if (each.kind === 'see') host.see(each.snapshot);
          else if (each.kind === 'pass') clock.pass(each.ms);
          else port.menuOpen(each.kind === 'open');
        }
        const now = AT + wait;
        const window = pageFace({ contact: { kind: 'live' }, snapshot: last, now, pageMs: 0, fault: null });
        const sentence = sentenceOf(window, words, now);
        expect([port.image?.icon, port.read()[0], port.tooltip.split('\n')[0]]).toEqual([ICON_OF[window.state], sentence, `Bowline: ${sentence}`]);
        // Nothing is left of the way there.
        const { port: fresh, host: other, clock: since } = setUp();
        other.see(last);
        since.pass(wait);
        expect([port.read(), port.tooltip, port.image]).toEqual([fresh.read(), fresh.tooltip, fresh.image]);
        if (port.image?.icon === 'connected') expect(last.peers.some((peer) => peer.lastDataAt !== null && now - peer.lastDataAt <= LIMIT)).toBe(true);
        host.stop();
        other.stop();
      }),
      { numRuns: 120 },
    );
  });

  it('are not green after a wake until the engine has told how it is now', () => {
    const { port, host, clock } = setUp();
    host.see(sampleSnapshot());
    expect(port.image?.icon).toBe('connected');
    host.woke();
    expect([port.image?.icon, port.read()[0]]).toEqual(['connecting', 'Checking. Waiting for 3 of 3 devices']);
    clock.pass(5_000);
    expect(port.image?.icon).toBe('connecting');
    host.see(sampleSnapshot({ now: 16_000, revision: 8 }));
    expect(port.image?.icon).toBe('connected');
  });

  it('say that the engine does not answer, and offer nothing of it', () => {
    const { port, host } = setUp();
    host.see(sampleSnapshot());
    host.lost();
    expect(port.image?.icon).toBe('offline');
    expect(port.read()).not.toContain('Check all devices now');
    expect(port.read()[0]).toContain('does not answer');
  });
});

describe('the menu', () => {
  it('ages by itself, with one deadline and none when nothing can change', () => {
    const { port, host, clock } = setUp();
    host.see(sampleSnapshot());
    clock.pass(18_999);
    expect(port.image?.icon).toBe('connected');
    clock.pass(20_000);
    expect([port.image?.icon, port.read()[0], clock.waiting]).toEqual(['idle', 'Quiet. No traffic with 3 devices', 0]);
  });

  it('is put up once, then changed entry by entry', () => {
    const { port, host } = setUp();
    host.see(sampleSnapshot({ accounts }));
    const before = port.menus;
    host.see(sampleSnapshot({ accounts, account, revision: 8, history: [reachedBefore] }));
    host.see(sampleSnapshot({ accounts, revision: 9, overall: { state: 'offline', sentence: { key: 'overall.no-network' }, causes: [], sinceAt: 0 } }));
    expect(port.menus).toBe(before);
    const changes = port.changes.length;
    host.see(sampleSnapshot({ accounts, revision: 10, overall: { state: 'offline', sentence: { key: 'overall.no-network' }, causes: [], sinceAt: 0 } }));
    expect(port.changes.length).toBe(changes);
  });

  it('under the pointer moves nothing, changes only what is read, and says that more waits', () => {
    const { port, host } = setUp();
    host.see(sampleSnapshot());
    const visible = (): string[] => port.entries().flatMap((entry) => (entry.visible && entry.id !== 'stale' ? [entry.id] : []));
    const [menus, before] = [port.menus, visible()];
    port.menuOpen(true);
    host.see(sampleSnapshot({ accounts, account: { ...account, phase: 'sign-in' }, self: { ...sampleSnapshot().self, addresses: [] }, overall: { state: 'offline', sentence: { key: 'overall.no-network' }, causes: [], sinceAt: 0 } }));
    expect([port.menus, visible(), port.image?.icon]).toEqual([menus, before, 'offline']);
    expect(port.read()).toEqual(expect.arrayContaining(['Offline. This computer has no network', '(Copy this device\u2019s address: 100.64.0.7)', 'Something changed meanwhile. Close and open this menu to see it']));
    port.menuOpen(false);
    expect(port.read()).toContain('Sign in to hs.example.org');
    expect(port.read()).not.toContain('Something changed meanwhile. Close and open this menu to see it');
  });

  it('is left alone while it is open, where it cannot be changed in place', () => {
    const { port, host } = setUp();
    port.changesWhileOpen = false;
    host.see(sampleSnapshot());
    port.menuOpen(true);
    const [menus, changes] = [port.menus, port.changes.length];
    host.see(sampleSnapshot({ accounts, overall: { state: 'offline', sentence: { key: 'overall.no-network' }, causes: [], sinceAt: 0 } }));
    expect([port.menus, port.changes.length, port.image?.icon]).toEqual([menus, changes, 'offline']);
    port.menuOpen(false);
    expect(port.read()[0]).toBe('Offline. This computer has no network');
  });

  it('means by an entry what it showed when it was clicked, whatever came meanwhile', async () => {
    const { port, host, done } = setUp();
    host.see(sampleSnapshot());
    port.menuOpen(true);
    host.see(sampleSnapshot({ revision: 8, self: { ...sampleSnapshot().self, addresses: ['100.64.0.99'] } }));
    port.choose('address');
    await settle();
    expect(done).toEqual(['copy 100.64.0.7']);
    expect(port.read()).toContain('Copy this device\u2019s address: 100.64.0.99');
  });

  it('counts as closed after a minute, where a system never tells', () => {
    const { port, host, clock } = setUp();
    port.changesWhileOpen = false;
    host.see(sampleSnapshot());
    port.menuOpen(true);
    clock.pass(OPEN_AT_MOST);
    host.see(sampleSnapshot({ overall: { state: 'offline', sentence: { key: 'overall.no-network' }, causes: [], sinceAt: 0 } }));
    expect(port.read()[0]).toBe('Offline. This computer has no network');
  });
});

describe('a click', () => {
  it('does what the entry says, and the outcome stays in the menu for a while', async () => {
    const engine = new FakeEngine();
    const { port, host, clock, told, done } = setUp({ running: () => ({ engine }) });
    host.see(sampleSnapshot());
    port.choose('address');
    await settle();
    port.choose('check');
    await settle();
    port.choose('settings');
    port.choose('quit');
    await settle();
    expect(done).toEqual(['copy 100.64.0.7', 'open settings', 'quit']);
    expect(engine.calls).toEqual(['check all']);
    expect(told()).toEqual(['Bowline: Copied: 100.64.0.7', `Bowline: 3 devices were asked at ${words.when(WALL)}`]);
    expect(port.read()).toContain(`3 devices were asked at ${words.when(WALL)}`);
    clock.pass(SHOWN_FOR);
    expect(port.read().join()).not.toContain('were asked');
  });

  it('says what it waits for, ends at its deadline, and tells what comes later too', async () => {
    let finish: (value: Awaited<ReturnType<ShellPort['keepReport']>>) => void = nobody('report');
    const shell: ShellPort = { view: nobody('view'), changeSettings: nobody('settings'), copyText: nobody('copy'), openLink: nobody('link'), update: nobody('update'), dropInvitation: nobody('invitation'), keepReport: () => new Promise((resolve) => void (finish = resolve)) };
    const { port, host, clock, told } = setUp({ running: () => ({ engine: new FakeEngine(), shell }) });
    host.see(sampleSnapshot());
    port.choose('report');
    port.choose('report');
    expect(port.read()).toContain('(Copy diagnostics: running)');
    clock.pass(DEADLINES.report);
    expect(told()).toEqual(['Bowline: No answer within 20\u00a0s. It may still come']);
    finish({ ok: true, value: { kept: 'clipboard', where: null, bytes: 214_000 } });
    await settle();
    expect(told().at(-1)).toBe('Bowline: Diagnostics are on the clipboard: 214\u00a0kB');
    expect(port.read()).toContain('Copy diagnostics');
  });

  it('that fails says why', async () => {
    const refuses: EnginePort['check'] = () => ({ ok: false, error: { code: 'stopped', message: 'The engine is stopped.' } });
    const broken = Object.assign(new FakeEngine(), { check: refuses });
    const { port, host, told } = setUp({ running: () => ({ engine: broken }) });
    host.see(sampleSnapshot({ accounts }));
    port.choose('check');
    await settle();
    port.choose('account lab');
    await settle();
    expect(told()).toEqual(['Bowline: Not done: The engine is stopped.', 'Bowline: Not done: the engine does not run yet']);
  });

  it('switches to another account, once, and not to the one in use', async () => {
    const calls: string[] = [];
    const port2 = { switchTo: (id: string) => (calls.push(id), Promise.resolve({ ok: true as const, value: { account: id } })) } as never;
    const { port, host, told } = setUp({ running: () => ({ engine: new FakeEngine(), accounts: port2 }) });
    host.see(sampleSnapshot({ accounts }));
    port.choose('account home');
    port.choose('account lab');
    await settle();
    expect([calls, told()]).toEqual([['lab'], []]);
    expect(port.read()).toContain('Now with lab.example.org');
  });

  it('on the icon opens the window', () => {
    const { port, done } = setUp();
    port.click();
    expect(done).toEqual(['open as it is']);
  });
});

describe('notifications', () => {
  const cut = (change: Partial<Snapshot> = {}): Snapshot =>
    sampleSnapshot({ overall: { state: 'offline', sentence: { key: 'overall.none-answer', total: 3 }, causes: [{ id: 'all-silent', severity: 'down', message: { key: 'cause.all-silent', total: 3, sinceAt: 9_000 }, sinceAt: 9_000, peer: null }], sinceAt: 0 }, ...change });

  it('tell the root after 10 s, open the page that says more, and go when it is over', () => {
    const { host, clock, notes, done } = setUp();
    host.see(sampleSnapshot());
    host.see(cut());
    clock.pass(9_999);
    expect(notes.log).toEqual([]);
    clock.pass(1);
    expect([...notes.shown.values()].map(({ title, body, silent }) => [title, body.slice(0, 35), silent])).toEqual([['Bowline is not connected', 'No data from any of 3 devices for 1', false]]);
    notes.click('connection');
    expect(done).toEqual(['open health']);
    clock.pass(3_600_000);
    expect(notes.log).toHaveLength(1);
  });

  it('are taken away with the fault', () => {
    const { host, clock, notes } = setUp();
    host.see(sampleSnapshot());
    host.see(cut());
    clock.pass(11_000);
    expect([...notes.shown.keys()]).toEqual(['connection']);
    host.see(sampleSnapshot());
    expect([...notes.shown.keys()]).toEqual([]);
  });

  it('say nothing of a wake before it is checked, and nothing at all where the settings say none', () => {
    const quiet = setUp();
    quiet.host.see(sampleSnapshot());
    quiet.host.woke();
    quiet.clock.pass(30_000);
    expect(quiet.notes.log).toEqual([]);
    const none = setUp();
    none.host.see(cut({ shell: { ...fakeShell, settings: { ...fakeShell.settings, notify: 'none' } } }));
    none.clock.pass(3_600_000);
    none.port.choose('address');
    expect(none.notes.log).toEqual([]);
  });
});
