/**
 * What a page may not do by itself, done by Electron: clipboard, the dialog for a place, links, the login item. Without a decision of
 * its own. Tests see what it does with stand-ins for Electron's objects, and no more.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { app, clipboard, dialog, Notification, shell } from 'electron';
import { createAutostart } from '../app/host/shell/autostart-file.ts';
import type { Hands, LoginItem, Updates } from '../app/host/shell/hands.ts';
import { HIDDEN, loginStanding } from './login-standing.ts';

/** macOS gives no arguments and tells it otherwise. */
const AT_LOGIN = [HIDDEN];

/** Undefined: run from its source, there is no program to start at login. */
function loginItem(): LoginItem | undefined {
  const { platform } = process;
  if (!app.isPackaged) return undefined;
  if (platform === 'linux') return createAutostart({ command: [process.env['APPIMAGE'] ?? process.execPath, ...AT_LOGIN], env: process.env, home: app.getPath('home') });
  if (platform !== 'darwin' && platform !== 'win32') return undefined;
  return {
    state: () => loginStanding(platform, app.getLoginItemSettings({ args: AT_LOGIN })),
    set(on) {
      try {
        app.setLoginItemSettings({ openAtLogin: on, enabled: on, args: AT_LOGIN });
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  };
}

/** Started by the system when the person logged in, or asked to: no window then. After ready. */
export const startsHidden = (): boolean => process.argv.includes(HIDDEN) || (process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin);

export function createElectronHands(updates: Updates): Hands {
  return {
    copy: (text) => clipboard.writeText(text),
    async place(name, text) {
      const { canceled, filePath } = await dialog.showSaveDialog({ defaultPath: path.join(app.getPath('downloads'), name) });
      if (canceled || filePath === '') return { kind: 'cancelled' };
      try {
        await writeFile(filePath, text, { mode: 0o600 });
        return { kind: 'placed', where: filePath };
      } catch (error) {
        return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
      }
    },
    // The answer holds the address, for a browser that cannot be started from here.
    open: (url) => void shell.openExternal(url).catch(() => undefined),
    loginItem: loginItem(),
    notifies: Notification.isSupported(),
    updates,
  };
}
