/**
 * ElectronPort on the real thing, without a decision of its own. Kept plain: tests see what it sets on stand-ins for Electron's
 * objects, and no more.
 */
import { join } from 'node:path';
import { app, autoUpdater, BaseWindow, BrowserWindow, clipboard, dialog, ipcMain, Menu, powerMonitor, protocol, screen, session, shell, type WebContents } from 'electron';
import type { ElectronPort, WindowPort } from './ports.ts';
import { createNotes } from './electron-notes.ts';
import { createTray } from './electron-tray.ts';
import type { Leave } from './leaving.ts';
import { SMALLEST, type Place } from './window-place.ts';

/** As in electron-builder.yml: without it Windows shows no notification of ours, and names our entry at login otherwise. */
const APP_ID = 'org.bowline.Bowline';
/** Chromium's net::ERR_ABORTED: another page was asked for meanwhile, or the window is gone. */
const ABORTED = -3;

export const isPackaged = (): boolean => app.isPackaged;

/** Where the system keeps logs of this user. */
export function logFile(): string {
  return join(app.getPath('logs'), 'bowline.log');
}

/** Of this app alone, apart from what the engine keeps. */
export function ownFolder(): string {
  return join(app.getPath('userData'), 'window');
}

export function createElectronAdapter(): ElectronPort {
  if (process.platform === 'win32') app.setAppUserModelId(APP_ID);
  return {
    takeSingleInstanceLock: () => app.requestSingleInstanceLock(),
    enableSandbox: () => app.enableSandbox(),
    drawWithoutGpu: () => app.disableHardwareAcceleration(),
    registerScheme: (scheme) => protocol.registerSchemesAsPrivileged([{ scheme, privileges: { standard: true, secure: true } }]),
    whenReady: () => app.whenReady(),
    denyByDefault,
    serve(scheme, answer) {
      protocol.handle(scheme, (request) => {
        const { status, headers, body } = answer(request.url);
        return new Response(Buffer.from(body), { status, headers });
      });
    },
    createWindow,
    displays() {
      const main = screen.getPrimaryDisplay();
      return [main, ...screen.getAllDisplays().filter(({ id }) => id !== main.id)].map(({ workArea }) => workArea);
    },
    setMenuBar(bar) {
      const menus = bar.filter(({ id }) => id !== 'app' || process.platform === 'darwin');
      Menu.setApplicationMenu(Menu.buildFromTemplate(menus.map(({ label, entries }) => ({ label, submenu: entries.map((entry) => (entry === 'line' ? { type: 'separator' } : entry)) }))));
    },
    createTray,
    createNotes,
    preferredLanguages: () => app.getPreferredSystemLanguages(),
    handle(channel, answer) {
      ipcMain.handle(channel, (event, ...args: unknown[]) => {
        const frame = event.senderFrame;
        return answer(
          {
            windowId: BrowserWindow.fromWebContents(event.sender)?.id,
            frame: frame === null ? null : { url: frame.url, isMain: frame === event.sender.mainFrame },
          },
          args,
        );
      });
    },
    onSecondInstance: (callback) => void app.on('second-instance', (_event, args) => callback(args)),
    takeLinks(scheme, callback) {
      // Run from its source, the program is Electron itself, and links would lead there. On Linux the package's desktop file says
      // it, and asking would wait for a script at each start.
      if (app.isPackaged && process.platform !== 'linux') app.setAsDefaultProtocolClient(scheme);
      app.on('open-url', (event, url) => {
        event.preventDefault();
        callback(url);
      });
    },
    onActivate: (callback) => void app.on('activate', callback),
    keepRunningWithoutWindows: () => void app.on('window-all-closed', () => {}),
    onQuit,
    onQuitForUpdate: (callback) => void autoUpdater.on('before-quit-for-update', callback),
    onPower(callback) {
      powerMonitor.on('suspend', () => callback('suspend'));
      powerMonitor.on('resume', () => callback('resume'));
      powerMonitor.on('lock-screen', () => callback('lock'));
      powerMonitor.on('unlock-screen', () => callback('unlock'));
      // Its event is missing in Electron's types. Whoever prevents it is waited for (macOS: until it quits; Linux: 5 s).
      powerMonitor.on('shutdown', (...[event]: unknown[]) => {
        if (isPreventable(event)) event.preventDefault();
        callback('shutdown');
      });
    },
    onSessionEnd,
    onExit: (callback) => void process.on('exit', callback),
    onFault(callback) {
      process.on('uncaughtException', callback);
      process.on('unhandledRejection', callback);
    },
    onHelperGone: (callback) => void app.on('child-process-gone', (_event, { type, reason, exitCode }) => callback(`${type}: ${reason}, ${exitCode}`)),
    copy: (text) => void clipboard.writeText(text),
    showError: (title, text) => dialog.showErrorBox(title, text),
    quit: () => app.quit(),
  };
}

