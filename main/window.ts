/**
 * At most one window. Closing it gives its memory back and leaves the engine alone; showing again makes a new one that
 * draws from a snapshot. A page whose process died is loaded again, a few times, never with the engine.
 */
import type { Patch } from '../app/api/schema.ts';
import type { Log } from '../app/ports/log.ts';
import { CHANNELS, PAGE_URL } from './bridge.ts';
import type { ElectronPort, WindowPort } from './ports.ts';

/** A page that dies more often than this is left dead until its window is opened anew. */
const RELOADS = 3;

export class MainWindow {
  readonly #electron: Pick<ElectronPort, 'createWindow'>;
  readonly #preloadFile: string;
  readonly #log: Log;
  #window: WindowPort | undefined;

  constructor(electron: Pick<ElectronPort, 'createWindow'>, preloadFile: string, log: Log) {
    this.#electron = electron;
    this.#preloadFile = preloadFile;
    this.#log = log;
  }

  /** Opens it, or brings it to the front. */
  show(): void {
    this.#window ??= this.#create();
    this.#window.show();
  }

  isOurs(windowId: number): boolean {
    return this.#window?.id === windowId;
  }

  sendPatch(patch: Patch): void {
    this.#window?.send(CHANNELS.patch, patch);
  }

  #create(): WindowPort {
    const window = this.#electron.createWindow(this.#preloadFile);
    let reloads = 0;
    window.onClosed(() => {
      if (this.#window === window) this.#window = undefined;
    });
    window.onPageGone((reason) => {
      this.#log.write('warn', 'window', `the page is gone (${reason}); the tunnel is not affected`);
      if (reloads++ < RELOADS) window.reload();
    });
    window.load(PAGE_URL);
    return window;
  }
}
