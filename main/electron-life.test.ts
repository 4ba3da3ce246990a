/**
 * How the adapter starts and ends with stand-ins for Electron's objects that quit as Electron does (shell/browser/browser.cc): who
 * prevents is asked again, a window that does not close takes the quit back, and `session-end` comes to windows alone.
 */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Leave } from './leaving.ts';

interface Preventable {
  readonly defaultPrevented: boolean;
  preventDefault(): void;
}
const { calls, world } = vi.hoisted(() => ({ calls: [] as string[], world: {} as { app: EventEmitter & { isPackaged: boolean }; power: EventEmitter; windows: Set<EventEmitter & { close(): void }>; theme: { themeSource: string; shouldUseDarkColors: boolean }; isQuitting: boolean; isGone: boolean; loads: (url: string) => Promise<void> } }));

vi.mock('electron', async () => {
  const { EventEmitter: Emitter } = await import('node:events');
  const preventable = (): Preventable => {
    let defaultPrevented = false;
    return {
      get defaultPrevented() {
        return defaultPrevented;
      },
      preventDefault: () => void (defaultPrevented = true),
    };
  };
  world.windows = new Set();
  class BaseWindow extends Emitter {
    readonly id = 1;
    readonly options: Record<string, unknown>;
    constructor(options: Record<string, unknown>) {
      super();
      this.options = options;
      world.windows.add(this);
    }
    close(): void {
      const event = preventable();
      this.emit('close', event);
      if (event.defaultPrevented) world.isQuitting = false;
      else this.destroy();
    }
    destroy(): void {
      if (!world.windows.delete(this)) return;
      this.emit('closed');
      if (world.isQuitting && world.windows.size === 0) world.isGone = true;
    }
  }
  class BrowserWindow extends BaseWindow {
    url = '';
    readonly webContents = Object.assign(new Emitter(), { getURL: () => this.url });
    loadURL(url: string): Promise<void> {
      calls.push(`load ${url}`);
      this.url = url;
      return world.loads(url);
    }
  }
  world.power = new Emitter();
  world.theme = { themeSource: 'system', shouldUseDarkColors: false };
  world.app = Object.assign(new Emitter(), {
    isPackaged: true,
    disableHardwareAcceleration: () => calls.push('no gpu'),
    setAppUserModelId: (id: string) => calls.push(`id ${id}`),
    setAsDefaultProtocolClient: (scheme: string) => calls.push(`links ${scheme}`),
    relaunch: ({ args }: { args: string[] }) => calls.push(`again ${args.filter((arg) => arg.startsWith('--')).join(' ')}`),
    quit() {
      if (world.isQuitting || world.isGone) return;
      const event = preventable();
      world.app.emit('before-quit', event);
      world.isQuitting = !event.defaultPrevented;
      if (!world.isQuitting) return;
      if (world.windows.size === 0) world.isGone = true;
      for (const window of world.windows) window.close();
    },
  });
  const none = {};
  return {
    app: world.app, BaseWindow, BrowserWindow, powerMonitor: world.power,
    autoUpdater: none, clipboard: none, dialog: none, ipcMain: none, protocol: none, screen: none, session: none, shell: none, Menu: { buildFromTemplate: (menus: unknown) => menus, setApplicationMenu: (menus: readonly { label: string; submenu: readonly unknown[] }[]) => calls.push(...menus.map(({ label, submenu }) => `${label} ${submenu.length}`)) }, MenuItem: none, nativeImage: none, nativeTheme: world.theme, Notification: none, Tray: none,
  };
});

const { createElectronAdapter } = await import('./electron-adapter.ts');
const system = process.platform;
const on = (platform: NodeJS.Platform): void => void Object.defineProperty(process, 'platform', { value: platform });
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  calls.length = 0;
  world.isGone = false;
  world.isQuitting = false;
  world.loads = () => Promise.resolve();
  for (const window of world.windows) window.removeAllListeners();
  world.windows.clear();
  world.app.removeAllListeners();
  world.power.removeAllListeners();
});
afterEach(() => on(system));

