/**
 * The tray on the real Electron: TrayPort without a decision of its own. Tests see what it does with stand-ins for Electron's
 * objects, and no more.
 *
 * On macOS and Windows Electron takes up what was set on an entry when the menu opens next; one that is open stays as it was.
 */
import { readFileSync } from 'node:fs';
import { Menu, nativeImage, nativeTheme, Tray, type MenuItem, type MenuItemConstructorOptions, type NativeImage } from 'electron';
import { picturesFor } from './tray-pictures.ts';
import type { EntryChange, MenuEntry, TrayImage, TrayPort } from './tray-port.ts';

const SYSTEM = process.platform === 'darwin' ? 'macos' : process.platform === 'win32' ? 'windows' : 'linux';
const LINUX = SYSTEM === 'linux';
/** ms from the end of a menu to the click that ended it. */
const CLICK_WITHIN = 100;
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
  let openings = 0;
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
      menu.on('menu-will-show', () => {
        openings += 1;
        menuOpen(true);
      });
      menu.on('menu-will-close', () => {
        const opening = openings;
        // macOS closes it before it tells of the click: until then each entry means what it meant, and the menu stays.
        setTimeout(() => {
          if (opening === openings) menuOpen(false);
        }, CLICK_WITHIN);
      });
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
