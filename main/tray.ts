/**
 * Keeps the tray equal to trayView(snapshot). Touches only what changed, and never the menu while somebody looks at it:
 * the newest view waits until it is closed.
 */
import type { Snapshot } from '../app/api/schema.ts';
import { trayView, type TrayView } from './tray-view.ts';
import type { TrayAction, TrayPort } from './ports.ts';

export class Tray {
  readonly #port: TrayPort;
  #shown: TrayView | undefined;
  #waiting: TrayView | undefined;
  #menuOpen = false;

  constructor(port: TrayPort, act: (action: TrayAction) => void) {
    this.#port = port;
    port.onAction(act);
    port.onMenuOpen((open) => {
      this.#menuOpen = open;
      if (!open && this.#waiting !== undefined) this.#apply(this.#waiting);
    });
    this.show(undefined);
  }

  /** Undefined: the engine is not there yet. */
  show(snapshot: Snapshot | undefined): void {
    const view = trayView(snapshot);
    if (this.#menuOpen) this.#waiting = view;
    else this.#apply(view);
  }

  #apply(view: TrayView): void {
    this.#waiting = undefined;
    if (view.icon !== this.#shown?.icon) this.#port.setIcon(view.icon);
    if (view.tooltip !== this.#shown?.tooltip) this.#port.setTooltip(view.tooltip);
    if (JSON.stringify(view.menu) !== JSON.stringify(this.#shown?.menu)) this.#port.setMenu(view.menu);
    this.#shown = view;
  }
}
