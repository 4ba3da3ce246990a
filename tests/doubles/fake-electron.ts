/**
 * A twin of ElectronPort for tests: records the order of calls, lets a test play the system's part, and throws on
 * anything nobody expected.
 */
import type { PowerEvent } from '../../app/time/sleep-detector.ts';
import type { ElectronPort, MenuEntry, PageFile, Sender, TrayAction, TrayIcon, TrayPort, WindowPort } from '../../main/ports.ts';

export class FakeWindow implements WindowPort {
  readonly id: number;
  readonly sent: { channel: string; data: unknown }[] = [];
  loaded: string[] = [];
  shown = 0;
  reloads = 0;
  closed: () => void = unexpected('window closed');
  pageGone: (reason: string) => void = unexpected('page gone');

  constructor(id: number) {
    this.id = id;
  }

  load(url: string): void {
    this.loaded.push(url);
  }
  show(): void {
    this.shown += 1;
  }
  send(channel: string, data: unknown): void {
    this.sent.push({ channel, data });
  }
  onClosed(callback: () => void): void {
    this.closed = callback;
  }
  onPageGone(callback: (reason: string) => void): void {
    this.pageGone = callback;
  }
  reload(): void {
    this.reloads += 1;
  }
}

export class FakeTray implements TrayPort {
  icon: TrayIcon | undefined;
  tooltip = '';
  menus: (readonly MenuEntry[])[] = [];
  act: (action: TrayAction) => void = unexpected('tray action');
  menuOpen: (open: boolean) => void = unexpected('menu open');

  setIcon(icon: TrayIcon): void {
    this.icon = icon;
  }
  setTooltip(text: string): void {
    this.tooltip = text;
  }
  setMenu(entries: readonly MenuEntry[]): void {
    this.menus.push(entries);
  }
  onAction(callback: (action: TrayAction) => void): void {
    this.act = callback;
  }
  onMenuOpen(callback: (open: boolean) => void): void {
    this.menuOpen = callback;
  }
  destroy(): void {
    throw new Error('nobody should destroy the tray');
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
  readonly handlers = new Map<string, (sender: Sender, args: readonly unknown[]) => Promise<unknown>>();
  readonly copied: string[] = [];
  lock = true;
  mayOpen: (url: string) => boolean = unexpected('link asked');
  answerPage: (url: string) => PageFile = unexpected('page asked');
  secondInstance: () => void = unexpected('second instance');
  activate: () => void = unexpected('activate');
  finish: () => Promise<void> = unexpected('quit');
  power: (event: PowerEvent) => void = unexpected('power');

  takeSingleInstanceLock(): boolean {
    this.calls.push('lock');
    return this.lock;
  }
  enableSandbox(): void {
    this.calls.push('sandbox');
  }
  registerScheme(scheme: string): void {
    this.calls.push(`register ${scheme}`);
  }
  whenReady(): Promise<void> {
    this.calls.push('ready');
    return Promise.resolve();
  }
  denyByDefault(scheme: string, mayOpen: (url: string) => boolean): void {
    this.mayOpen = mayOpen;
    this.calls.push(`deny all but ${scheme}`);
  }
  serve(scheme: string, answer: (url: string) => PageFile): void {
    this.calls.push(`serve ${scheme}`);
    this.answerPage = answer;
  }
  createWindow(): WindowPort {
    this.calls.push('window');
    const window = new FakeWindow(this.windows.length + 1);
    this.windows.push(window);
    return window;
  }
  createTray(): TrayPort {
    this.calls.push('tray');
    return this.tray;
  }
  handle(channel: string, answer: (sender: Sender, args: readonly unknown[]) => Promise<unknown>): void {
    if (this.handlers.has(channel)) throw new Error(`second handler for ${channel}`);
    this.calls.push(`handle ${channel}`);
    this.handlers.set(channel, answer);
  }
  onSecondInstance(callback: () => void): void {
    this.secondInstance = callback;
  }
  onActivate(callback: () => void): void {
    this.activate = callback;
  }
  keepRunningWithoutWindows(): void {
    this.calls.push('stay');
  }
  onQuit(finish: () => Promise<void>): void {
    this.finish = finish;
  }
  onPower(callback: (event: PowerEvent) => void): void {
    this.power = callback;
  }
  copy(text: string): void {
    this.copied.push(text);
  }
  showError(title: string): void {
    this.calls.push(`error: ${title}`);
  }
  quit(): void {
    this.calls.push('quit');
  }
}
