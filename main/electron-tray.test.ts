/** The tray with stand-ins for Electron's: a menu that closes before its click is told, as on macOS, and one that is only read when it is set, as on Linux. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MenuEntry } from './tray-port.ts';

interface Item {
  readonly id: string;
  label: string;
  visible: boolean;
  enabled: boolean;
  checked: boolean;
  readonly type?: string;
  readonly submenu?: readonly Item[];
  readonly click?: (item: Item) => void;
}
type Menu = InstanceType<typeof import('node:events').EventEmitter> & { readonly items: readonly Item[] };
const { put, pictures, theme } = vi.hoisted(() => ({ put: [] as Menu[], pictures: [] as { file: string; template: boolean }[], theme: {} as { emit(event: 'updated'): void; shouldUseDarkColorsForSystemIntegratedUI: boolean; shouldUseDarkColors: boolean } }));

vi.mock('node:fs', () => ({ readFileSync: (file: URL) => file.pathname.split('/').at(-1) }));
vi.mock('electron', async () => {
  const { EventEmitter } = await import('node:events');
  class FakeMenu extends EventEmitter {
    readonly items: readonly Item[];
    constructor(items: readonly Item[] = []) {
      super();
      this.items = items;
    }
    getMenuItemById = (id: string): Item | null => this.items.flatMap((item) => [item, ...(item.submenu ?? [])]).find((item) => item.id === id) ?? null;
    static readonly buildFromTemplate = (items: readonly Item[]): FakeMenu => new FakeMenu(items);
  }
  class FakeTray extends EventEmitter {
    setImage = (image: { file: string; template: boolean }): void => void pictures.push({ ...image });
    setToolTip = (): void => undefined;
    setContextMenu = (menu: Menu): void => void put.push(menu);
    destroy = (): void => undefined;
  }
  const empty = () => ({ file: '', template: false, addRepresentation({ buffer }: { buffer: string }) { this.file ||= buffer; }, setTemplateImage(on: boolean) { this.template = on; } });
  Object.assign(theme, new EventEmitter(), { emit: EventEmitter.prototype.emit, on: EventEmitter.prototype.on, shouldUseDarkColorsForSystemIntegratedUI: false, shouldUseDarkColors: false });
  return { Menu: FakeMenu, Tray: FakeTray, nativeImage: { createEmpty: empty }, nativeTheme: theme };
});

const ENTRIES: readonly MenuEntry[] = [
  { kind: 'text', id: 'state', visible: true, label: 'Tom & Ada' },
  { kind: 'line', id: 'line', visible: true },
  { kind: 'action', id: 'check', visible: true, enabled: true, label: 'Check' },
  { kind: 'group', id: 'accounts', visible: true, label: 'Accounts', entries: [{ kind: 'choice', id: 'home', visible: true, enabled: true, checked: true, label: 'home' }] },
];
const { platform } = process;

/** The module asks once which system it is on. */
async function setUp(system: NodeJS.Platform) {
  vi.resetModules();
  Object.defineProperty(process, 'platform', { value: system });
  const { createTray } = await import('./electron-tray.ts');
  const tray = createTray();
  const heard: string[] = [];
  tray.onChoose((id) => heard.push(id));
  tray.onMenuOpen((open) => heard.push(open ? 'open' : 'closed'));
  tray.setMenu(ENTRIES);
  return { tray, heard, menu: put.at(-1)!, item: (id: string) => (put.at(-1)! as unknown as { getMenuItemById(id: string): Item }).getMenuItemById(id) };
}

beforeEach(() => {
  vi.useFakeTimers();
  put.length = 0;
  pictures.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  Object.defineProperty(process, 'platform', { value: platform });
});

describe('the menu of the tray', () => {
  it('that closes before its click is told counts as closed after that', async () => {
    const { menu, heard, item } = await setUp('darwin');
    menu.emit('menu-will-show');
    menu.emit('menu-will-close');
    item('check').click!(item('check'));
    vi.advanceTimersByTime(1_000);
    expect(heard).toEqual(['open', 'check', 'closed']);
  });

  it('that is opened again at once is open', async () => {
    const { menu, heard } = await setUp('win32');
    menu.emit('menu-will-show');
    menu.emit('menu-will-close');
    menu.emit('menu-will-show');
    vi.advanceTimersByTime(1_000);
    expect(heard).toEqual(['open', 'open']);
  });

  it('is changed in place, and put up again only on Linux, which reads it when it is set', async () => {
    for (const system of ['darwin', 'win32', 'linux'] as const) {
      const { tray, item } = await setUp(system);
      const before = put.length;
      tray.changeEntries([{ id: 'state', label: 'R & D' }, { id: 'home', checked: false, enabled: false }, { id: 'line', visible: false }, { id: 'nobody', label: 'x' }]);
      expect([item('state').label, item('home').checked, item('home').enabled, item('line').visible]).toEqual(['R && D', false, false, false]);
      expect([system, put.length - before]).toEqual([system, system === 'linux' ? 1 : 0]);
    }
  });

  it('marks what the engine says, not what was clicked, and shows a sign of others as it is', async () => {
    const { item, heard } = await setUp('win32');
    const home = item('home');
    // As Electron does before it tells.
    home.checked = !home.checked;
    home.click!(home);
    expect([home.checked, heard, item('state').label]).toEqual([true, ['home'], 'Tom && Ada']);
  });
});

it('the picture is a template on macOS, and follows the theme of the bar elsewhere', async () => {
  await setUp('darwin');
  theme.emit('updated');
  expect(pictures.at(-1)).toMatchObject({ template: true, file: 'connecting-18-black.png' });
  await setUp('win32');
  theme.shouldUseDarkColorsForSystemIntegratedUI = true;
  theme.emit('updated');
  expect(pictures.at(-1)).toMatchObject({ template: false, file: 'connecting-16-white.png' });
});
