/**
 * At most one window. Closing it gives its memory back and leaves the engine alone; showing again makes a new one that
 * draws from a snapshot. A page whose process died is loaded again, a few times, never with the engine.
 */
import type { Patch } from '../app/api/schema.ts';
import type { Log } from '../app/ports/log.ts';
import { CHANNELS, PAGE_URL } from './bridge.ts';
import type { ElectronPort, WindowPort } from './ports.ts';
import type { WindowPage } from './tray-view.ts';

/** A page that dies more often than this is left dead until its window is opened anew. */
const RELOADS = 3;

/** Only the part after '#' differs, so a page that is there stays and follows it. */
const addressOf = (page: WindowPage): string => (page === 'overview' ? `${PAGE_URL}#/` : `${PAGE_URL}#/${page}`);

export class MainWindow {
  readonly #electron: Pick<ElectronPort, 'createWindow'>;
  readonly #preloadFile: string;
  readonly #log: Log;
  /** A person looks, until the answer is called. */
  readonly #watch: () => () => void;
  #window: WindowPort | undefined;

  constructor(electron: Pick<ElectronPort, 'createWindow'>, preloadFile: string, log: Log, watch: () => () => void) {
    this.#electron = electron;
    this.#preloadFile = preloadFile;
    this.#log = log;
    this.#watch = watch;
  }

  /** Opens it, or brings it to the front; at a page of it, or (null) where it is. */
  show(page: WindowPage | null = null): void {
    if (this.#window === undefined) this.#window = this.#create(page);
    else if (page !== null) this.#window.load(addressOf(page));
    this.#window.show();
  }

  isOurs(windowId: number): boolean {
    return this.#window?.id === windowId;
  }

  sendPatch(patch: Patch): void {
    this.#window?.send(CHANNELS.patch, patch);
  }

  #create(page: WindowPage | null): WindowPort {
    const window = this.#electron.createWindow(this.#preloadFile);
    let reloads = 0;
    const unwatch = this.#watch();
    window.onClosed(() => {
      unwatch();
      if (this.#window === window) this.#window = undefined;
    });
    window.onPageGone((reason) => {
      this.#log.write('warn', 'window', `the page is gone (${reason}); the tunnel is not affected`);
      if (reloads++ < RELOADS) window.reload();
    });
    window.load(page === null ? PAGE_URL : addressOf(page));
    return window;
  }
}
