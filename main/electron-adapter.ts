/**
 * ElectronPort on the real thing, without a decision of its own. Kept plain: tests see what it sets on stand-ins for Electron's
 * objects, and no more.
 */
import { join } from 'node:path';
import { app, autoUpdater, BrowserWindow, clipboard, dialog, ipcMain, powerMonitor, protocol, screen, session, shell, type WebContents } from 'electron';
import type { ElectronPort, WindowPort } from './ports.ts';
import { createNotes } from './electron-notes.ts';
import { createTray } from './electron-tray.ts';
import type { Leave } from './leaving.ts';
import { SMALLEST, type Place } from './window-place.ts';

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
  return {
    takeSingleInstanceLock: () => app.requestSingleInstanceLock(),
    enableSandbox: () => app.enableSandbox(),
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
      // Run from its source, the program is Electron itself, and links would lead there.
      if (app.isPackaged) app.setAsDefaultProtocolClient(scheme);
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
      powerMonitor.on('shutdown', () => callback('shutdown'));
    },
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
      if (mayOpen(url)) void shell.openExternal(url);
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
    load: (url) => void window.loadURL(url),
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
    onPageGone: (callback) => void window.webContents.on('render-process-gone', (_event, details) => callback(details.reason)),
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