function denyByDefault(scheme: string, mayOpen: (url: string) => boolean): void {
  const all = session.defaultSession;
  all.setPermissionRequestHandler((_contents, _permission, callback) => callback(false));
  all.setPermissionCheckHandler(() => false);
  all.setDevicePermissionHandler(() => false);
  all.setDisplayMediaRequestHandler((_request, callback) => callback({}));
  all.webRequest.onBeforeRequest((details, callback) => callback({ cancel: !details.url.startsWith(`${scheme}://`) }));
  all.on('will-download', (event) => event.preventDefault());
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.setWindowOpenHandler(({ url }) => {
      // Where no browser opens it, the page still shows the address.
      if (mayOpen(url)) shell.openExternal(url).catch(() => undefined);
      return { action: 'deny' };
    });
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-frame-navigate', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
}

function createWindow(preloadFile: string, place: Place): WindowPort {
  const window = new BrowserWindow({
    ...place,
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    show: false,
    title: 'Bowline',
    autoHideMenuBar: true,
    // Hidden or destroyed in a space of its own, it would leave macOS with a black one.
    fullscreenable: false,
    webPreferences: {
      preload: preloadFile,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      devTools: !app.isPackaged,
      spellcheck: false,
    },
  });
  return {
    id: window.id,
    load(url) {
      // To load what is there loads it anew, and what a person typed would be gone.
      if (window.webContents.getURL() === url) return;
      // Told by did-fail-load.
      window.loadURL(url).catch(() => undefined);
    },
    show() {
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
    hide: () => window.hide(),
    destroy: () => window.destroy(),
    place: () => window.getNormalBounds(),
    send: (channel, data) => window.webContents.send(channel, data),
    onDrawn: (callback) => void window.once('ready-to-show', callback),
    onClose: (callback) =>
      void window.on('close', (event) => {
        event.preventDefault();
        callback();
      }),
    onClosed: (callback) => void window.once('closed', callback),
    onPageGone(callback) {
      window.webContents.on('render-process-gone', (_event, details) => callback(details.reason));
      window.webContents.on('preload-error', (_event, _file, error) => callback(`its bridge failed: ${error.name}`));
      window.webContents.on('did-fail-load', (_event, code, why, _url, isMainFrame) => {
        if (isMainFrame && code !== ABORTED) callback(`not loaded: ${why} (${code})`);
      });
    },
    onHung(callback) {
      window.on('unresponsive', () => callback(true));
      window.on('responsive', () => callback(false));
    },
  };
}

function onQuit(ask: () => Leave): void {
  app.on('before-quit', (event) => {
    const leave = ask();
    if (leave.kind === 'go') return;
    event.preventDefault();
    void leave.until.then(() => app.quit());
  });
}

const isPreventable = (event: unknown): event is { preventDefault(): void } => typeof event === 'object' && event !== null && 'preventDefault' in event && typeof event.preventDefault === 'function';

/** Held, as one that nobody holds could be collected. */
const ears = new Set<BaseWindow>();

/** Windows tells it to windows alone, and ours is mostly not there: one without a page and never shown hears it always. */
function onSessionEnd(callback: () => void): void {
  if (process.platform !== 'win32') return;
  const ear = new BaseWindow({ show: false, skipTaskbar: true, focusable: false, width: 1, height: 1, title: 'Bowline' });
  ears.add(ear);
  ear.on('session-end', callback);
  // No person can close it: an installer asks each window of the program to close before it ends the program by force.
  ear.on('close', () => app.quit());
}
