import fs, { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createFileStore } from '../store.ts';
import { check, type LoginItemState, Settings, ShellView } from '../../api/schema.ts';
import { FakeEngine } from '../../../tests/doubles/fake-engine.ts';
import { createMemoryStore } from '../../../tests/doubles/memory-store.ts';
import { MARK } from '../../recorder/recording.ts';
import type { Hands, Placed } from './hands.ts';
import { httpsOnly, linksOf, OWN_LINKS } from './links.ts';
import { DEFAULTS, SettingsStore } from './settings-store.ts';
import { createShell } from './shell.ts';

class Engine extends FakeEngine {
  told = 0;
  extrasChanged(): void {
    this.told++;
  }
}

function setUp(over: Partial<Hands> | 'browser' = {}) {
  const lines: string[] = [];
  const log = { write: (level: string, area: string, text: string) => void lines.push(`${level} ${area} ${text}`) };
  const done: string[] = [];
  let atLogin = false;
  const hands: Hands = {
    copy: (text) => void done.push(`copy ${text.split('\n')[0]}`),
    place: (name): Promise<Placed> => Promise.resolve({ kind: 'placed', where: `there/${name}` }),
    open: (url) => void done.push(`open ${url}`),
    loginItem: { state: () => (atLogin ? 'on' : 'off'), set: (on) => void (atLogin = on) },
    notifies: true,
    updates: { view: () => ({ kind: 'none', checkedAt: null, waiting: null }), begin: (step) => done.push(step) > 0, onChange: () => {} },
    ...(over === 'browser' ? {} : over),
  };
  const store = createMemoryStore();
  const engine = new Engine();
  const shell = createShell({ store, log, links: { website: 'https://bowline.example/' }, around: { system: 'linux', ...(over === 'browser' ? {} : { hands }) } });
  return { shell, store, log, lines, done, engine, hands };
}

describe('settings', () => {
  const write = (store: ReturnType<typeof createMemoryStore>, text: string): void => store.write('settings', new TextEncoder().encode(text));
  const read = (store: ReturnType<typeof createMemoryStore>): unknown => JSON.parse(new TextDecoder().decode(store.read('settings')));

  it('are kept, field by field, and what this version does not know is kept too', () => {
    const { store, log } = setUp();
    write(store, '{"version":9,"settings":{"theme":"dark","sound":"loud"}}');
    const settings = new SettingsStore(store, log);
    expect(settings.get()).toEqual({ ...DEFAULTS, theme: 'dark' });
    expect(settings.change({ language: 'de' })).toBeUndefined();
    expect(read(store)).toMatchObject({ settings: { theme: 'dark', language: 'de', sound: 'loud' } });
    expect(new SettingsStore(store, log).get()).toEqual({ ...DEFAULTS, theme: 'dark', language: 'de' });
  });

  it('lose one bad field and no other, and the log names it', () => {
    const { store, log, lines } = setUp();
    write(store, '{"settings":{"theme":"pink","language":"de"}}');
    expect(new SettingsStore(store, log).get()).toEqual({ ...DEFAULTS, language: 'de' });
    expect(lines).toEqual([expect.stringContaining('"theme"')]);
  });

  it('stay valid whatever the file holds', () => {
    const { log } = setUp();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.record({ settings: fc.dictionary(fc.constantFrom(...Object.keys(Settings.entries), 'x'), fc.jsonValue()) }).map((value) => JSON.stringify(value))), (text) => {
        const store = createMemoryStore();
        write(store, text);
        expect(check(Settings, new SettingsStore(store, log).get(), 'settings').ok).toBe(true);
      }),
    );
  });

  it('are the old ones, whole, for whoever starts after an end between write and rename', () => {
    const { log } = setUp();
    const folder = mkdtempSync(join(tmpdir(), 'bowline-settings-'));
    try {
      new SettingsStore(createFileStore(folder, log), log).change({ theme: 'dark' });
      const rename = vi.spyOn(fs, 'renameSync').mockImplementation(() => {
        throw new Error('ended here');
      });
      expect(new SettingsStore(createFileStore(folder, log), log).change({ theme: 'light' })).toContain('ended here');
      rename.mockRestore();
      expect(new SettingsStore(createFileStore(folder, log), log).get().theme).toBe('dark');
      expect(fs.statSync(join(folder, 'settings')).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600);
    } finally {
      vi.restoreAllMocks();
      rmSync(folder, { recursive: true });
    }
  });

  it('are as they were when the disk is full, and the answer says so', () => {
    const { store, shell } = setUp();
    store.write = () => {
      throw new Error('ENOSPC: no space left on device');
    };
    expect(shell.changeSettings({ theme: 'dark' })).toMatchObject({ ok: false, error: { code: 'not-kept', message: expect.stringContaining('ENOSPC') } });
    expect(shell.settings.theme).toBe('system');
  });
});

