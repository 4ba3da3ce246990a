/** What a page may not do by itself, done by Electron: clipboard, the dialog for a place, links, the login item. Without a decision of its own. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { app, clipboard, dialog, Notification, shell } from 'electron';
import type { Hands, LoginItem } from '../app/host/shell/hands.ts';

/** Linux has no call for it: Electron documents these two systems. */
const HAS_LOGIN_ITEMS: ReadonlySet<NodeJS.Platform> = new Set(['darwin', 'win32']);

const loginItem: LoginItem = {
  isOn: () => app.getLoginItemSettings().openAtLogin,
  set(on) {
    app.setLoginItemSettings({ openAtLogin: on });
    return app.getLoginItemSettings().openAtLogin === on ? undefined : 'the system kept the old setting';
  },
};

export function createElectronHands(): Hands {
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
    open: (url) => void shell.openExternal(url),
    loginItem: HAS_LOGIN_ITEMS.has(process.platform) ? loginItem : undefined,
    notifies: Notification.isSupported(),
    updates: { view: () => ({ kind: 'off', why: app.isPackaged ? 'no-feed' : 'not-packaged' }), begin: () => false },
  };
}
