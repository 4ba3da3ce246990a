/**
 * Keeps the tray equal to a view. Image and tooltip follow at once. The menu is changed entry by entry; under a person's eyes
 * only what is read changes, and nothing that could be clicked moves or gets another meaning. What has to wait until the menu
 * is closed is told in it.
 */
import type { EntryChange, MenuEntry, TrayImage, TrayPort } from './tray-port.ts';
import type { TrayAction, TrayView } from './tray-view.ts';

/** Some systems forget to tell that a menu was closed: after so long it counts as closed (ms). */
export const OPEN_AT_MOST = 60_000;

export class Tray {
  readonly #port: TrayPort;
  /** What the port shows now. */
  #menu: readonly MenuEntry[] = [];
  #actions: ReadonlyMap<string, TrayAction> = new Map();
  #image: TrayImage | undefined;
  #tooltip: string | undefined;
  #newest: TrayView | undefined;
  #openSince: number | undefined;
  readonly #time: () => number;

  /** `time`: monotonic ms. `act` gets the entry that was chosen, and what it meant when it was shown. */
  constructor(port: TrayPort, time: () => number, act: (id: string, action: TrayAction) => void) {
    this.#port = port;
    this.#time = time;
    port.onChoose((id) => {
      // Before what came meanwhile is shown: it means what was read when it was clicked.
      const action = this.#actions.get(id);
      this.#closed();
      if (action !== undefined) act(id, action);
    });
    port.onClick(() => act('open', { kind: 'open', page: null }));
    port.onMenuOpen((open) => {
      if (open) this.#openSince = this.#time();
      else this.#closed();
    });
  }

  show(view: TrayView): void {
    this.#newest = view;
    if (view.image.icon !== this.#image?.icon || view.image.dot !== this.#image.dot) this.#port.setImage(view.image);
    if (view.tooltip !== this.#tooltip) this.#port.setTooltip(view.tooltip);
    this.#image = view.image;
    this.#tooltip = view.tooltip;
    if (this.#isOpen()) this.#showUnderEyes(view);
    else this.#showMenu(view);
  }

  #isOpen(): boolean {
    return this.#openSince !== undefined && this.#time() - this.#openSince < OPEN_AT_MOST;
  }

  #closed(): void {
    if (this.#openSince === undefined) return;
    this.#openSince = undefined;
    if (this.#newest !== undefined) this.#showMenu(this.#newest);
  }

  #showMenu(view: TrayView): void {
    if (shape(view.menu) === shape(this.#menu)) {
      const changes = difference(this.#menu, view.menu);
      if (changes.length > 0) this.#port.changeEntries(changes);
    } else {
      this.#port.setMenu(view.menu);
    }
    this.#menu = view.menu;
    this.#actions = view.actions;
  }

  #showUnderEyes(view: TrayView): void {
    if (!this.#port.changesWhileOpen) return;
    const wanted = new Map(flat(view.menu).map((entry) => [entry.id, entry]));
    let waits = shape(view.menu) !== shape(this.#menu);
    const menu = mapEntries(this.#menu, (entry) => {
      const next = wanted.get(entry.id);
      if (next === undefined) return entry;
      if (entry.kind === 'text' && next.kind === 'text' && entry.visible && next.visible) return { ...entry, label: next.label };
      if (JSON.stringify(next) !== JSON.stringify(entry) && entry.kind !== 'group') waits = true;
      // What can no longer be done can no longer be clicked; what can be done anew waits.
      return entry.kind === 'action' && next.kind === 'action' && !(next.visible && next.enabled) ? { ...entry, enabled: false } : entry;
    });
    const told = mapEntries(menu, (entry) => (entry.id === 'stale' && waits ? { ...entry, visible: true } : entry));
    const changes = difference(this.#menu, told);
    if (changes.length > 0) this.#port.changeEntries(changes);
    this.#menu = told;
  }
}

const flat = (entries: readonly MenuEntry[]): MenuEntry[] => entries.flatMap((entry) => (entry.kind === 'group' ? [entry, ...flat(entry.entries)] : [entry]));

const mapEntries = (entries: readonly MenuEntry[], change: (entry: MenuEntry) => MenuEntry): MenuEntry[] =>
  entries.map((entry) => {
    const next = change(entry);
    return next.kind === 'group' ? { ...next, entries: mapEntries(next.entries, change) } : next;
  });

/** Which entries there are, and where. */
const shape = (entries: readonly MenuEntry[]): string =>
  entries.map((entry) => `${entry.kind} ${entry.id}${entry.kind === 'group' ? `(${shape(entry.entries)})` : ''}`).join('\n');

/** Both of the same shape. */
function difference(before: readonly MenuEntry[], after: readonly MenuEntry[]): EntryChange[] {
  const old = new Map(flat(before).map((entry) => [entry.id, entry]));
  return flat(after).flatMap((entry) => {
    const was = old.get(entry.id);
    const change: { -readonly [K in keyof EntryChange]: EntryChange[K] } = { id: entry.id };
    if (was?.visible !== entry.visible) change.visible = entry.visible;
    if ('label' in entry && (was === undefined || !('label' in was) || was.label !== entry.label)) change.label = entry.label;
    if ('enabled' in entry && (was === undefined || !('enabled' in was) || was.enabled !== entry.enabled)) change.enabled = entry.enabled;
    if ('checked' in entry && (was === undefined || !('checked' in was) || was.checked !== entry.checked)) change.checked = entry.checked;
    return Object.keys(change).length > 1 ? [change] : [];
  });
}