describe('the shell of the tray', () => {
  it('shows itself by its schema, and tells the engine of a change', () => {
    const { shell, engine } = setUp();
    shell.useEngine(engine);
    expect(check(ShellView, shell.view(), 'shell').ok).toBe(true);
    expect(shell.changeSettings({ startAtLogin: true, notify: 'none' })).toMatchObject({ ok: true, value: { settings: { startAtLogin: true, notify: 'none' } } });
    expect(engine.told).toBe(2);
  });

  it('says what the system made of the login item, and shows that as it is', () => {
    for (const [state, words] of [
      ['requires-approval', 'System Settings > General > Login Items'],
      ['disabled', 'switched off'],
      ['foreign', 'was not made by Bowline'],
      ['off', 'does not show'],
    ] as const) {
      const { shell } = setUp({ loginItem: { state: () => state, set: () => undefined } });
      expect(shell.changeSettings({ startAtLogin: true })).toMatchObject({ ok: false, error: { code: 'not-kept', message: expect.stringContaining(words) } });
      expect(shell.view()).toMatchObject({ loginItem: state, settings: { startAtLogin: false } });
    }
    const { shell } = setUp({ loginItem: { state: () => 'on', set: () => undefined } });
    expect(shell.changeSettings({ startAtLogin: false })).toMatchObject({ ok: false, error: { message: expect.stringContaining('still starts') } });
  });

  it('asks the system for the login item once in ten seconds, and at once after a change', () => {
    let [now, asked, isOn] = [0, 0, false];
    const loginItem = { state: () => (asked++, isOn ? 'on' : 'off') as LoginItemState, set: (on: boolean) => void (isOn = on) };
    const { hands } = setUp({ loginItem });
    const shell = createShell({ store: createMemoryStore(), log: { write: () => undefined }, links: {}, around: { system: 'macos', hands }, time: () => now });
    for (let i = 0; i < 40; i++) shell.view();
    expect(asked).toBe(1);
    // In the system's own settings.
    isOn = true;
    now = 10_000;
    expect(shell.view().settings.startAtLogin).toBe(true);
    expect(shell.changeSettings({ startAtLogin: false })).toMatchObject({ ok: true, value: { settings: { startAtLogin: false } } });
  });

  it('changes nothing when the system refuses the login item', () => {
    const { shell } = setUp({ loginItem: { state: () => 'off', set: () => 'not allowed' } });
    expect(shell.changeSettings({ startAtLogin: true, theme: 'dark' })).toMatchObject({ ok: false, error: { message: expect.stringContaining('not allowed') } });
    expect(shell.settings).toMatchObject({ startAtLogin: false, theme: 'system' });
  });

  it('copies the report without the recording, and places it with', async () => {
    const placed: string[] = [];
    const copied: string[] = [];
    const { shell, engine } = setUp({ copy: (text) => void copied.push(text), place: (name, text) => Promise.resolve({ kind: 'placed', where: `${name} ${placed.push(text)}` }) });
    expect(await shell.keepReport({ names: 'stand-ins', to: 'clipboard' })).toMatchObject({ ok: false, error: { code: 'no-engine' } });
    shell.useEngine(engine);
    expect(await shell.keepReport({ names: 'stand-ins', to: 'clipboard' })).toMatchObject({ ok: true, value: { kept: 'clipboard' } });
    expect(copied).toEqual([expect.stringMatching(/^Bowline 0\.1\.0: diagnostics/)]);
    expect(copied.join()).not.toContain(MARK);
    expect(copied.join()).toContain('saved as a file');
    expect(placed).toEqual([]);
    expect(await shell.keepReport({ names: 'open', to: 'file' })).toMatchObject({ ok: true, value: { kept: 'file', where: expect.stringMatching(/^bowline-.*\.txt 1$/), bytes: Buffer.byteLength(placed[0]!) } });
  });

  it('copies a report that was shown to the letter', async () => {
    const texts: string[] = [];
    const { shell, engine } = setUp({ copy: (text) => void texts.push(text) });
    shell.useEngine(engine);
    await shell.keepReport({ names: 'open', to: 'clipboard' }, { text: 'as it was read', recording: 'R', fileName: 'x.txt' });
    expect(texts).toEqual(['as it was read']);
  });

  it('says why when a report could not be placed, and takes a cancel for one', async () => {
    for (const [placed, answer] of [
      [{ kind: 'failed', why: 'EACCES' }, { ok: false, error: { code: 'not-written' } }],
      [{ kind: 'cancelled' }, { ok: true, value: { kept: 'cancelled' } }],
    ] as const) {
      const { shell, engine } = setUp({ place: () => Promise.resolve(placed) });
      shell.useEngine(engine);
      expect(await shell.keepReport({ names: 'open', to: 'file' })).toMatchObject(answer);
    }
  });

  it('opens links of its table and the sign-in that is shown, and nothing else', () => {
    const { shell, engine, done } = setUp();
    shell.useEngine(engine);
    expect(shell.openLink('website')).toMatchObject({ ok: true, value: { url: null } });
    expect(shell.openLink('source')).toMatchObject({ ok: false, error: { code: 'no-link' } });
    expect(shell.openLink('sign-in')).toMatchObject({ ok: false, error: { code: 'no-link' } });
    expect(done).toEqual(['open https://bowline.example/']);
  });
});

