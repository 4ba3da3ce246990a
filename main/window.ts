/**
 * Drives the one window: does what its life (window-life.ts) decides, keeps its place, and tells the engine while a person
 * looks. A window that is no longer the current one is not listened to. It never touches the engine otherwise.
 */
import type { Patch } from '../app/api/schema.ts';
import type { Log } from '../app/ports/log.ts';
import type { Store } from '../app/ports/store.ts';
import { instant } from '../app/time/instant.ts';
import { CHANNELS, PAGE_URL } from './bridge.ts';
import type { Clock } from './face-feed.ts';
import type { ElectronPort, WindowPort } from './ports.ts';
import type { WindowPage } from './tray-view.ts';
import { deadlineOf, noWindow, step, type WindowEffect, type WindowInput, type WindowLife } from './window-life.ts';
import { WindowMemory } from './window-memory.ts';
import { placeOf } from './window-place.ts';

/** Only the part after '#' differs, so a page that is there stays and follows it. */
const addressOf = (page: WindowPage): string => (page === 'overview' ? `${PAGE_URL}#/` : `${PAGE_URL}#/${page}`);

export interface WindowParts {
  readonly electron: Pick<ElectronPort, 'createWindow' | 'displays'>;
  readonly preloadFile: string;
  readonly log: Log;
  readonly store: Store;
  readonly clock: Clock;
  /** A person looks, until the answer is called. */
  readonly watch: () => () => void;
  readonly tell: (what: 'window.in-tray' | 'window.deaths') => void;
}

export class MainWindow {
  readonly #parts: WindowParts;
  readonly #memory: WindowMemory;
  #life: WindowLife;
  #window: WindowPort | undefined;
  #unwatch: (() => void) | undefined;
  #cancel: () => void = () => {};

  constructor(parts: WindowParts) {
    this.#parts = parts;
    this.#memory = new WindowMemory(parts.store, parts.log);
    this.#life = noWindow(this.#memory.toldOfTray);
  }

  /** Opens it, or brings it to the front; at a page of it, or (null) where it is. */
  show(page: WindowPage | null = null): void {
    this.#take({ kind: 'show', page });
  }

  /** The app ends. */
  leave(): void {
    this.#keepPlace();
    this.#take({ kind: 'leave' });
  }

  isOurs(windowId: number): boolean {
    return this.#window?.id === windowId;
  }

  sendPatch(patch: Patch): void {
    this.#window?.send(CHANNELS.patch, patch);
  }

  #take(input: WindowInput): void {
    const { life, effects } = step(this.#life, input, instant(this.#parts.clock.time()));
    this.#life = life;
    for (const effect of effects) this.#do(effect);
    this.#watchWhileSeen();
    this.#cancel();
    const due = deadlineOf(this.#life);
    this.#cancel = due === undefined ? () => {} : this.#parts.clock.wake(Math.max(0, due - this.#parts.clock.time()), () => this.#take({ kind: 'time' }));
  }

  #do(effect: WindowEffect): void {
    switch (effect.kind) {
      case 'create':
        this.#window = this.#create();
        return this.#window.load(effect.page === null ? PAGE_URL : addressOf(effect.page));
      case 'load':
        return this.#window?.load(addressOf(effect.page));
      case 'show':
        return this.#window?.show();
      case 'hide':
        this.#keepPlace();
        return this.#window?.hide();
      case 'destroy': {
        const window = this.#window;
        // First, so that its last word is not taken for the end of a window that nobody asked for.
        this.#window = undefined;
        return window?.destroy();
      }
      case 'tell-of-tray':
        this.#memory.keep({ toldOfTray: true });
        return this.#parts.tell('window.in-tray');
      case 'tell-of-deaths':
        return this.#parts.tell('window.deaths');
    }
  }

  #create(): WindowPort {
    const { electron, preloadFile, log } = this.#parts;
    const window = electron.createWindow(preloadFile, placeOf(this.#memory.place, electron.displays()));
    const hear = (input: WindowInput, line?: string): void => {
      if (this.#window !== window) return;
      if (line !== undefined) log.write('warn', 'window', line);
      if (input.kind === 'closed') this.#window = undefined;
      this.#take(input);
    };
    window.onDrawn(() => hear({ kind: 'drawn' }));
    window.onClose(() => hear({ kind: 'close' }));
    window.onClosed(() => hear({ kind: 'closed' }));
    window.onPageGone((reason) => hear({ kind: 'page-gone' }, `the page is gone (${reason}); the tunnel is not affected`));
    window.onHung((hung) => hear({ kind: hung ? 'hung' : 'answers' }, hung ? 'the page does not answer; the tunnel is not affected' : undefined));
    return window;
  }

  #keepPlace(): void {
    if (this.#window !== undefined && this.#life.state.kind !== 'opening') this.#memory.keep({ place: this.#window.place() });
  }

  #watchWhileSeen(): void {
    const { kind } = this.#life.state;
    const seen = kind === 'opening' || kind === 'shown';
    if (seen) this.#unwatch ??= this.#parts.watch();
    else {
      this.#unwatch?.();
      this.#unwatch = undefined;
    }
  }
}
