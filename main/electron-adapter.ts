/**
 * The one file that imports Electron: ElectronPort on the real thing, without a decision of its own. Kept so plain that
 * reading it is enough, because no test here can run it.
 */
import { join } from 'node:path';
import { app, BrowserWindow, clipboard, dialog, ipcMain, Menu, nativeImage, nativeTheme, powerMonitor, protocol, session, shell, Tray, type WebContents } from 'electron';
import { trayPixels } from './tray-image.ts';
import type { ElectronPort, MenuEntry, TrayAction, TrayIcon, TrayPort, WindowPort } from './ports.ts';

/** Quitting does not wait longer than this for the engine, in ms. */
const QUIT_WITHIN = 5_000;

/** Where the system keeps logs of this user. */
export function logFile(): string {
  return join(app.getPath('logs'), 'bowline.log');
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
    createTray,
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
    onSecondInstance: (callback) => void app.on('second-instance', callback),
    onActivate: (callback) => void app.on('activate', callback),
    keepRunningWithoutWindows: () => void app.on('window-all-closed', () => {}),
    onQuit,
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

function createWindow(preloadFile: string): WindowPort {
  const window = new BrowserWindow({
    width: 980,
    height: 680,
    minWidth: 360,
    minHeight: 480,
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
      window.show();
      window.focus();
    },
    send: (channel, data) => window.webContents.send(channel, data),
    onClosed: (callback) => void window.once('closed', callback),
    onPageGone: (callback) => void window.webContents.on('render-process-gone', (_event, details) => callback(details.reason)),
    reload: () => window.webContents.reload(),
  };
}

function trayImage(icon: TrayIcon): Electron.NativeImage {
  const colour = process.platform !== 'darwin' && nativeTheme.shouldUseDarkColors ? 255 : 0;
  const image = nativeImage.createEmpty();
  for (const scaleFactor of [1, 1.5, 2, 3]) {
    const size = 16 * scaleFactor;
    const bitmap = nativeImage.createFromBitmap(Buffer.from(trayPixels(icon, size, colour)), { width: size, height: size });
    image.addRepresentation({ scaleFactor, width: size, height: size, buffer: bitmap.toPNG() });
  }
  image.setTemplateImage(process.platform === 'darwin');
  return image;
}

function createTray(): TrayPort {
  let shown: TrayIcon = 'connecting';
  const tray = new Tray(trayImage(shown));
  let act: (action: TrayAction) => void = () => {};
  let menuOpen: (open: boolean) => void = () => {};
  nativeTheme.on('updated', () => tray.setImage(trayImage(shown)));
  tray.on('click', () => act({ kind: 'open' }));
  return {
    setIcon(icon) {
      shown = icon;
      tray.setImage(trayImage(icon));
    },
    setTooltip: (text) => tray.setToolTip(text),
    setMenu(entries) {
      const menu = Menu.buildFromTemplate(entries.map((entry) => toItem(entry, (action) => act(action))));
      menu.on('menu-will-show', () => menuOpen(true));
      menu.on('menu-will-close', () => menuOpen(false));
      tray.setContextMenu(menu);
    },
    onAction(callback) {
      act = callback;
    },
    onMenuOpen(callback) {
      menuOpen = callback;
    },
    destroy: () => tray.destroy(),
  };
}

function toItem(entry: MenuEntry, act: (action: TrayAction) => void): Electron.MenuItemConstructorOptions {
  switch (entry.kind) {
    case 'line':
      return { type: 'separator' };
    case 'text':
      return { label: entry.label, enabled: false };
    case 'action':
      return { label: entry.label, click: () => act(entry.action) };
  }
}

function onQuit(finish: () => Promise<void>): void {
  let finished = false;
  app.on('before-quit', (event) => {
    if (finished) return;
    event.preventDefault();
    const end = (): void => {
      finished = true;
      app.quit();
    };
    const late = setTimeout(end, QUIT_WITHIN);
    void finish().finally(() => {
      clearTimeout(late);
      if (!finished) end();
    });
  });
}
