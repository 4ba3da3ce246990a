/**
 * A twin of ElectronPort for tests: records the order of calls, lets a test play the system's part, and throws on
 * anything nobody expected.
 */
import type { PowerEvent } from '../../app/time/sleep-detector.ts';
import type { Clock } from '../../main/face-feed.ts';
import type { FrameTheme } from '../../main/frame-theme.ts';
import type { Leave } from '../../main/leaving.ts';
import type { ElectronPort, PageFile, Sender, WindowPort } from '../../main/ports.ts';
import type { BarMenu } from '../../main/menu-bar.ts';
import type { Note, NotePort } from '../../main/note-port.ts';
import type { Place, Rectangle } from '../../main/window-place.ts';
import type { EntryChange, MenuEntry, TrayImage, TrayPort } from '../../main/tray-port.ts';

export class FakeWindow implements WindowPort {
  readonly id: number;
  readonly sent: { channel: string; data: unknown }[] = [];
  readonly opened: Place;
  loaded: string[] = [];
  shown = 0;
  visible = false;
  destroyed = false;
  standsAt: Rectangle = { x: 40, y: 50, width: 900, height: 700 };
  drawn: () => void = unexpected('page drawn');
  close: () => void = unexpected('window close');
  closed: () => void = unexpected('window closed');
  pageGone: (reason: string) => void = unexpected('page gone');
  hung: (hung: boolean) => void = unexpected('page hangs');

  constructor(id: number, opened: Place) {
    this.id = id;
    this.opened = opened;
  }

  load(url: string): void {
    this.#alive('loaded');
    this.loaded.push(url);
  }
  show(): void {
    this.#alive('shown');
    this.shown += 1;
    this.visible = true;
  }
  hide(): void {
    this.#alive('hidden');
    this.visible = false;
  }
  destroy(): void {
    this.#alive('destroyed');
    this.closed();
  }
  place(): Rectangle {
    this.#alive('asked where it is');
    return this.standsAt;
  }
  send(channel: string, data: unknown): void {
    this.#alive('sent to');
    this.sent.push({ channel, data });
  }
  #alive(what: string): void {
    if (this.destroyed) throw new Error(`a destroyed window was ${what}`);
  }
  onDrawn(callback: () => void): void {
    this.drawn = callback;
  }
  onClose(callback: () => void): void {
    this.close = callback;
  }
  onClosed(callback: () => void): void {
    this.closed = () => {
      this.visible = false;
      this.destroyed = true;
      callback();
    };
  }
  onPageGone(callback: (reason: string) => void): void {
    this.pageGone = callback;
  }
  onHung(callback: (hung: boolean) => void): void {
    this.hung = callback;
  }
}

/** A menu as a system keeps it: entries are set by their ids, and one that nobody put up cannot be set. */
export class FakeTray implements TrayPort {
  changesWhileOpen = true;
  image: TrayImage | undefined;
  tooltip = '';
  menu: readonly MenuEntry[] = [];
  /** How often the whole menu was put up, and what was set in place since. */
  menus = 0;
  changes: EntryChange[] = [];
  choose: (id: string) => void = unexpected('tray entry');
  click: () => void = unexpected('tray click');
  menuOpen: (open: boolean) => void = unexpected('menu open');

  setImage(image: TrayImage): void {
    this.image = image;
  }
  setTooltip(text: string): void {
    this.tooltip = text;
  }
  setMenu(entries: readonly MenuEntry[]): void {
    this.menu = entries;
    this.menus += 1;
  }
  changeEntries(changes: readonly EntryChange[]): void {
    this.changes.push(...changes);
    for (const change of changes) if (!this.entries().some(({ id }) => id === change.id)) throw new Error(`there is no entry ${change.id}`);
    const set = (entries: readonly MenuEntry[]): MenuEntry[] =>
      entries.map((entry) => {
        const next = changes.filter(({ id }) => id === entry.id).reduce((all, { id: _id, ...change }) => ({ ...all, ...change }), entry) as MenuEntry;
        return next.kind === 'group' ? { ...next, entries: set(next.entries) } : next;
      });
    this.menu = set(this.menu);
  }
  entries(): MenuEntry[] {
    const flat = (entries: readonly MenuEntry[]): MenuEntry[] => entries.flatMap((entry) => (entry.kind === 'group' ? [entry, ...flat(entry.entries)] : [entry]));
    return flat(this.menu);
  }
  /** What a person reads: lines as '-', what is grey in brackets. */
  read(): string[] {
    return this.entries().flatMap((entry) => {
      if (!entry.visible) return [];
      if (entry.kind === 'line') return ['-'];
      if (entry.kind === 'choice') return [`${entry.checked ? '*' : ' '} ${entry.label}`];
      return [entry.kind === 'action' && !entry.enabled ? `(${entry.label})` : entry.label];
    });
  }
  onChoose(callback: (id: string) => void): void {
    this.choose = callback;
  }
  onClick(callback: () => void): void {
    this.click = callback;
  }
  onMenuOpen(callback: (open: boolean) => void): void {
    this.menuOpen = callback;
  }
  destroy(): void {
    throw new Error('nobody should destroy the tray');
  }
}

