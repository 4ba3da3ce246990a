/**
 * What the adapter sets on Electron's own objects before there is a page, by stand-ins for these: who may ask for what, where a
 * page may go, and how a window is made. That Electron obeys is for a packaged app to show.
 */
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PERMISSIONS } from '../tests/doubles/electron-permissions.ts';

type Handler = (...args: never[]) => unknown;
const { set, opened, made, emitters, proxies } = vi.hoisted(() => ({ proxies: {} as Record<string, unknown>, set: new Map<string, Handler>(), opened: [] as string[], made: [] as Record<string, unknown>[], emitters: {} as Record<string, import('node:events').EventEmitter> }));

vi.mock('electron', async () => {
  const { EventEmitter: Emitter } = await import('node:events');
  const keep = (name: string) => (handler: Handler) => void set.set(name, handler);
  const app = Object.assign(new Emitter(), { isPackaged: true });
  const defaultSession = Object.assign(new Emitter(), {
    setPermissionRequestHandler: keep('permission request'),
    setPermissionCheckHandler: keep('permission check'),
    setDevicePermissionHandler: keep('device'),
    setDisplayMediaRequestHandler: keep('display media'),
    setSpellCheckerEnabled: keep('spell checker') as unknown as (on: boolean) => void,
    webRequest: { onBeforeRequest: keep('request') },
    setProxy: (proxy: object) => Promise.resolve(void Object.assign(proxies, proxy)),
  });
  class BrowserWindow extends Emitter {
    readonly id = 7;
    readonly webContents = new Emitter();
    constructor(options: Record<string, unknown>) {
      super();
      made.push(options);
    }
  }
  Object.assign(emitters, { app, session: defaultSession });
  const none = {};
  return {
    app, BaseWindow: none, BrowserWindow, session: { defaultSession }, shell: { openExternal: (url: string) => Promise.resolve(void opened.push(url)) },
    autoUpdater: none, clipboard: none, dialog: none, ipcMain: none, powerMonitor: none, protocol: none, screen: none, Menu: none, MenuItem: none, nativeImage: none, nativeTheme: none, Notification: none, systemPreferences: none, Tray: none,
  };
});

const { createElectronAdapter } = await import('./electron-adapter.ts');
const LINK = 'https://hs.example.org/register/1';

/** A page, as the app learns of it. */
class Contents extends EventEmitter {
  open: (details: { url: string }) => unknown = () => undefined;
  webRtc = 'default';
  setWebRTCIPHandlingPolicy(policy: string): void {
    this.webRtc = policy;
  }
  setWindowOpenHandler(handler: typeof this.open): void {
    this.open = handler;
  }
  /** True: refused. */
  refuses(event: string): boolean {
    let refused = false;
    this.emit(event, { preventDefault: () => (refused = true) });
    return refused;
  }
}

describe('before there is a page', () => {
  let contents: Contents;
  beforeEach(() => {
    set.clear();
    opened.length = 0;
    emitters['app']!.removeAllListeners();
    emitters['session']!.removeAllListeners();
    createElectronAdapter().denyByDefault('app', (url) => url === LINK);
    contents = new Contents();
    emitters['app']!.emit('web-contents-created', {}, contents);
  });
  const call = (name: string, ...args: unknown[]): unknown => (set.get(name) as (...all: unknown[]) => unknown)(...args);

  it('every permission is refused, asked for or looked up, of devices and of the screen too', () => {
    const answers: unknown[] = [];
    call('permission request', {}, 'geolocation', (granted: unknown) => answers.push(granted));
    call('display media', {}, (streams: unknown) => answers.push(streams));
    expect([...answers, call('permission check'), call('device')]).toEqual([false, {}, false, false]);
  });

  it('no request leaves for anywhere but our own scheme', () => {
    const cancelled = (url: string): unknown => {
      let answer: unknown;
      call('request', { url }, (decided: { cancel: boolean }) => (answer = decided.cancel));
      return answer;
    };
    expect(['app://bowline/index.html', 'https://example.org/', 'http://127.0.0.1/', 'file:///etc/passwd', 'ws://127.0.0.1/', 'data:text/html,x', 'apps://x/'].map(cancelled)).toEqual([false, true, true, true, true, true, true]);
  });

  it('WebRTC, which is no request, has no UDP, and over TCP a proxy that is not there, also for this computer', () => {
    expect(contents.webRtc).toBe('disable_non_proxied_udp');
    expect(proxies).toEqual({ mode: 'fixed_servers', proxyRules: 'socks5://127.0.0.1:1', proxyBypassRules: '<-loopback>' });
  });

  it('every permission that Electron knows by name is refused', () => {
    for (const name of PERMISSIONS) {
      const answers: unknown[] = [];
      call('permission request', {}, name, (granted: unknown) => answers.push(granted));
      expect([name, ...answers, call('permission check', null, name, 'app://bowline', {})]).toEqual([name, false, false]);
    }
  });

  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])('%s goes nowhere', (event) => {
    expect(contents.refuses(event)).toBe(true);
  });

  it('no window is opened, and only the link that is shown goes to the browser of the system', () => {
    expect([contents.open({ url: 'https://example.org/' }), contents.open({ url: LINK }), contents.open({ url: 'file:///etc/passwd' })]).toEqual([{ action: 'deny' }, { action: 'deny' }, { action: 'deny' }]);
    expect(opened).toEqual([LINK]);
  });

  it('no dictionary is fetched for a spell checker', () => {
    expect(set.get('spell checker')).toBe(false);
  });

  it('nothing is downloaded', () => {
    let refused = false;
    emitters['session']!.emit('will-download', { preventDefault: () => (refused = true) });
    expect(refused).toBe(true);
  });
});

describe('a window', () => {
  it('has its page in a sandbox, apart from Node and from the preload, and without tools in a packaged app', () => {
    createElectronAdapter().createWindow('/x/preload.cjs', { x: 0, y: 0, width: 800, height: 600 });
    expect(made.at(-1)).toMatchObject({
      show: false,
      webPreferences: { preload: '/x/preload.cjs', sandbox: true, contextIsolation: true, nodeIntegration: false, webSecurity: true, devTools: false, spellcheck: false },
    });
    const { webPreferences } = made.at(-1) as { webPreferences: Record<string, unknown> };
    expect(Object.keys(webPreferences).toSorted()).toEqual(['contextIsolation', 'devTools', 'nodeIntegration', 'preload', 'sandbox', 'spellcheck', 'webSecurity']);
  });
});
