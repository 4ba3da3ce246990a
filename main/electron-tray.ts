/**
 * The tray on the real Electron: TrayPort without a decision of its own. Like electron-adapter.ts kept so plain that reading
 * it is enough, because no test here can run it.
 */
import { readFileSync } from 'node:fs';
import { Menu, nativeImage, nativeTheme, Tray, type MenuItem, type MenuItemConstructorOptions, type NativeImage } from 'electron';
import { picturesFor } from './tray-pictures.ts';
import type { EntryChange, MenuEntry, TrayImage, TrayPort } from './tray-port.ts';

const SYSTEM = process.platform === 'darwin' ? 'macos' : process.platform === 'win32' ? 'windows' : 'linux';
const LINUX = SYSTEM === 'linux';
const PICTURES = new URL('../icons/tray/', import.meta.url);

function picture(shown: TrayImage): NativeImage {
  const dark = LINUX ? nativeTheme.shouldUseDarkColors : nativeTheme.shouldUseDarkColorsForSystemIntegratedUI;
  const image = nativeImage.createEmpty();
  for (const { scale, size, file } of picturesFor(shown, { system: SYSTEM, dark, desktop: process.env['XDG_CURRENT_DESKTOP'] ?? '' })) {
    image.addRepresentation({ scaleFactor: scale, width: size, height: size, buffer: readFileSync(new URL(file, PICTURES)) });
  }
  image.setTemplateImage(SYSTEM === 'macos');
  return image;
}

export function createTray(): TrayPort {
  let shown: TrayImage = { icon: 'connecting', dot: false };
  const tray = new Tray(picture(shown));
  let menu = new Menu();
  let choose: (id: string) => void = () => {};
  let menuOpen: (open: boolean) => void = () => {};
  nativeTheme.on('updated', () => tray.setImage(picture(shown)));
  return {
    changesWhileOpen: !LINUX,
    setImage(image) {
      shown = image;
      tray.setImage(picture(image));
    },
    setTooltip: (text) => tray.setToolTip(text),
    setMenu(entries) {
      menu = Menu.buildFromTemplate(entries.map((entry) => toItem(entry, (id) => choose(id))));
      menu.on('menu-will-show', () => menuOpen(true));
      menu.on('menu-will-close', () => menuOpen(false));
      tray.setContextMenu(menu);
    },
    changeEntries(changes) {
      for (const change of changes) set(menu.getMenuItemById(change.id), change);
      // There the menu lives in another process and is read when it is set.
      if (LINUX) tray.setContextMenu(menu);
    },
    onChoose(callback) {
      choose = callback;
    },
    onClick(callback) {
      // There a click opens the menu, and is told all the same.
      if (SYSTEM !== 'macos') tray.on('click', callback);
    },
    onMenuOpen(callback) {
      menuOpen = callback;
    },
    destroy: () => tray.destroy(),
  };
}

function set(item: MenuItem | null, { label, visible, enabled, checked }: EntryChange): void {
  if (item === null) return;
  if (label !== undefined) item.label = shownLabel(label);
  if (visible !== undefined) item.visible = visible;
  if (enabled !== undefined) item.enabled = enabled;
  if (checked !== undefined) item.checked = checked;
}

/** An '&' alone would mark the letter after it. */
const shownLabel = (label: string): string => label.replaceAll('&', '&&');

/** A click marks an entry by itself; here only the engine's answer does. */
function choosing(item: MenuItem, choose: () => void): void {
  item.checked = !item.checked;
  choose();
}

function toItem(entry: MenuEntry, choose: (id: string) => void): MenuItemConstructorOptions {
  const { id, visible } = entry;
  switch (entry.kind) {
    case 'line':
      return { id, visible, type: 'separator' };
    case 'text':
      return { id, visible, label: shownLabel(entry.label), enabled: false };
    case 'action':
      return { id, visible, label: shownLabel(entry.label), enabled: entry.enabled, click: () => choose(id) };
    case 'choice':
      return { id, visible, label: shownLabel(entry.label), enabled: entry.enabled, type: 'checkbox', checked: entry.checked, click: (item) => choosing(item, () => choose(id)) };
    case 'group':
      return { id, visible, label: shownLabel(entry.label), submenu: entry.entries.map((each) => toItem(each, choose)) };
  }
}
