/**
 * Lets the update machine (states.ts) act: looks at the feed, has the carrier download and install, hashes what came, keeps the
 * greatest counter and what was begun. It decides nothing about trust itself: manifest.ts does. Made by the tray app; its shell
 * shows the view and passes a person's steps on.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import * as v from 'valibot';
import type { UpdateView } from '../../api/schema.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { errorCode } from '../error-code.ts';
import type { Updates } from '../shell/hands.ts';
import { writeIfRoom } from '../store.ts';
import { fromStoredJson, toStoredJson } from '../stored-json.ts';
import { fetchManifest, type FeedInit } from './feed.ts';
import { sha512Of } from './file-hash.ts';
import { compareVersions, isInRollout, judgeManifest, openManifest, type Here, type Manifest } from './manifest.ts';
import { afterInput, viewOf, type Failure, type OffWhy, type UpdateEffect, type UpdateInput, type UpdateState, type UpdateStep } from './states.ts';

/** What brings a file and starts it: electron-updater in the app (main/update-carrier.ts). */
export interface UpdateCarrier {
  /** The path of the whole file, in a folder that only this user writes. `told`: bytes so far. */
  download(manifest: Manifest, told: (bytes: number) => void): Promise<{ readonly ok: true; readonly path: string } | { readonly ok: false; readonly failure: Failure }>;
  /** Ends the app and starts the file; returns only where that did not come about. */
  install(path: string): Promise<Failure>;
}

export interface UpdaterInit extends Pick<FeedInit, 'platform' | 'arch' | 'fetch' | 'withinMs'> {
  /** Why this build gets none; undefined: it does. */
  readonly off: OffWhy | undefined;
  readonly feed: string;
  readonly keys: readonly string[];
  readonly version: string;
  readonly carrier: UpdateCarrier;
  /** Ends the engine and takes back its changes; a second call waits for the first. */
  readonly endEngine: () => Promise<void>;
  /** Starts this version anew. */
  readonly restart: () => void;
  readonly store: Store;
  readonly log: Log;
  readonly wall: () => number;
}

const NAME = 'update';
const Kept = v.object({
  version: v.literal(1),
  /** The greatest counter of a manifest that was believed. */
  counter: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Random: this computer's place in a rollout. Sent to nobody. */
  installation: v.pipe(v.string(), v.maxLength(64)),
  /** An installation that was begun; null: none. */
  begun: v.nullable(v.object({ from: v.string(), to: v.string() })),
});
type Kept = v.InferOutput<typeof Kept>;

export class Updater implements Updates {
  readonly #init: UpdaterInit;
  #state: UpdateState;
  #kept: Kept;
  #changed = (): void => {};

  constructor(init: UpdaterInit) {
    this.#init = init;
    this.#kept = this.#read();
    this.#state = init.off === undefined ? { kind: 'none', checkedAt: null, waiting: null } : { kind: 'off', why: init.off };
    this.#lookBack();
  }

  view(): UpdateView {
    return viewOf(this.#state);
  }

  onChange(callback: () => void): void {
    this.#changed = callback;
  }

  /** False: the step does not fit the state. */
  begin(step: UpdateStep, by: 'person' | 'itself' = 'person'): boolean {
    return this.#take({ kind: 'step', step, by });
  }

  #take(input: UpdateInput): boolean {
    const next = afterInput(this.#state, input, this.#init.wall());
    if (next === null) return false;
    const before = JSON.stringify(this.view());
    this.#state = next.state;
    if (next.state.kind === 'failed') this.#init.log.write('warn', 'update', `${next.state.version ?? 'the newest version'}: ${next.state.failure.cause}${next.state.failure.detail === null ? '' : ` (${next.state.failure.detail})`}`);
    // Progress comes a thousand times; what is shown of it changes a hundred.
    if (JSON.stringify(this.view()) !== before) this.#changed();
    if (next.effect !== null) void this.#act(next.effect).catch((error: unknown) => this.#take({ kind: 'failed', version: null, failure: { cause: 'disk', detail: errorCode(error) } }));
    return true;
  }

  async #act(effect: UpdateEffect): Promise<void> {
    const { carrier, endEngine, restart, version } = this.#init;
    switch (effect.kind) {
      case 'look':
        return this.#look();
      case 'download': {
        const came = await carrier.download(effect.manifest, (bytes) => void this.#take({ kind: 'progress', bytes }));
        this.#take(came.ok ? { kind: 'downloaded', path: came.path } : { kind: 'failed', version: effect.manifest.version, failure: came.failure });
        return;
      }
      case 'hash': {
        const failure = await hashFailure(effect.path, effect.manifest);
        // What is not as signed is of no use, and must not be taken for a finished download.
        if (failure !== undefined) fs.rmSync(effect.path, { force: true });
        this.#take(failure === undefined ? { kind: 'hashed' } : { kind: 'failed', version: effect.manifest.version, failure });
        return;
      }
      case 'install': {
        this.#keep({ begun: { from: version, to: effect.manifest.version } });
        await endEngine();
        this.#take({ kind: 'failed', version: effect.manifest.version, failure: await carrier.install(effect.path) });
        return;
      }
      case 'restore':
        // The engine has ended: only a fresh start of this version has one again. It then says what did not come about.
        restart();
    }
  }

  async #look(): Promise<void> {
    const { platform, arch, keys, version, wall } = this.#init;
    const fetched = await fetchManifest(this.#init);
    if (!fetched.ok) return void this.#take({ kind: 'failed', version: null, failure: fetched.failure });
    const here: Here = { version, platform, arch, keys, now: wall(), counter: this.#kept.counter };
    const { manifest, signature } = openManifest(fetched.file);
    const judged = judgeManifest(manifest, signature, here);
    if (judged.kind === 'refused') return void this.#take({ kind: 'failed', version: judged.version, failure: { cause: judged.why, detail: null } });
    this.#keep({ counter: judged.manifest.counter });
    this.#take(judged.kind === 'same' ? { kind: 'nothing' } : { kind: 'found', manifest: judged.manifest, offered: isInRollout(judged.manifest, this.#kept.installation) });
  }

  /** What became of an installation that the run before began: installers fail after we are gone, and say nothing. */
  #lookBack(): void {
    const { begun } = this.#kept;
    if (begun === null || this.#state.kind === 'off') return;
    const arrived = compareVersions(this.#init.version, begun.to) >= 0;
    this.#keep({ begun: null });
    if (arrived) this.#init.log.write('info', 'update', `version ${begun.to} is installed`);
    else this.#take({ kind: 'failed', version: begun.to, failure: { cause: 'not-installed', detail: null } });
  }

  #read(): Kept {
    const fresh: Kept = { version: 1, counter: 0, installation: randomUUID(), begun: null };
    const bytes = this.#init.store.read(NAME);
    const read = v.safeParse(Kept, bytes === undefined ? undefined : fromStoredJson(bytes));
    return read.success ? read.output : fresh;
  }

  #keep(change: Partial<Kept>): void {
    this.#kept = { ...this.#kept, ...change };
    writeIfRoom(this.#init.store, NAME, toStoredJson(this.#kept), this.#init.log);
  }
}

async function hashFailure(path: string, { size, sha512 }: Manifest): Promise<Failure | undefined> {
  try {
    const about = await fs.promises.lstat(path);
    if (!about.isFile()) return { cause: 'tampered', detail: null };
    if (about.size !== size) return { cause: 'cut', detail: null };
    return (await sha512Of(path)) === sha512 ? undefined : { cause: 'tampered', detail: null };
  } catch (error) {
    return { cause: 'disk', detail: errorCode(error) };
  }
}
