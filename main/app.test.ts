import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../app/api/schema.ts';
import { runApp, type AppParts, type Started } from './app.ts';
import { CHANNELS, PAGE_URL } from './bridge.ts';
import { FakeClock, FakeElectron } from '../tests/doubles/fake-electron.ts';
import { FakeEngine, FakeLog, sampleSnapshot } from '../tests/doubles/fake-app-engine.ts';
import { fakeShell } from '../renderer/src/fake-shell.ts';
import { createMemoryStore } from '../tests/doubles/memory-store.ts';
import { answerPage, POLICY } from './page-files.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(change: Partial<AppParts> = {}) {
  const electron = new FakeElectron();
  const engine = new FakeEngine();
  const log = new FakeLog();
  const store = createMemoryStore();
  const clock = new FakeClock();
  const parts: AppParts = {
    electron,
    openLog() {
      electron.calls.push('log');
      return log;
    },
    openStore: () => store,
    startEngine() {
      electron.calls.push('engine');
      return Promise.resolve({ engine, stop: () => engine.stop() });
    },
    answerPage: (address) => answerPage(new Map(), address),
    preloadFile: 'preload.cjs',
    clock,
    ...change,
  };
  return { electron, engine, log, clock, run: () => runApp(parts) };
}

describe('the app', () => {
  it('locks first, then refuses everything, and only then opens anything', async () => {
    const { electron, run } = setUp();
    await run();
    expect(electron.calls).toEqual([
      'lock',
      'log',
      'sandbox',
      'no gpu',
      'register app',
      'links bowline',
      'ready',
      'deny all but app',
      'serve app',
      'stay',
      'tray',
      'engine',
      `handle ${CHANNELS.request}`,
      'window',
    ]);
    expect(electron.windows[0]!.loaded).toEqual([PAGE_URL]);
  });

  it('lets the page open the sign-in link that the engine shows, and no other', async () => {
    const { electron, engine, run } = setUp();
    await run();
    const account = (signInUrl: string): Snapshot['account'] => ({
      server: 'https://hs.example.org', phase: 'sign-in', phaseSinceAt: 0, attempt: 0, lastError: null, nextTryAt: null, signInUrl, keyChange: null, user: null, tailnet: null, name: 'ada-laptop', tags: [], keyExpiresAt: null,
    });
    expect(electron.mayOpen('https://hs.example.org/register/1')).toBe(false);
    engine.state = sampleSnapshot({ account: account('https://hs.example.org/register/1') });
    expect(electron.mayOpen('https://hs.example.org/register/1')).toBe(true);
    expect(electron.mayOpen('https://hs.example.org/register/2')).toBe(false);
    engine.state = sampleSnapshot({ account: account('file:///etc/passwd') });
    expect(electron.mayOpen('file:///etc/passwd')).toBe(false);
  });

  it('as a second instance opens nothing and quits', async () => {
    const { electron, run } = setUp();
    electron.lock = false;
    await run();
    expect(electron.calls).toEqual(['lock', 'quit']);
  });

  it('ends its engine for an installer as for a quit: in order, then what needs no waiting', async () => {
    const done: string[] = [];
    let end = (): Promise<void> => Promise.reject(new Error('not given'));
    const { engine, run } = setUp({
      startEngine: (_log, endEngine) => {
        end = endEngine;
        return Promise.resolve({ engine, stop: () => Promise.resolve(void done.push('stop')), takeBackNow: () => void done.push('take back') });
      },
    });
    await run();
    await end();
    expect(done).toEqual(['stop', 'take back']);
  });

  it('started at login shows no window until it is asked for one', async () => {
    const { electron, run } = setUp({ startsHidden: () => true });
    await run();
    expect([electron.windows.length, electron.calls.includes('tray')]).toEqual([0, true]);
    electron.secondInstance();
    electron.windows[0]!.drawn();
    expect([electron.windows.length, electron.windows[0]!.shown]).toEqual([1, 1]);
  });

  it('asked for a window while the engine starts, shows it once there is one, also when it was started hidden', async () => {
    for (const ask of ['second launch', 'dock', 'tray'] as const) {
      let start: (started: Started) => void = () => undefined;
      const { electron, engine, run } = setUp({ startsHidden: () => true, startEngine: () => new Promise((resolve) => (start = resolve)) });
      const running = run();
      await settle();
      if (ask === 'second launch') electron.secondInstance();
      if (ask === 'dock') electron.activate();
      if (ask === 'tray') electron.tray.choose('settings');
      expect(electron.windows).toHaveLength(0);
      start({ engine, stop: () => engine.stop() });
      await running;
      expect([ask, electron.windows.map(({ loaded }) => loaded)]).toEqual([ask, [[ask === 'tray' ? `${PAGE_URL}#/settings` : PAGE_URL]]]);
    }
  });

  it('shows its window at a second launch, without a second window', async () => {
    const { electron, run } = setUp();
    await run();
    electron.windows[0]!.drawn();
    electron.secondInstance();
    expect([electron.windows.length, electron.windows[0]!.shown]).toEqual([1, 2]);
  });

  it('opens a new window after the first was closed, and sends patches to the open one only', async () => {
    const { electron, engine, run } = setUp();
    await run();
    expect(engine.watchers).toBe(1);
    electron.windows[0]!.closed();
    expect(engine.watchers).toBe(0);
    engine.tell({ from: 7, revision: 8, now: 10_100, wall: 0 });
    electron.tray.choose('open');
    engine.tell({ from: 8, revision: 9, now: 10_200, wall: 0 });
    expect(electron.windows.map((window) => window.sent.length)).toEqual([0, 1]);
  });

  it('keeps the tray equal to the patches, and asks anew at a gap', async () => {
    const { electron, engine, run } = setUp();
    await run();
    const offline = { state: 'offline', sentence: { key: 'overall.none-answer', total: 3 }, causes: [], sinceAt: 0 } as const;
    engine.tell({ from: 7, revision: 8, now: 10_100, wall: 0, overall: { ...offline, causes: [] } });
    expect(electron.tray.image?.icon).toBe('offline');
    engine.state = sampleSnapshot({ revision: 20 });
    engine.tell({ from: 19, revision: 20, now: 10_200, wall: 0 });
    expect(electron.tray.image?.icon).toBe('connected');
  });

  it('makes a dead page anew a few times, says when it stops that, and leaves the engine alone', async () => {
    const { electron, engine, log, run } = setUp();
    await run();
    for (let i = 0; i < 4; i++) electron.windows.at(-1)!.pageGone('crashed');
    expect(electron.windows.map(({ destroyed }) => destroyed)).toEqual([true, true, true, true]);
    expect(electron.notes.shown.get('remark')?.body).toContain('failed 4 times within 5 minutes');
    expect(engine.calls).toEqual([]);
    expect(log.lines[0]).toContain('the tunnel is not affected');
    electron.notes.click('remark');
    expect(electron.windows.at(-1)!.destroyed).toBe(false);
  });

  it('says once that a closed window ends nothing, and gives its memory back 2 minutes later', async () => {
    const { electron, engine, clock, run } = setUp();
    await run();
    electron.windows[0]!.drawn();
    electron.windows[0]!.close();
    expect([electron.windows[0]!.visible, engine.watchers, electron.notes.log.length]).toEqual([false, 0, 1]);
    electron.secondInstance();
    electron.windows[0]!.close();
    clock.pass(119_999);
    expect([electron.windows[0]!.destroyed, electron.notes.log.length]).toEqual([false, 1]);
    clock.pass(1);
    expect(electron.windows[0]!.destroyed).toBe(true);
    electron.tray.choose('open');
    expect([electron.windows.length, engine.calls]).toEqual([2, []]);
    expect(electron.windows[1]!.opened).toEqual({ x: 40, y: 50, width: 900, height: 700 });
  });

  it('has no window left when an installer takes over', async () => {
    const { electron, run } = setUp();
    await run();
    electron.quitForUpdate();
    electron.secondInstance();
    expect(electron.windows.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  it('follows a link from anywhere to the page that asks, connects to nothing, and logs no secret of it', async () => {
    const join = 'bowline://join?server=https://hs.example.org';
    for (const from of ['first launch', 'before ready', 'system', 'second launch'] as const) {
      const invited: string[] = [];
      const { electron, engine, log, run } = setUp({ args: from === 'first launch' ? ['--hidden', join] : [], startsHidden: () => true, invite: (server) => invited.push(server) });
      const running = run();
      if (from === 'before ready') electron.followLink(join);
      await running;
      if (from === 'system') electron.followLink(join);
      if (from === 'second launch') electron.secondInstance('/opt/bowline', join);
      expect([from, invited, electron.windows.map(({ loaded }) => loaded)]).toEqual([from, ['https://hs.example.org'], [[`${PAGE_URL}#/join`]]]);
      electron.secondInstance('bowline://join?server=https://hs.example.org&key=canary');
      expect([invited.length, engine.calls, electron.notes.shown.get('remark')?.body]).toEqual([1, [], expect.stringContaining('was not followed')]);
      expect(log.lines.join()).not.toMatch(/canary|hs\.example/);
    }
  });

  it('tells the engine what the system tells of its power', async () => {
    const { electron, engine, run } = setUp();
    await run();
    for (const event of ['suspend', 'resume', 'lock', 'unlock'] as const) electron.power(event);
    expect(engine.calls).toEqual(['power suspend', 'power resume', 'power lock', 'power unlock']);
    expect(electron.calls).not.toContain('quit');
  });

  it('quits when the system shuts down, once the engine has ended', async () => {
    const { electron, engine, run } = setUp();
    await run();
    electron.power('shutdown');
    expect([engine.calls, electron.isGone]).toEqual([['power shutdown', 'stop'], false]);
    await settle();
    expect(electron.isGone).toBe(true);
  });

  it('asked to end while the engine starts, ends that too once it runs, and opens nothing any more', async () => {
    for (const end of ['quit', 'shutdown', 'session end'] as const) {
      const done: string[] = [];
      let start: (started: Started) => void = () => undefined;
      const { electron, engine, run } = setUp({ startEngine: () => new Promise((resolve) => (start = resolve)) });
      const running = run();
      await settle();
      if (end === 'quit') electron.tray.choose('quit');
      if (end === 'shutdown') electron.power('shutdown');
      if (end === 'session end') electron.sessionEnd();
      await settle();
      expect([end, electron.isGone]).toEqual([end, false]);
      start({ engine, stop: () => Promise.resolve(void done.push('stop')), takeBackNow: () => void done.push('take back') });
      await running;
      await settle();
      expect([end, done, electron.isGone, electron.windows.length, electron.handlers.size]).toEqual([end, ['stop', 'take back'], true, 0, 0]);
    }
  });

  it('asked to end while the engine starts, waits no longer than for one that runs, and shows no error of a start that is not wanted', async () => {
    let fail: (why: Error) => void = () => undefined;
    const { electron, clock, run } = setUp({ startEngine: () => new Promise((_resolve, reject) => (fail = reject)) });
    const running = run();
    await settle();
    electron.tray.choose('quit');
    clock.pass(5_000);
    await settle();
    expect(electron.isGone).toBe(true);
    fail(new Error('too late'));
    await running;
    expect(electron.calls.join()).not.toContain('error');
  });

  it('takes back what it changed before it lets a session end, and after the engine was told to end', async () => {
    const done: string[] = [];
    const { electron, engine, run } = setUp({ startEngine: () => Promise.resolve({ engine, stop: () => new Promise<void>(() => done.push('asked to stop')), takeBackNow: () => void done.push('taken back') }) });
    await run();
    electron.sessionEnd();
    // The process ends here.
    expect([done, electron.windows[0]!.destroyed]).toEqual([['asked to stop', 'taken back'], true]);
  });

  it('takes back what it changed in the last moment of its process, whatever ended that', async () => {
    const done: string[] = [];
    const { electron, engine, run } = setUp({ startEngine: () => Promise.resolve({ engine, stop: () => engine.stop(), takeBackNow: () => void done.push('taken back') }) });
    await run();
    electron.exit();
    expect(done).toEqual(['taken back']);
  });

  it('goes on after an error that nobody caught, says so once, and keeps its text out of the log', async () => {
    const { electron, engine, log, run } = setUp();
    await run();
    for (let i = 0; i < 3; i++) electron.fault(new TypeError('canary-secret'));
    electron.helperGone('GPU: crashed, 139');
    for (let i = 0; i < 3; i++) electron.notes.fail('not allowed');
    expect([engine.calls, electron.isGone, electron.windows[0]!.destroyed]).toEqual([[], false, false]);
    expect(electron.notes.log.map(({ body }) => body)).toEqual([expect.stringContaining('fault of its own')]);
    expect(log.lines.map((line) => line.split(':')[0])).toEqual(['error app', 'error app', 'error app', 'warn app', 'warn notes']);
    expect(log.lines.join()).not.toContain('canary');
  });

  it('stops the engine before it quits', async () => {
    const { electron, engine, run } = setUp();
    await run();
    electron.tray.choose('address');
    electron.tray.choose('quit');
    await electron.finish();
    expect(electron.copied).toEqual(['100.64.0.7']);
    expect(electron.calls.at(-1)).toBe('quit');
    expect(engine.calls).toEqual(['stop']);
  });

  it('started again while it still ends, starts once it has ended; not when an installer takes over', async () => {
    const { electron, engine, run } = setUp({ startEngine: () => Promise.resolve({ engine, stop: () => new Promise<void>(() => undefined) }) });
    await run();
    electron.tray.choose('quit');
    electron.secondInstance();
    expect([electron.calls.filter((call) => call === 'start again').length, electron.windows.filter(({ destroyed }) => !destroyed)]).toEqual([1, []]);
    const other = setUp();
    await other.run();
    other.electron.quitForUpdate();
    other.electron.secondInstance();
    expect(other.electron.calls).not.toContain('start again');
  });

  it('takes back what it changed after the engine ended, also when that does not end in time', async () => {
    const clock = new FakeClock();
    const done: string[] = [];
    const { electron, engine, run } = setUp({ clock, startEngine: () => Promise.resolve({ engine, stop: () => new Promise<void>(() => done.push('asked to stop')), takeBackNow: () => done.push('taken back') }) });
    await run();
    const finished = electron.finish();
    expect(done).toEqual(['asked to stop']);
    clock.pass(4_500);
    await finished;
    expect(done).toEqual(['asked to stop', 'taken back']);
  });

  it('quits when the command line asks it to', async () => {
    let ask = (): void => {};
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const { electron, engine, run } = setUp({ startEngine: () => Promise.resolve({ engine, asked, stop: () => engine.stop() }) });
    await run();
    expect(electron.calls).not.toContain('quit');
    ask();
    await asked;
    expect(electron.calls.at(-1)).toBe('quit');
  });

  it('does not start with a switch that opens it, and says which', async () => {
    const { electron, run } = setUp({ openedBy: 'no-sandbox' });
    await run();
    expect(electron.calls.filter((call) => call !== 'languages')).toEqual([expect.stringContaining('error: Bowline'), 'quit']);
  });

  it('has menu bar and frame before any window, in the language and the theme of the settings', async () => {
    const { electron, engine, run } = setUp();
    engine.state = sampleSnapshot({ shell: { ...fakeShell, settings: { ...fakeShell.settings, language: 'de', theme: 'contrast-dark' } } });
    await run();
    expect(electron.bars.map((bar) => bar[1]!.label)).toEqual(['Edit', 'Bearbeiten']);
    expect(electron.frameTheme).toBe('dark');
  });

  it('says why when the engine does not start, and ends', async () => {
    const { electron, log, run } = setUp({ startEngine: () => Promise.reject(new Error('port 41641 is taken')) });
    await run();
    expect(electron.calls.slice(-2)).toEqual(['error: Bowline cannot start its engine', 'quit']);
    expect(log.lines).toEqual(['error app: the engine did not start: port 41641 is taken']);
  });
});

describe("the page's files", () => {
  const index = new Map([
    ['/index.html', '/page/index.html'],
    ['/assets/a.js', '/page/assets/a.js'],
  ]);
  const body = new Uint8Array([1]);
  const ask = (address: string) => answerPage(index, address, () => body);

  it('come under a policy that lets in our own files alone, and turns no text into markup', () => {
    const own = ['script', 'style', 'img', 'font'].map((kind) => `${kind}-src 'self'`);
    const none = ['connect-src', 'base-uri', 'form-action', 'frame-ancestors'].map((kind) => `${kind} 'none'`);
    expect(POLICY.split('; ')).toEqual(["default-src 'none'", ...own, ...none, "require-trusted-types-for 'script'", "trusted-types 'none'"]);
  });

  it('are served from the list, with the policy and no sniffing', () => {
    expect(ask(PAGE_URL)).toMatchObject({ status: 200, body, headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': POLICY, 'x-content-type-options': 'nosniff' } });
    expect(ask('app://bowline/')).toMatchObject({ status: 200 });
    expect(ask('app://bowline/assets/a.js?x#y')).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } });
  });

  it.each([
    'app://bowline/../../etc/passwd',
    'app://bowline/%2e%2e/%2e%2e/etc/passwd',
    'app://bowline/..%2f..%2fetc/passwd',
    'app://bowline/..\\..\\etc\\passwd',
    'app://bowline//page/index.html',
    'app://bowline/assets/',
    'app://bowline/assets/a.js%00.html',
    'app://other/index.html',
    'file:///page/index.html',
    'https://bowline/index.html',
    'not an address',
  ])('do not exist at %s', (address) => {
    expect(ask(address)).toMatchObject({ status: 404 });
  });
});
