/**
 * What Bowline uses of Electron, as interfaces: types only. `electron-adapter.ts` is the one implementation, the tests
 * bring a fake. No handler here is given an Electron object, so none can leak one to the page.
 */

import type { PowerEvent } from '../app/time/sleep-detector.ts';
import type { NotePort } from './note-port.ts';
import type { TrayPort } from './tray-port.ts';

/** Who sent an IPC message. Null frame: it was gone before we looked. */
export interface Sender {
  /** The window that hosts the page; undefined for anything that is not one of our windows. */
  readonly windowId: number | undefined;
  readonly frame: { readonly url: string; readonly isMain: boolean } | null;
}

export interface WindowPort {
  readonly id: number;
  load(url: string): void;
  show(): void;
  send(channel: string, data: unknown): void;
  onClosed(callback: () => void): void;
  /** The page's process died or hangs; the window is still there. */
  onPageGone(callback: (reason: string) => void): void;
  reload(): void;
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
  /** Declares `app:` a standard, secure scheme. Before ready. */
  registerScheme(scheme: string): void;
  whenReady(): Promise<void>;
  /** Permissions, devices, screen capture, navigation, new windows, webviews, and every request outside `scheme`: refused. A link
   *  that `mayOpen` knows goes to the system's browser, never into a window of ours. */
  denyByDefault(scheme: string, mayOpen: (url: string) => boolean): void;
  serve(scheme: string, answer: (url: string) => PageFile): void;
  createWindow(preloadFile: string): WindowPort;
  createTray(): TrayPort;
  createNotes(): NotePort;
  /** What the person's system prefers, best first (BCP 47). After ready. */
  preferredLanguages(): readonly string[];
  handle(channel: string, answer: (sender: Sender, args: readonly unknown[]) => Promise<unknown>): void;
  onSecondInstance(callback: () => void): void;
  /** The dock icon was clicked (macOS). */
  onActivate(callback: () => void): void;
  /** Stays alive in the tray when the last window closes. */
  keepRunningWithoutWindows(): void;
  /** Quitting waits for `finish`, once. */
  onQuit(finish: () => Promise<void>): void;
  onPower(callback: (event: PowerEvent) => void): void;
  copy(text: string): void;
  /** A dialog of the system, for what cannot be shown in a window. */
  showError(title: string, text: string): void;
  quit(): void;
}
