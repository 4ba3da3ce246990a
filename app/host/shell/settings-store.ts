/**
 * What a person chose, as one value of the Store: whole and atomic there, read field by field here, so that one bad field loses
 * only itself. Fields that this version does not know are kept. It knows no screen. Caller: shell.ts.
 */
import * as v from 'valibot';
import { Settings } from '../../api/schema.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { toStoredJson } from '../stored-json.ts';

const NAME = 'settings';
const VERSION = 1;
export const DEFAULTS: Settings = { language: 'system', theme: 'system', startAtLogin: false, notify: 'problems', report: 'stand-ins', updates: 'ask' };

export type Change = { readonly [K in keyof Settings]?: Settings[K] | undefined };

export class SettingsStore {
  readonly #store: Store;
  /** Of a newer version, or another program: written back as they are. */
  #unknown: Readonly<Record<string, unknown>> = {};
  #settings: Settings = DEFAULTS;

  /** Never throws: what cannot be read is told to the log, and the defaults stand. */
  constructor(store: Store, log: Log) {
    this.#store = store;
    try {
      const bytes = store.read(NAME);
      if (bytes !== undefined) this.#take(JSON.parse(new TextDecoder().decode(bytes)), log);
    } catch (error) {
      log.write('warn', 'settings', `the settings cannot be read, so the defaults are used: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  get(): Settings {
    return this.#settings;
  }

  /** Undefined: kept, on disk and here. Else what the system says, and nothing has changed. */
  change(change: Change): string | undefined {
    const next = { ...this.#settings, ...defined(change) };
    try {
      this.#store.write(NAME, toStoredJson({ version: VERSION, settings: { ...this.#unknown, ...next } }));
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    this.#settings = next;
    return undefined;
  }

  #take(file: unknown, log: Log): void {
    const read = v.safeParse(v.object({ settings: v.record(v.string(), v.unknown()) }), file);
    if (!read.success) return log.write('warn', 'settings', 'the file of settings has no settings in it, so the defaults are used');
    const { settings } = read.output;
    this.#unknown = Object.fromEntries(Object.entries(settings).filter(([name]) => !(name in Settings.entries)));
    const taken: Record<string, unknown> = { ...DEFAULTS };
    for (const [name, schema] of Object.entries(Settings.entries)) {
      if (!(name in settings)) continue;
      if (v.is(schema, settings[name])) taken[name] = settings[name];
      else log.write('warn', 'settings', `the setting "${name}" has a value that this version does not know, so its default is used`);
    }
    this.#settings = v.parse(Settings, taken);
  }
}

/** Without what is absent: undefined would overwrite. */
function defined(change: Change): Partial<Settings> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
