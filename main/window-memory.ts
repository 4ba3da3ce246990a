/** What is kept of the window between two starts: its place, and that a person knows of the tray. Foreign like every file. Caller: window.ts. */
import * as v from 'valibot';
import { fromStoredJson, toStoredJson } from '../app/host/stored-json.ts';
import type { Log } from '../app/ports/log.ts';
import type { Store } from '../app/ports/store.ts';
import { RectangleSchema, type Rectangle } from './window-place.ts';

const NAME = 'window';
const Kept = v.object({ place: v.fallback(v.nullable(RectangleSchema), null), toldOfTray: v.fallback(v.boolean(), false) });

export class WindowMemory {
  readonly #store: Store;
  readonly #log: Log;
  #kept: { readonly place: Rectangle | null; readonly toldOfTray: boolean };

  /** Never throws: what cannot be read counts as nothing. */
  constructor(store: Store, log: Log) {
    this.#store = store;
    this.#log = log;
    this.#kept = this.#read();
  }

  get place(): Rectangle | null {
    return this.#kept.place;
  }

  get toldOfTray(): boolean {
    return this.#kept.toldOfTray;
  }

  keep(change: { readonly place?: Rectangle; readonly toldOfTray?: true }): void {
    const next = { ...this.#kept, ...change };
    if (JSON.stringify(next) === JSON.stringify(this.#kept)) return;
    this.#kept = next;
    try {
      this.#store.write(NAME, toStoredJson(next));
    } catch (error) {
      this.#log.write('warn', 'window', `its place is not kept: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #read(): { readonly place: Rectangle | null; readonly toldOfTray: boolean } {
    try {
      const bytes = this.#store.read(NAME);
      const read = v.safeParse(Kept, bytes === undefined ? undefined : fromStoredJson(bytes));
      if (read.success) return read.output;
    } catch {
      // Told by the store where it matters; a place is no loss.
    }
    return { place: null, toldOfTray: false };
  }
}
