/**
 * Updates from a server on this computer to the moment before an installer starts: the real electron-updater in plain Node, real
 * files, and every way in which a server, a file or an installer can be wrong. What a person reads of each is asserted too.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { NsisUpdater } from 'electron-updater';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../tests/doubles/memory-store.ts';
import { INSTALLER, makePublisher, manifestOf, publish, signed, startFeed, type Feed } from '../tests/kit/signed-updates.ts';
import { translator } from '../app/language/texts.ts';
import { Updater, type UpdaterInit } from '../app/host/update/updater.ts';
import { createCarrier } from './update-carrier.ts';

/** As it comes with electron-updater, which asks Electron for the same otherwise. */
const { HttpExecutor } = createRequire(import.meta.resolve('electron-updater'))('builder-util-runtime') as { HttpExecutor: new () => object };
class NodeExecutor extends HttpExecutor {
  createRequest(options: http.RequestOptions, callback: (response: http.IncomingMessage) => void): http.ClientRequest {
    return http.request(options, callback);
  }
  download(url: URL, destination: string, options: { cancellationToken: { createPromise(begin: (resolve: (to: string) => void, reject: (error: Error) => void, onCancel: (callback: () => void) => void) => void): Promise<string> } }): Promise<string> {
    return options.cancellationToken.createPromise((resolve, reject, onCancel) => {
      const { hostname, port, pathname, protocol } = url;
      const request = { hostname, port, path: pathname, protocol, headers: {} };
      (this as unknown as { doDownload(request: object, call: object, redirects: number): void }).doDownload(request, { destination, options, onCancel, callback: (error: Error | null | undefined) => (error instanceof Error ? reject(error) : resolve(destination)), responseHandler: null }, 0);
    });
  }
}

/** electron-updater for Windows, but for the last step: the installer is noted, not started. */
class TestUpdater extends NsisUpdater {
  readonly installed: string[] = [];
  launches: 'well' | 'not' | 'silently' = 'well';
  override quitAndInstall(): void {
    const { installerPath } = this as unknown as { installerPath: string };
    this.installed.push(installerPath);
    if (this.launches === 'not') this.emit('error', Object.assign(new Error('spawn'), { code: 'EACCES' }));
  }
}

const publisher = makePublisher();
let folder = '';
let feed: Feed;
let store = createMemoryStore();
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-update-'));
  fs.writeFileSync(path.join(folder, 'app-update.yml'), 'provider: generic\nurl: http://127.0.0.1:1/\nupdaterCacheDirName: bowline-updater\n');
  feed = await startFeed();
  store = createMemoryStore();
});
afterEach(async () => {
  await feed.close();
  fs.rmSync(folder, { recursive: true });
});

function setUp(change: Partial<UpdaterInit> & { stalledMs?: number; launchWithinMs?: number } = {}) {
  const { stalledMs, launchWithinMs, ...rest } = change;
  const done: string[] = [];
  const told: string[] = [];
  const log: UpdaterInit['log'] = { write: (level, area, text) => void told.push(`${level} ${area} ${text}`) };
  const library = new TestUpdater(null, { version: '0.1.0', name: 'Bowline', isPackaged: true, appUpdateConfigPath: path.join(folder, 'app-update.yml'), userDataPath: folder, baseCachePath: folder, whenReady: () => Promise.resolve(), relaunch: () => done.push('relaunch'), quit: () => done.push('quit'), onQuit: () => done.push('on quit') });
  library.logger = null;
  library.on('error', () => undefined);
  Object.assign(library, { httpExecutor: new NodeExecutor() });
  const carrier = createCarrier({ updater: library, feed: feed.url, log, ...(stalledMs === undefined ? {} : { stalledMs }), ...(launchWithinMs === undefined ? {} : { launchWithinMs }) });
  const updater = new Updater({
    platform: 'linux',
    arch: 'x64',
    fetch: (url, init) => fetch(url, init),
    off: undefined,
    feed: feed.url,
    keys: [publisher.public],
    version: '0.1.0',
    carrier,
    endEngine: () => {
      done.push('engine ended');
      return Promise.resolve();
    },
    restart: () => void done.push('restart'),
    store,
    log,
    wall: () => Date.UTC(2026, 10, 26),
    ...rest,
  });
  const seen: string[] = [];
  let wake = (): void => {};
  updater.onChange(() => {
    seen.push(updater.view().kind);
    wake();
  });
  /** Waits for the view, whatever comes before. */
  const until = async (...kinds: string[]) => {
    while (!kinds.includes(updater.view().kind)) await new Promise<void>((resolve) => (wake = resolve));
    return updater.view();
  };
  const step = async (name: 'check' | 'download' | 'install', ...kinds: string[]) => {
    expect(updater.begin(name), name).toBe(true);
    return until(...kinds, 'failed');
  };
  const ready = async (): Promise<string> => {
    await step('check', 'available');
    expect(await step('download', 'ready')).toMatchObject({ kind: 'ready' });
    return path.join(folder, 'bowline-updater', 'pending', 'Bowline-0.2.0.exe');
  };
  return { updater, library, done, told, seen, step, until, ready };
}