describe('the shell of a browser', () => {
  it('leaves clipboard, file and links to the page, and says what it cannot', async () => {
    const { shell, engine } = setUp('browser');
    shell.useEngine(engine);
    expect(await shell.keepReport({ names: 'open', to: 'clipboard' })).toMatchObject({ ok: true, value: { kept: 'not-here' } });
    expect(shell.copyText('x')).toEqual({ ok: true, value: { copied: false } });
    expect(shell.openLink('website')).toEqual({ ok: true, value: { url: 'https://bowline.example/' } });
    for (const change of [{ startAtLogin: true }, { notify: 'all' }, { updates: 'off' }] as const) expect(shell.changeSettings(change)).toMatchObject({ ok: false, error: { code: 'cannot' } });
    expect(shell.update('check')).toMatchObject({ ok: false, error: { code: 'cannot' } });
    expect(shell.changeSettings({ theme: 'contrast' })).toMatchObject({ ok: true, value: { settings: { theme: 'contrast' } } });
  });
});

describe('links', () => {
  it('are https, without a name or a password in them', () => {
    expect(['https://a.example', 'http://a.example', 'file:///etc/passwd', 'javascript:alert(1)', 'https://user@a.example', 'https://a.example@evil.example', '', undefined].map((address) => httpsOnly(address))).toEqual(['https://a.example/', ...Array.from({ length: 7 }, () => undefined)]);
    expect(linksOf({ homepage: 'https://a.example', repository: { url: 'git+ssh://a' }, bugs: 7 })).toEqual({});
    expect(linksOf({ homepage: 'https://a.example', repository: { url: 'git+ssh://a' } })).toEqual({ website: 'https://a.example/' });
    expect(OWN_LINKS).toEqual(linksOf(JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))));
  });
});
