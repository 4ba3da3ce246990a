/** The hands with stand-ins for Electron's: what a system refuses is told in its words, and nothing is thrown at who asked. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Updates } from '../app/host/shell/hands.ts';

const { calls, world } = vi.hoisted(() => ({ calls: [] as unknown[], world: { chosen: { canceled: true, filePath: '' }, login: {} as Record<string, unknown>, refuses: false, wasOpenedAtLogin: false } }));
vi.mock('electron', () => ({
  app: {
    isPackaged: true,
    getPath: (name: string) => `/${name}`,
    getLoginItemSettings: (options?: unknown) => {
      calls.push(['get', options]);
      return { ...world.login, wasOpenedAtLogin: world.wasOpenedAtLogin };
    },
    setLoginItemSettings(settings: unknown) {
      if (world.refuses) throw new Error('Operation not permitted');
      calls.push(['set', settings]);
    },
  },
  clipboard: { writeText: (text: string) => calls.push(['copy', text]) },
  dialog: {
    showSaveDialog: (options: { defaultPath: string }) => {
      calls.push(['dialog', options.defaultPath]);
      return Promise.resolve(world.chosen);
    },
  },
  Notification: { isSupported: () => true },
  shell: {
    openExternal: (url: string) => {
      calls.push(['open', url]);
      return Promise.reject(new Error('no browser'));
    },
  },
}));
const { createElectronHands, startsHidden } = await import('./electron-hands.ts');
const nothing: Updates = { view: () => ({ kind: 'none', checkedAt: null, waiting: null }), begin: () => false, onChange: () => undefined };
const { platform, argv } = process;
const on = (system: NodeJS.Platform) => {
  Object.defineProperty(process, 'platform', { value: system });
  return createElectronHands(nothing);
};
let folder = '';

beforeEach(() => {
  calls.length = 0;
  Object.assign(world, { refuses: false, wasOpenedAtLogin: false });
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bowline-hands-'));
});
afterEach(() => {
  Object.defineProperty(process, 'platform', { value: platform });
  process.argv = argv;
  fs.rmSync(folder, { recursive: true });
});

describe('a report that a person places', () => {
  it('is written for this person alone, nowhere when the dialog is left, and a refusal is told with why', async () => {
    const hands = on('darwin');
    const place = (filePath: string, canceled = false) => {
      world.chosen = { canceled, filePath };
      return hands.place('report.txt', 'text');
    };
    expect(await place('', true)).toEqual({ kind: 'cancelled' });
    expect(await place('')).toEqual({ kind: 'cancelled' });
    const where = path.join(folder, 'report.txt');
    expect(await place(where)).toEqual({ kind: 'placed', where });
    expect([fs.readFileSync(where, 'utf8'), fs.statSync(where).mode & 0o777, calls[0]]).toEqual(['text', 0o600, ['dialog', '/downloads/report.txt']]);
    expect(await place(path.join(folder, 'no', 'report.txt'))).toMatchObject({ kind: 'failed', why: expect.stringContaining('ENOENT') });
  });
});

it('a browser that does not start throws at nobody', async () => {
  const faults: unknown[] = [];
  const hear = (error: unknown): void => void faults.push(error);
  process.on('unhandledRejection', hear);
  on('win32').open('https://hs.example.org/register/1');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', hear);
  expect([calls, faults]).toEqual([[['open', 'https://hs.example.org/register/1']], []]);
});

describe('the start at login', () => {
  it('is asked for and looked up with the same arguments, and a refusal is told in words of the system', () => {
    const { loginItem } = on('win32');
    expect(loginItem?.set(true)).toBeUndefined();
    world.login = { openAtLogin: true, executableWillLaunchAtLogin: true };
    expect(loginItem?.state()).toBe('on');
    expect(calls).toEqual([['set', { openAtLogin: true, enabled: true, args: ['--hidden'] }], ['get', { args: ['--hidden'] }]]);
    world.refuses = true;
    expect(loginItem?.set(false)).toBe('Operation not permitted');
  });

  it('opens no window: by its argument, or as macOS tells it', () => {
    on('darwin');
    process.argv = ['/opt/bowline'];
    expect(startsHidden()).toBe(false);
    world.wasOpenedAtLogin = true;
    expect(startsHidden()).toBe(true);
    on('win32');
    expect(startsHidden()).toBe(false);
    process.argv = ['/opt/bowline', '--hidden'];
    expect(startsHidden()).toBe(true);
  });

  it('has no place on a system that nobody knows', () => {
    expect(on('freebsd').loginItem).toBeUndefined();
  });
});
