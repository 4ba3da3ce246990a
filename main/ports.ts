/**
 * What Bowline uses of Electron, as interfaces: types only. `electron-adapter.ts` is the one implementation, the tests
 * bring a fake. No handler here is given an Electron object, so none can leak one to the page.
 */

import type { PowerEvent } from '../app/time/sleep-detector.ts';
import type { FrameTheme } from './frame-theme.ts';
import type { Leave } from './leaving.ts';
import type { BarMenu } from './menu-bar.ts';
import type { NotePort } from './note-port.ts';
import type { TrayPort } from './tray-port.ts';
import type { Place, Rectangle } from './window-place.ts';

/** Who sent an IPC message. Null frame: it was gone before we looked. */
export interface Sender {
  /** The window that hosts the page; undefined for anything that is not one of our windows. */
  readonly windowId: number | undefined;
  readonly frame: { readonly url: string; readonly isMain: boolean } | null;
}

export interface WindowPort {
  readonly id: number;
  /** Nothing happens where it is there already. */
  load(url: string): void;
  /** In front of the others, with the keyboard. */
  show(): void;
  hide(): void;
  /** At once, and without a question to the page. */
  destroy(): void;
  /** Of the window as it is when it fills no screen. */
  place(): Rectangle;
  send(channel: string, data: unknown): void;
  /** The page has drawn for the first time. */
  onDrawn(callback: () => void): void;
  /** A person closes it. It stays: what becomes of it is said by `hide` and `destroy`. */
  onClose(callback: () => void): void;
  onClosed(callback: () => void): void;
  /** The page's process died, or it could not be loaded; the window is still there. */
  onPageGone(callback: (reason: string) => void): void;
  /** True: the page does not answer. False: it does again. */
  onHung(callback: (hung: boolean) => void): void;
}

/** One file of the page, ready to serve. */
export interface PageFile {
  readonly status: 200 | 404;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface ElectronPort {
  /** False: another instance runs, and has been told. Before anything is opened. */
  takeSingleInstanceLock(): boolean;
  /** Every page runs in Chromium's sandbox, whatever its window says. Before ready. */
  enableSandbox(): void;
  /** The page is drawn by the processor: Chromium ends this whole process, and the tunnel with it, when its GPU process fails over
   *  and over, as bad drivers make it. It also saves that process's memory. Before ready. */
  drawWithoutGpu(): void;
  /** Declares `app:` a standard, secure scheme. Before ready. */
  registerScheme(scheme: string): void;
  whenReady(): Promise<void>;
  /** Permissions, devices, screen capture, navigation, new windows, webviews, and every request outside `scheme`: refused. A link
   *  that `mayOpen` knows goes to the system's browser, never into a window of ours. */
  denyByDefault(scheme: string, mayOpen: (url: string) => boolean): void;
  serve(scheme: string, answer: (url: string) => PageFile): void;
  /** Not shown yet. */
  createWindow(preloadFile: string, place: Place): WindowPort;
  /** What of each display is free for windows; the main one first. After ready. */
  displays(): readonly Rectangle[];
  /** Of every window. After ready, before there is one. */
  setMenuBar(bar: readonly BarMenu[]): void;
  /** Of titles and menus that the system draws; not of the tray. After ready. */
  setFrameTheme(theme: FrameTheme): void;
  createTray(): TrayPort;
  createNotes(): NotePort;
  /** What the person's system prefers, best first (BCP 47). After ready. */
  preferredLanguages(): readonly string[];
  handle(channel: string, answer: (sender: Sender, args: readonly unknown[]) => Promise<unknown>): void;
  /** `args`: of the second launch, written by whoever made it. */
  onSecondInstance(callback: (args: readonly string[]) => void): void;
  /** Links of this scheme lead here, as far as the system lets them; told by the system itself (macOS). Before ready. */
  takeLinks(scheme: string, callback: (url: string) => void): void;
  /** The dock icon was clicked (macOS). */
  onActivate(callback: () => void): void;
  /** Stays alive in the tray when the last window closes. */
  keepRunningWithoutWindows(): void;
  /** Asked before each quit: it goes on, or is held and asked for again when `until` resolves. */
  onQuit(ask: () => Leave): void;
  /** An installer waits for the end of the app: nothing may hold it up. */
  onQuitForUpdate(callback: () => void): void;
  /** `shutdown` is held until the app has quit, as far as the system waits for anybody (macOS, Linux). After ready. */
  onPower(callback: (event: PowerEvent) => void): void;
  /** The session ends, and this process as soon as `callback` returns (Windows, which asks nobody before). After ready. */
  onSessionEnd(callback: () => void): void;
  /** The last moment of this process, however it ends: nothing can be waited for. */
  onExit(callback: () => void): void;
  /** An error that nobody caught; the app goes on. */
  onFault(callback: (error: unknown) => void): void;
  /** One of Chromium's own processes ended, such as the network's; Chromium starts it anew. */
  onHelperGone(callback: (what: string) => void): void;
  copy(text: string): void;
  /** A dialog of the system, for what cannot be shown in a window. */
  showError(title: string, text: string): void;
  quit(): void;
  /** Once it has quit, it is started anew, with a window; said twice, once. */
  startAfterQuit(): void;
}