describe('before ready', () => {
  it('Windows is told who this is, and links lead here where the package alone does not see to that', () => {
    for (const platform of ['win32', 'darwin', 'linux'] as const) {
      on(platform);
      createElectronAdapter().takeLinks('bowline', () => undefined);
    }
    expect(calls).toEqual(['id org.bowline.Bowline', 'links bowline', 'links bowline']);
    world.app.isPackaged = false;
    on('win32');
    createElectronAdapter().takeLinks('bowline', () => undefined);
    world.app.isPackaged = true;
    expect(calls.at(-1)).toBe('id org.bowline.Bowline');
  });

  it('a page is drawn without a GPU process', () => {
    createElectronAdapter().drawWithoutGpu();
    expect(calls).toEqual(['no gpu']);
  });
});

describe('a quit', () => {
  it('is held until the engine has ended, then goes through', async () => {
    let end: () => void = () => undefined;
    let leave: Leave = { kind: 'hold', until: new Promise((resolve) => (end = resolve)) };
    const electron = createElectronAdapter();
    electron.onQuit(() => leave);
    electron.quit();
    await settle();
    expect(world.isGone).toBe(false);
    leave = { kind: 'go' };
    end();
    await settle();
    expect(world.isGone).toBe(true);
  });
});

it('a start while it ends is one start, with a window', () => {
  const electron = createElectronAdapter();
  const { argv } = process;
  process.argv = ['/opt/bowline', '--hidden', '--sandbox'];
  electron.startAfterQuit();
  electron.startAfterQuit();
  process.argv = argv;
  expect(calls.filter((call) => call.startsWith('again'))).toEqual(['again --sandbox']);
});

describe('the end of the system', () => {
  it('waits for us on macOS and Linux: who does not prevent it is not waited for', () => {
    const told: string[] = [];
    createElectronAdapter().onPower((event) => told.push(event));
    let isPrevented = false;
    world.power.emit('shutdown', { preventDefault: () => (isPrevented = true) });
    for (const odd of [undefined, null, {}, 'x']) world.power.emit('shutdown', odd);
    for (const event of ['suspend', 'resume', 'lock-screen', 'unlock-screen']) world.power.emit(event);
    expect([isPrevented, told]).toEqual([true, [...Array.from({ length: 5 }, () => 'shutdown'), 'suspend', 'resume', 'lock', 'unlock']]);
  });

  it('is heard on Windows while there is no window of ours, by one that nobody ever sees', () => {
    on('win32');
    let ended = 0;
    createElectronAdapter().onSessionEnd(() => (ended += 1));
    const [ear, ...more] = world.windows;
    expect([more.length, (ear as unknown as { options: object }).options]).toEqual([0, expect.objectContaining({ show: false, skipTaskbar: true, focusable: false })]);
    ear!.emit('session-end', {});
    expect(ended).toBe(1);
  });

  it('needs no such window elsewhere', () => {
    on('darwin');
    createElectronAdapter().onSessionEnd(() => undefined);
    expect(world.windows.size).toBe(0);
  });

  it('asked for by an installer, which closes the windows of a program, is a quit in order; and that window holds no quit up', async () => {
    on('win32');
    let end: () => void = () => undefined;
    let leave: Leave = { kind: 'hold', until: new Promise((resolve) => (end = resolve)) };
    const electron = createElectronAdapter();
    let asked = 0;
    electron.onQuit(() => {
      asked += 1;
      return leave;
    });
    electron.onSessionEnd(() => undefined);
    [...world.windows][0]!.close();
    await settle();
    expect([asked, world.isGone]).toEqual([1, false]);
    leave = { kind: 'go' };
    end();
    await settle();
    expect(world.isGone).toBe(true);
    world.isGone = false;
    world.isQuitting = false;
    electron.onSessionEnd(() => undefined);
    electron.quit();
    expect(world.isGone).toBe(true);
  });

  it('of the process is told in its last moment, and an error that nobody caught ends nothing', () => {
    const electron = createElectronAdapter();
    const heard: unknown[] = [];
    const events = ['exit', 'uncaughtException', 'unhandledRejection'] as const;
    const before = events.map((event) => new Set(process.listeners(event as 'exit')));
    electron.onExit(() => heard.push('exit'));
    electron.onFault((error) => heard.push(error));
    const made = events.map((event, i) => process.listeners(event as 'exit').filter((listener) => !before[i]!.has(listener)) as ((error?: unknown) => void)[]);
    events.forEach((event, i) => made[i]!.forEach((listener) => process.off(event, listener)));
    made[0]![0]!();
    made[1]![0]!('thrown');
    made[2]![0]!('rejected');
    expect([heard, made.map(({ length }) => length)]).toEqual([['exit', 'thrown', 'rejected'], [1, 1, 1]]);
  });
});

