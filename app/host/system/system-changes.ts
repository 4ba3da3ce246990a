/**
 * Keeps the operating system as it was: writes down what will be changed before the first change is made, makes the
 * changes, takes them back in reverse order. What a killed process left behind is taken back by the next start.
 *
 * `make` is all or nothing, once; `become` follows a wish that changes, by the difference alone.
 *
 * The journal is one value of the store: the whole list of changes with what was there before. Taking back a change that
 * was never made does nothing, so the list is true from the moment it is written until it is removed.
 */
import * as v from 'valibot';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { whyNoRoom } from '../store.ts';
import { fromStoredJson, toStoredJson } from '../stored-json.ts';
import { describeChange, encodeChange, makeChange, onLink, outlivesPlace, remakeChange, SystemChange, takeBack } from './changes.ts';
import type { ResolvConf, SystemPort } from './port.ts';

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
    const journal = v.safeParse(Journal, fromStoredJson(bytes));
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
    this.#journal(changes);
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

  /**
   * Makes what is wanted and not there, takes back what is there and not wanted, and touches nothing else. One that the
   * system refuses does not stop the others. Returns a sentence for each of those; they are tried again next time.
   */
  become(wanted: readonly SystemChange[]): string[] {
    const keys = new Set(wanted.map(keyOf));
    const had = new Map(this.#made.map((change) => [keyOf(change), change]));
    const gone = this.#made.filter((change) => !keys.has(keyOf(change)));
    const fresh = wanted.filter((change) => !had.has(keyOf(change)));
    if (gone.length === 0 && fresh.length === 0) return [];
    const refused = fresh.length === 0 ? [] : this.#unwritten([...this.#made, ...fresh]);
    const stuck = this.#takeEachBack(gone);
    const made = [...stuck, ...this.#made.filter((change) => keys.has(keyOf(change)))];
    // What is not in the journal is not made. What is to go needs none: a journal that names too much does no harm.
    for (const change of refused.length > 0 ? [] : fresh) {
      try {
        makeChange(change, this.#system);
        made.push(change);
      } catch (error) {
        refused.push(`The system refused to ${describeChange(change)}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    this.#made = made;
    if (made.length === 0) this.#store.remove(NAME);
    else if (gone.length > stuck.length || refused.length > 0) for (const why of this.#unwritten(made)) this.#log.write('warn', 'system', why);
    return refused;
  }

  /**
   * Makes one again that somebody undid, or that was refused. It is in the journal before it is made. Of a file that somebody
   * else wrote meanwhile, that text is what comes back in the end. Throws what the system says when it refuses.
   */
  remake(change: SystemChange): void {
    // As nearly always: it is in the journal already, as it is.
    if (change.kind !== 'resolv-conf' && this.#made.includes(change)) return remakeChange(change, this.#system);
    const key = keyOf(change);
    const others = this.#made.filter((made) => keyOf(made) !== key && (change.kind !== 'resolv-conf' || made.kind !== 'resolv-conf'));
    const now = change.kind === 'resolv-conf' ? { ...change, before: this.#beforeUs(change) } : change;
    if (others.length === this.#made.length || change.kind === 'resolv-conf') {
      this.#journal([...others, now]);
      this.#made = [...others, now];
    }
    remakeChange(now, this.#system);
  }

  /** The link of this index has another name now; what was made on it stands. */
  linkRenamed(ifindex: number, name: string): void {
    if (this.#made.length === 0) return;
    this.#made = this.#made.map((change) => ('link' in change && change.link.ifindex === ifindex ? onLink(change, { ifindex, name }) : change));
    for (const why of this.#unwritten(this.#made)) this.#log.write('warn', 'system', why);
  }

  /** Idempotent. */
  takeAllBack(): void {
    const made = this.#made;
    this.#made = [];
    this.#takeBack(made);
  }

  #beforeUs(change: Extract<SystemChange, { kind: 'resolv-conf' }>): ResolvConf {
    const now = this.#system.readResolvConf();
    const made = this.#made.find(({ kind }) => kind === 'resolv-conf');
    const known = made?.kind === 'resolv-conf' ? made.before : change.before;
    return now.kind === 'file' && now.text === change.text ? known : now;
  }

  #journal(changes: readonly SystemChange[]): void {
    const journal = { version: 1, place: this.#system.place(), changes: changes.map(encodeChange) };
    this.#store.write(NAME, toStoredJson(journal));
  }

  /** Writes the journal; what hinders it, as a sentence. */
  #unwritten(changes: readonly SystemChange[]): string[] {
    const why = whyNoRoom(() => this.#journal(changes));
    return why === undefined ? [] : [why];
  }

  /** The journal goes last, and stays when something could not be taken back: the next start tries again. */
  #takeBack(changes: readonly SystemChange[]): void {
    if (this.#takeEachBack(changes).length === 0) this.#store.remove(NAME);
  }

  /** In reverse order. Returns those that could not be taken back. */
  #takeEachBack(changes: readonly SystemChange[]): SystemChange[] {
    const stuck: SystemChange[] = [];
    for (const change of changes.toReversed()) {
      try {
        takeBack(change, this.#system);
      } catch (error) {
        stuck.unshift(change);
        this.#log.write('warn', 'system', `could not take back "${describeChange(change)}": ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return stuck;
  }
}

const keyOf = (change: SystemChange): string => JSON.stringify(encodeChange(change));
