/**
 * ElectronPort on the real thing, without a decision of its own. Kept plain: tests see what it sets on stand-ins for Electron's
 * objects, and no more.
 */
import { join } from 'node:path';
import { app, BrowserWindow, clipboard, dialog, ipcMain, Menu, nativeTheme, protocol, screen, session, shell, type WebContents } from 'electron';
import type { ElectronPort, WindowPort } from './ports.ts';
import { createNotes } from './electron-notes.ts';
import { BACKGROUND } from './frame-theme.ts';
import { lifeOfApp } from './electron-life.ts';
import { createTray } from './electron-tray.ts';
import { NOWHERE } from './nowhere.ts';
import { SMALLEST, type Place } from './window-place.ts';

/** As in electron-builder.yml: without it Windows shows no notification of ours, and names our entry at login otherwise. */
const APP_ID = 'org.bowline.Bowline';
/** Chromium's net::ERR_ABORTED: another page was asked for meanwhile, or the window is gone. */
const ABORTED = -3;

export const isPackaged = (): boolean => app.isPackaged;

export const preferredLanguages = (): readonly string[] => app.getPreferredSystemLanguages();

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
    ...lifeOfApp(),
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
    setFrameTheme(theme) {
      // On Linux the tray is inked by what this changes, and desktops draw the title as they like.
      if (process.platform !== 'linux') nativeTheme.themeSource = theme;
    },
    createTray,
    createNotes,
    preferredLanguages,
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
    copy: (text) => void clipboard.writeText(text),
    showError: (title, text) => dialog.showErrorBox(title, text),
  };
}

function denyByDefault(scheme: string, mayOpen: (url: string) => boolean): void {
  const all = session.defaultSession;
  all.setPermissionRequestHandler((_contents, _permission, callback) => callback(false));
  all.setPermissionCheckHandler(() => false);
  all.setDevicePermissionHandler(() => false);
  all.setDisplayMediaRequestHandler((_request, callback) => callback({}));
  all.webRequest.onBeforeRequest((details, callback) => callback({ cancel: !details.url.startsWith(`${scheme}://`) }));
  // Its dictionaries would be fetched from a server of Google's.
  all.setSpellCheckerEnabled(false);
  all.on('will-download', (event) => event.preventDefault());
  // WebRTC passes by every request and by the policy of contents: what it sends over TCP goes to a proxy that is not there.
  void all.setProxy(NOWHERE);
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.setWindowOpenHandler(({ url }) => {
      // Where no browser opens it, the page still shows the address.
      if (mayOpen(url)) shell.openExternal(url).catch(() => undefined);
      return { action: 'deny' };
    });
    // And over UDP it sends nothing.
    contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
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
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
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
