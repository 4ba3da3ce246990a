/**
 * Keeps the operating system as it was: writes down what will be changed before the first change is made, makes the
 * changes, takes them back in reverse order. What a killed process left behind is taken back by the next start.
 *
 * The journal is one value of the store: the whole list of changes with what was there before. Taking back a change that
 * was never made does nothing, so the list is true from the moment it is written until it is removed.
 */
import * as v from 'valibot';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { describeChange, encodeChange, makeChange, outlivesPlace, SystemChange, takeBack } from './changes.ts';
import type { SystemPort } from './port.ts';

const NAME = 'system-journal';
const Journal = v.object({ version: v.literal(1), place: v.object({ boot: v.string(), namespace: v.string() }), changes: v.array(SystemChange) });

/** A change that the system refused; those before it were taken back. The message is a sentence for a person. */
export class ChangeError extends Error {
  override readonly name = 'ChangeError';
}

export class SystemChanges {
  readonly #system: SystemPort;
  readonly #store: Store;
  readonly #log: Log;
  #made: SystemChange[] = [];

  constructor(init: { readonly system: SystemPort; readonly store: Store; readonly log: Log }) {
    this.#system = init.system;
    this.#store = init.store;
    this.#log = init.log;
  }

  /** Takes back what an earlier process left. Returns how many changes its journal held. Call it before anything else. */
  recover(): number {
    const bytes = this.#store.read(NAME);
    if (bytes === undefined) return 0;
    const journal = v.safeParse(Journal, parse(bytes));
    if (!journal.success) {
      this.#log.write('error', 'system', 'the journal of system changes is not readable: what it held cannot be taken back');
      this.#store.remove(NAME);
      return 0;
    }
    const { changes, place } = journal.output;
    const here = this.#system.place();
    const samePlace = place.boot === here.boot && place.namespace === here.namespace;
    if (place.boot === here.boot && !samePlace) this.#log.write('warn', 'system', 'an earlier Bowline was killed in another network namespace: what it changed there stays until that namespace ends');
    this.#takeBack(samePlace ? changes : changes.filter(outlivesPlace));
    return changes.length;
  }

  /** All or nothing. Throws a {@link ChangeError} when the system refuses one. */
  make(changes: readonly SystemChange[]): void {
    const journal = { version: 1, place: this.#system.place(), changes: changes.map(encodeChange) };
    this.#store.write(NAME, new TextEncoder().encode(JSON.stringify(journal)));
    this.#made = [];
    for (const change of changes) {
      try {
        makeChange(change, this.#system);
      } catch (error) {
        this.takeAllBack();
        throw new ChangeError(`The system refused to ${describeChange(change)}: ${error instanceof Error ? error.message : String(error)}`);
      }
      this.#made.push(change);
    }
  }

  /** Idempotent. */
  takeAllBack(): void {
    const made = this.#made;
    this.#made = [];
    this.#takeBack(made);
  }

  /** The journal goes last, and stays when something could not be taken back: the next start tries again. */
  #takeBack(changes: readonly SystemChange[]): void {
    let failed = 0;
    for (const change of changes.toReversed()) {
      try {
        takeBack(change, this.#system);
      } catch (error) {
        failed++;
        this.#log.write('warn', 'system', `could not take back "${describeChange(change)}": ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (failed === 0) this.#store.remove(NAME);
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