/** Where a server was, and is no more. */
async function deadFeed(): Promise<string> {
  const dead = await startFeed();
  await dead.close();
  return dead.url;
}

/** As the page says it. */
const said = (view: ReturnType<Updater['view']>): string => (view.kind === 'failed' ? translator('en').text(`about.update.failed.${view.cause}`, { version: view.version ?? '' }) : view.kind);

describe('an update', () => {
  it('goes from looking to an installer that starts, each step at a click, with the engine ended before', async () => {
    publish(feed, publisher);
    const { updater, library, done, seen, step, ready } = setUp();
    const file = await ready();
    expect(fs.readFileSync(file)).toEqual(INSTALLER);
    expect(updater.view()).toEqual({ kind: 'ready', version: '0.2.0', notes: 'Faster.' });
    expect(library.installed).toEqual([]);
    await step('install', 'installing');
    while (library.installed.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(library.installed).toEqual([file]);
    expect(done).toEqual(['engine ended']);
    expect(seen.filter((kind, i) => kind !== seen[i - 1])).toEqual(['checking', 'available', 'downloading', 'verifying', 'ready', 'verifying', 'installing']);
    // Nothing of the library's own index was asked for.
    expect(feed.asked).toEqual(['/bowline-linux-x64.update', '/Bowline-0.2.0.exe']);
  });

  it('is never downloaded or installed by itself, nor when the app quits', async () => {
    publish(feed, publisher);
    const { updater, library, done, until } = setUp();
    expect(updater.begin('check', 'itself')).toBe(true);
    await until('available');
    expect([library.autoDownload, library.autoInstallOnAppQuit, library.allowDowngrade]).toEqual([false, false, false]);
    expect(feed.asked).toHaveLength(1);
    expect(done).toEqual([]);
    expect(updater.begin('install', 'itself')).toBe(false);
    expect(updater.begin('install')).toBe(false);
  });

  it('that is not there is said to be none', async () => {
    publish(feed, publisher, { version: '0.1.0' });
    expect(await setUp().step('check', 'none')).toEqual({ kind: 'none', checkedAt: Date.UTC(2026, 10, 26), waiting: null });
  });

  it('that is handed out to others first waits, and comes at a click', async () => {
    publish(feed, publisher, { rollout: 0 });
    const { updater, until, step } = setUp();
    updater.begin('check', 'itself');
    expect(await until('none', 'available')).toMatchObject({ kind: 'none', waiting: '0.2.0' });
    expect(await step('check', 'available')).toMatchObject({ version: '0.2.0' });
  });

  it('is refused before anything is downloaded, and says why', async () => {
    for (const [change, cause, words] of [
      [{ version: '0.0.9' }, 'older', 'version 0.0.9, which is older than this one'],
      [{ expires: '2026-01-01T00:00:00Z' }, 'expired', 'has expired'],
      [{ platform: 'win32' }, 'other-system', 'for another system'],
      [{ arch: 'arm64' }, 'other-system', 'for another system'],
      [{ size: 600 * 1024 * 1024 }, 'too-large', 'larger than an update may be'],
      [{ minVersion: '0.1.1' }, 'too-old', 'too old to be updated to 0.2.0'],
      [{ file: '../evil.exe' }, 'broken', 'makes no sense'],
    ] as const) {
      publish(feed, publisher, change);
      const { updater, step } = setUp();
      const view = await step('check', 'available', 'none');
      expect(view).toMatchObject({ kind: 'failed', cause, retry: 'check' });
      expect(said(view)).toContain(words);
      expect(updater.begin('download')).toBe(false);
    }
    expect(feed.asked.filter((name) => !name.startsWith('/bowline-linux-x64.update'))).toEqual([]);
  });

  it('signed by anybody else is refused, whatever it says', async () => {
    publish(feed, makePublisher());
    const view = await setUp().step('check', 'available');
    expect(view).toMatchObject({ kind: 'failed', cause: 'signature', version: null });
    expect(said(view)).toContain('not signed by the publisher');
    for (const body of [Buffer.alloc(0), Buffer.from('\n'), Buffer.from('{}'), Buffer.from(JSON.stringify(manifestOf())), Buffer.from(`${'A'.repeat(86)}==\n${JSON.stringify(manifestOf())}`)]) {
      feed.files.set('/bowline-linux-x64.update', { status: 200, body });
      expect(await setUp().step('check', 'available')).toMatchObject({ cause: 'signature' });
    }
    feed.files.set('/bowline-linux-x64.update', { status: 200, body: Buffer.alloc(70_000, 0x20) });
    expect(await setUp().step('check', 'available')).toMatchObject({ cause: 'answered', detail: 'more than 66560 bytes' });
  });

  it('older than one that was shown before is refused, also after a restart', async () => {
    publish(feed, publisher, { counter: 9 });
    await setUp().step('check', 'available');
    publish(feed, publisher, { counter: 8, version: '0.3.0' });
    const view = await setUp().step('check', 'available');
    expect(view).toMatchObject({ cause: 'replayed' });
    expect(said(view)).toContain('older description than it did before');
  });

  it('from a server that does not have it, fails, or is silent, says so', async () => {
    expect(await setUp().step('check', 'available')).toMatchObject({ cause: 'answered', detail: 'HTTP 404' });
    feed.files.set('/bowline-linux-x64.update', { status: 500, body: Buffer.from('oops') });
    expect(await setUp().step('check', 'available')).toMatchObject({ cause: 'answered', detail: 'HTTP 500' });
    feed.files.set('/bowline-linux-x64.update', 'silence');
    const silent = await setUp({ withinMs: 50 }).step('check', 'available');
    expect(silent).toMatchObject({ cause: 'unreachable', detail: 'no answer in time' });
    expect(said(silent)).toContain('cannot be reached');
    expect(await setUp({ feed: await deadFeed() }).step('check', 'available')).toMatchObject({ cause: 'unreachable', detail: 'ECONNREFUSED' });
  });

  it('that nobody asked for and that found no server changes nothing', async () => {
    const { updater, until } = setUp({ feed: await deadFeed() });
    updater.begin('check', 'itself');
    expect(await until('none')).toEqual({ kind: 'none', checkedAt: null, waiting: null });
  });
});

describe('a download', () => {
  const NAME = '/Bowline-0.2.0.exe';
  const fails = async (change: Parameters<typeof setUp>[0] = {}) => {
    const all = setUp(change);
    await all.step('check', 'available');
    const view = await all.step('download', 'ready');
    return { ...all, view };
  };
  const left = (): string[] => fs.readdirSync(path.join(folder, 'bowline-updater', 'pending')).filter((name) => name.includes('Bowline'));

  it('of another file is refused and deleted, and can be tried again', async () => {
    publish(feed, publisher);
    feed.files.set(NAME, { status: 200, body: Buffer.from(INSTALLER).fill(0x41, 100, 101) });
    const { view, step } = await fails();
    expect(view).toMatchObject({ kind: 'failed', cause: 'tampered', version: '0.2.0', retry: 'download' });
    expect(said(view)).toContain('not the file that was signed');
    expect(left()).toEqual([]);
    publish(feed, publisher);
    expect(await step('download', 'ready')).toMatchObject({ kind: 'ready' });
  });

  it('that breaks off is refused', async () => {
    publish(feed, publisher);
    feed.files.set(NAME, { cutAfter: 1_000, body: INSTALLER });
    const { view } = await fails();
    expect(view).toMatchObject({ cause: 'cut', retry: 'download' });
    expect(said(view)).toContain('has not the size');
    expect(left()).toEqual([]);
  });

  it('that is shorter than was signed is refused, though its server says that is all', async () => {
    publish(feed, publisher);
    feed.files.set(NAME, { status: 200, body: INSTALLER.subarray(0, 1_000) });
    expect((await fails()).view).toMatchObject({ cause: expect.stringMatching(/^(cut|tampered)$/) });
    expect(left()).toEqual([]);
  });

  it('that is longer than was signed is ended', async () => {
    publish(feed, publisher);
    feed.files.set(NAME, { status: 200, body: Buffer.concat([INSTALLER, Buffer.alloc(3_000_000)]) });
    expect((await fails()).view).toMatchObject({ cause: expect.stringMatching(/^(cut|tampered)$/) });
    expect(left()).toEqual([]);
  });

  it('from a server without it, or that fails, says so', async () => {
    publish(feed, publisher);
    feed.files.set(NAME, { status: 404, body: Buffer.alloc(0) });
    expect((await fails()).view).toMatchObject({ cause: 'answered', detail: 'HTTP 404' });
    feed.files.set(NAME, { status: 503, body: Buffer.alloc(0) });
    expect((await fails()).view).toMatchObject({ cause: 'answered', detail: 'HTTP 503' });
  });

  it('goes on after an end in the middle, whatever that left behind', async () => {
    publish(feed, publisher);
    const first = setUp();
    const file = await first.ready();
    const pending = path.dirname(file);
    const note = fs.readFileSync(path.join(pending, 'update-info.json'));
    for (const leave of [
      // Ended while it was written.
      () => fs.writeFileSync(path.join(pending, 'temp-Bowline-0.2.0.exe'), INSTALLER.subarray(0, 100)),
      // Ended between the file and the library's note of it, and the other way round.
      () => fs.writeFileSync(file, INSTALLER.subarray(0, 100)),
      () => {
        fs.writeFileSync(path.join(pending, 'update-info.json'), note);
        fs.writeFileSync(file, Buffer.from(INSTALLER).fill(0x41, 7, 8));
      },
      () => fs.writeFileSync(path.join(pending, 'update-info.json'), 'torn'),
    ]) {
      fs.rmSync(pending, { recursive: true });
      fs.mkdirSync(pending);
      leave();
      expect(fs.readFileSync(await setUp().ready())).toEqual(INSTALLER);
    }
  });

  it('that stands still is given up', async () => {
    publish(feed, publisher);
    feed.files.set(NAME, 'silence');
    const { view } = await fails({ stalledMs: 50 });
    expect(view).toMatchObject({ cause: 'stalled', retry: 'download' });
    expect(said(view)).toContain('stood still');
  });
});

describe('an installation', () => {
  it('does not begin when the file was changed since it was checked, and the engine stays', async () => {
    publish(feed, publisher);
    const { library, done, step, ready } = setUp();
    const file = await ready();
    fs.appendFileSync(file, 'more');
    expect(await step('install')).toMatchObject({ cause: 'cut', retry: 'download' });
    expect([library.installed, done, fs.existsSync(file)]).toEqual([[], [], false]);
    await step('download', 'ready');
    fs.writeFileSync(file, Buffer.from(INSTALLER).fill(0x41, 5, 6));
    expect(await step('install')).toMatchObject({ cause: 'tampered' });
    await step('download', 'ready');
    fs.rmSync(file);
    fs.symlinkSync(path.join(folder, 'app-update.yml'), file);
    expect(await step('install')).toMatchObject({ cause: 'tampered' });
    expect([library.installed, done]).toEqual([[], []]);
  });

  it('that cannot be started brings this version back, which says so', async () => {
    publish(feed, publisher);
    const { library, done, step, ready } = setUp();
    await ready();
    library.launches = 'not';
    const view = await step('install');
    expect(view).toMatchObject({ kind: 'failed', cause: 'not-launched', detail: 'EACCES' });
    expect(said(view)).toContain('could not be started');
    expect(done).toEqual(['engine ended', 'restart']);
    const after = setUp().updater.view();
    expect(after).toMatchObject({ kind: 'failed', version: '0.2.0', cause: 'not-installed', retry: 'check' });
    expect(said(after)).toContain('is not: this is still the version before');
    // Told once.
    expect(setUp().updater.view()).toMatchObject({ kind: 'none' });
  });

  it('after which nothing happens brings this version back too', async () => {
    publish(feed, publisher);
    const { library, done, step, until, ready } = setUp({ launchWithinMs: 20 });
    await ready();
    library.launches = 'silently';
    await step('install', 'installing');
    await until('failed');
    expect(done).toEqual(['engine ended', 'restart']);
  });

  it('that came about is not spoken of again', async () => {
    publish(feed, publisher);
    const { library, step, ready } = setUp();
    await ready();
    await step('install', 'installing');
    while (library.installed.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const { updater, told } = setUp({ version: '0.2.0' });
    expect(updater.view()).toMatchObject({ kind: 'none' });
    expect(told).toEqual(['info update version 0.2.0 is installed']);
  });
});

describe('a build that gets no updates', () => {
  it('asks nobody, whatever is clicked', () => {
    const { updater } = setUp({ off: 'unsigned' });
    expect(updater.view()).toEqual({ kind: 'off', why: 'unsigned' });
    for (const step of ['check', 'download', 'install'] as const) expect(updater.begin(step)).toBe(false);
    expect(feed.asked).toEqual([]);
  });
});

describe('the publisher of the tests', () => {
  it('signs what it says', () => {
    const { bytes, signature } = signed(publisher, manifestOf());
    expect([signature.length, createHash('sha512').update(INSTALLER).digest('base64')]).toEqual([64, (JSON.parse(bytes.toString()) as { sha512: string }).sha512]);
  });
});