describe('a window', () => {
  const make = () => {
    const window = createElectronAdapter().createWindow('/x/preload.cjs', { x: 0, y: 0, width: 800, height: 600 });
    return { window, inside: [...world.windows][0] as unknown as { options: object; webContents: EventEmitter } };
  };

  it('does not load anew what it shows, and a load that fails or is overtaken throws nowhere', async () => {
    const faults: unknown[] = [];
    const hear = (error: unknown): void => void faults.push(error);
    process.on('unhandledRejection', hear);
    world.loads = () => Promise.reject(new Error('ERR_FAILED'));
    const { window } = make();
    window.load('app://bowline/index.html#/');
    window.load('app://bowline/index.html#/');
    window.load('app://bowline/index.html#/health');
    await settle();
    process.off('unhandledRejection', hear);
    expect([calls, faults]).toEqual([['load app://bowline/index.html#/', 'load app://bowline/index.html#/health'], []]);
  });

  it('is gone when its process is, when its bridge fails, or when it does not load; not when a load was overtaken or lies inside', () => {
    const { window, inside } = make();
    const gone: string[] = [];
    window.onPageGone((why) => gone.push(why));
    inside.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    inside.webContents.emit('preload-error', {}, '/x/preload.cjs', new TypeError('canary'));
    inside.webContents.emit('did-fail-load', {}, -3, 'ERR_ABORTED', 'app://bowline/', true);
    inside.webContents.emit('did-fail-load', {}, -2, 'ERR_FAILED', 'app://bowline/', false);
    inside.webContents.emit('did-fail-load', {}, -2, 'ERR_FAILED', 'app://bowline/', true);
    expect(gone).toEqual(['crashed', 'its bridge failed: TypeError', 'not loaded: ERR_FAILED (-2)']);
  });

  it('leaves no black space behind on macOS when it is hidden', () => {
    expect(make().inside.options).toMatchObject({ fullscreenable: false });
  });
});

it('the menu bar has the menu of the app on macOS alone, where each system puts it', () => {
  const bar = [{ id: 'app', label: 'Bowline', entries: [{ role: 'quit', label: 'Quit' }] }, { id: 'edit', label: 'Edit', entries: [{ role: 'cut', label: 'Cut' }, 'line'] }] as const;
  for (const platform of ['darwin', 'win32'] as const) {
    on(platform);
    createElectronAdapter().setMenuBar(bar);
  }
  expect(calls.filter((call) => !call.startsWith('id'))).toEqual(['Bowline 1', 'Edit 2', 'Edit 2']);
});

it('the frame has the theme that was chosen, and a window is never white in a dark one', () => {
  for (const [platform, expected] of [['linux', 'system'], ['darwin', 'dark']] as const) {
    on(platform);
    createElectronAdapter().setFrameTheme('dark');
    expect(world.theme.themeSource).toBe(expected);
  }
  world.theme.shouldUseDarkColors = true;
  createElectronAdapter().createWindow('/x/preload.cjs', { x: 0, y: 0, width: 800, height: 600 });
  expect([...world.windows].at(-1)).toMatchObject({ options: { backgroundColor: '#151719' } });
});

it('a process of Chromium that ends is told, and nothing else', () => {
  const told: string[] = [];
  createElectronAdapter().onHelperGone((what) => told.push(what));
  world.app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed', exitCode: 139 });
  expect([told, world.isGone]).toEqual([['GPU: crashed, 139'], false]);
});