/** Notifications as a system keeps them: one that is not there cannot be clicked. */
export class FakeNotes implements NotePort {
  readonly shown = new Map<string, Note>();
  /** Everything that was ever shown, in order. */
  readonly log: Note[] = [];
  #click: (id: string) => void = unexpected('note click');
  #closed: (id: string) => void = unexpected('note closed');

  show(note: Note): void {
    this.shown.set(note.id, note);
    this.log.push(note);
  }
  close(id: string): void {
    this.shown.delete(id);
  }
  onClick(callback: (id: string) => void): void {
    this.#click = callback;
  }
  onClosed(callback: (id: string) => void): void {
    this.#closed = callback;
  }
  fail: (why: string) => void = unexpected('note failed');
  onFailed(callback: (why: string) => void): void {
    this.fail = callback;
  }
  click(id: string): void {
    if (!this.shown.delete(id)) throw new Error(`there is no note ${id}`);
    this.#click(id);
  }
  dismiss(id: string): void {
    if (!this.shown.delete(id)) throw new Error(`there is no note ${id}`);
    this.#closed(id);
  }
}

/** Time that a test moves. */
export class FakeClock implements Clock {
  #now = 0;
  readonly #alarms = new Set<{ readonly at: number; readonly callback: () => void }>();
  time(): number {
    return this.#now;
  }
  wake(afterMs: number, callback: () => void): () => void {
    const alarm = { at: this.#now + afterMs, callback };
    this.#alarms.add(alarm);
    return () => void this.#alarms.delete(alarm);
  }
  get waiting(): number {
    return this.#alarms.size;
  }
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#alarms].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#alarms.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }
}

function unexpected(what: string): () => never {
  return () => {
    throw new Error(`unexpected: ${what}`);
  };
}

export class FakeElectron implements ElectronPort {
  /** Names of calls, in order. */
  readonly calls: string[] = [];
  readonly windows: FakeWindow[] = [];
  readonly tray = new FakeTray();
  readonly notes = new FakeNotes();
  readonly handlers = new Map<string, (sender: Sender, args: readonly unknown[]) => Promise<unknown>>();
  readonly copied: string[] = [];
  lock = true;
  mayOpen: (url: string) => boolean = unexpected('link asked');
  answerPage: (url: string) => PageFile = unexpected('page asked');
  #second: (args: readonly string[]) => void = unexpected('second instance');
  followLink: (url: string) => void = unexpected('link');
  secondInstance(...args: string[]): void {
    this.#second(args);
  }
  takeLinks(scheme: string, callback: (url: string) => void): void {
    this.calls.push(`links ${scheme}`);
    this.followLink = callback;
  }
  activate: () => void = unexpected('activate');
  ask: () => Leave = unexpected('quit');
  finish: () => Promise<void> = unexpected('quit');
  power: (event: PowerEvent) => void = unexpected('power');
  sessionEnd: () => void = unexpected('session end');
  exit: () => void = unexpected('exit');
  fault: (error: unknown) => void = unexpected('fault');
  helperGone: (what: string) => void = unexpected('helper gone');
  /** before: what is for later throws, as in Electron. gone: the app has quit. */
  #phase: 'before' | 'ready' | 'gone';
  constructor(phase: 'before' | 'ready' = 'before') {
    this.#phase = phase;
  }
  get isGone(): boolean {
    return this.#phase === 'gone';
  }
  /** Most of Electron is there only then; some of it, only before. */
  #only(phase: 'before' | 'ready', what: string): void {
    if (this.#phase !== phase) throw new Error(`${what} is for ${phase === 'ready' ? 'after' : 'before'} ready`);
  }

  takeSingleInstanceLock(): boolean {
    this.calls.push('lock');
    return this.lock;
  }
  enableSandbox(): void {
    this.#only('before', 'the sandbox');
    this.calls.push('sandbox');
  }
  drawWithoutGpu(): void {
    this.#only('before', 'drawing without a GPU');
    this.calls.push('no gpu');
  }
  registerScheme(scheme: string): void {
    this.#only('before', 'a scheme');
    this.calls.push(`register ${scheme}`);
  }
  async whenReady(): Promise<void> {
    await Promise.resolve();
    this.calls.push('ready');
    this.#phase = 'ready';
  }
  denyByDefault(scheme: string, mayOpen: (url: string) => boolean): void {
    this.#only('ready', 'a session');
    this.mayOpen = mayOpen;
    this.calls.push(`deny all but ${scheme}`);
  }
  serve(scheme: string, answer: (url: string) => PageFile): void {
    this.#only('ready', 'serving');
    this.calls.push(`serve ${scheme}`);
    this.answerPage = answer;
  }
  screens: Rectangle[] = [{ x: 0, y: 0, width: 1_920, height: 1_040 }];
  displays(): readonly Rectangle[] {
    this.#only('ready', 'a screen');
    return this.screens;
  }
  createWindow(_preloadFile: string, place: Place): WindowPort {
    this.#only('ready', 'a window');
    this.calls.push('window');
    if (this.windows.some(({ destroyed }) => !destroyed)) throw new Error('there is a window already');
    const window = new FakeWindow(this.windows.length + 1, place);
    this.windows.push(window);
    return window;
  }
  readonly bars: (readonly BarMenu[])[] = [];
  setMenuBar(bar: readonly BarMenu[]): void {
    this.#only('ready', 'a menu bar');
    this.bars.push(bar);
  }
  frameTheme: FrameTheme = 'system';
  setFrameTheme(theme: FrameTheme): void {
    this.#only('ready', 'a theme');
    this.frameTheme = theme;
  }
  createTray(): TrayPort {
    this.#only('ready', 'a tray');
    this.calls.push('tray');
    return this.tray;
  }
  createNotes(): NotePort {
    return this.notes;
  }
  preferredLanguages(): readonly string[] {
    return ['en-GB'];
  }
  handle(channel: string, answer: (sender: Sender, args: readonly unknown[]) => Promise<unknown>): void {
    if (this.handlers.has(channel)) throw new Error(`second handler for ${channel}`);
    this.calls.push(`handle ${channel}`);
    this.handlers.set(channel, answer);
  }
  onSecondInstance(callback: (args: readonly string[]) => void): void {
    this.#second = callback;
  }
  onActivate(callback: () => void): void {
    this.activate = callback;
  }
  keepRunningWithoutWindows(): void {
    this.calls.push('stay');
  }
  onQuit(ask: () => Leave): void {
    this.ask = ask;
    this.#isAsked = true;
    this.finish = async () => {
      const leave = ask();
      if (leave.kind === 'hold') await leave.until;
    };
  }
  quitForUpdate: () => void = unexpected('quit for an update');
  onQuitForUpdate(callback: () => void): void {
    this.quitForUpdate = callback;
  }
  #isAsked = false;
  onPower(callback: (event: PowerEvent) => void): void {
    this.#only('ready', 'the power monitor');
    this.power = callback;
  }
  onSessionEnd(callback: () => void): void {
    this.#only('ready', 'a window');
    this.sessionEnd = callback;
  }
  onExit(callback: () => void): void {
    this.exit = callback;
  }
  onFault(callback: (error: unknown) => void): void {
    this.fault = callback;
  }
  onHelperGone(callback: (what: string) => void): void {
    this.helperGone = callback;
  }
  copy(text: string): void {
    this.copied.push(text);
  }
  showError(title: string): void {
    this.calls.push(`error: ${title}`);
  }
  startAfterQuit(): void {
    this.calls.push('start again');
  }
  /** As Electron: whoever holds it is asked again later; one that goes is the end. */
  quit(): void {
    this.calls.push('quit');
    if (this.isGone) return;
    const leave: Leave = this.#isAsked ? this.ask() : { kind: 'go' };
    if (leave.kind === 'hold') void leave.until.then(() => this.quit());
    else this.#phase = 'gone';
  }
}
