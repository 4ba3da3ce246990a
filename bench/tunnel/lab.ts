/**
 * Network namespaces: pairs with a cable (veth) between their two ends, 192.0.2.1 and 2001:db8::1 at a, .2 and ::2 at b; and
 * single ones, for whoever lays cables of another kind. Every name begins with bowl-. `close` ends what runs in them, by process id, and removes them; it does not wait, so that
 * a handler of a signal or of the process's end can call it. Needs root. For benchmarks.
 */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Side = 'a' | 'b';
export const SIDES: readonly Side[] = ['a', 'b'];
/** The cable's device at both ends. */
export const CABLE = 'eth0';
export const UNDERLAY: Readonly<Record<Side, string>> = { a: '192.0.2.1', b: '192.0.2.2' };

export interface Traffic {
  readonly rxBytes: number;
  readonly txBytes: number;
}

export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), 'bowl-bench-'));
  readonly #namespaces: Namespace[] = [];
  readonly #alsoRemove: string[] = [];
  #state: 'open' | 'closed' = 'open';

  /** With a cable. */
  pair(): Pair {
    const pair = new Pair(this.namespace(), this.namespace());
    pair.cable();
    return pair;
  }

  /** With a loopback device alone. */
  namespace(): Namespace {
    const made = new Namespace(`bowl-${process.pid}-${this.#namespaces.length}`);
    this.#namespaces.push(made);
    made.make();
    return made;
  }

  /** A new file of mode 0600; returns its path. */
  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  removeAtEnd(path: string): void {
    this.#alsoRemove.push(path);
  }

  /** Idempotent. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    for (const namespace of this.#namespaces) namespace.remove();
    for (const path of [this.folder, ...this.#alsoRemove]) rmSync(path, { recursive: true, force: true });
  }
}

/** Closes the lab at the end, also at a signal and when the process ends by itself. */
export async function withLab<T>(work: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = new Lab();
  const close = (): void => lab.close();
  const signalled = (): never => process.exit(130);
  process.once('exit', close);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, signalled);
  try {
    return await work(lab);
  } finally {
    close();
    process.off('exit', close);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, signalled);
  }
}

export class Namespace {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  make(): void {
    mkdirSync(this.etc, { recursive: true });
    writeFileSync(join(this.etc, 'resolv.conf'), '');
    now('ip', ['netns', 'add', this.name]);
    this.set('link', 'set', 'lo', 'up');
  }

  /** The folder whose files stand for those of /etc inside. */
  get etc(): string {
    return `/etc/netns/${this.name}`;
  }

  /** `ip` with these words, at once. */
  set(...words: readonly string[]): void {
    now('ip', ['-n', this.name, ...words]);
  }

  /** To its end. Rejects with what the program said. */
  run(...command: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile('ip', ['netns', 'exec', this.name, ...command], { encoding: 'utf8', maxBuffer: 64 * 1_048_576 }, (error, out, said) => {
        if (error === null) resolve(out);
        else reject(new Error(`${command.slice(0, 3).join(' ')}: ${(said || out || error.message).trim().slice(-2_000)}`));
      });
    });
  }

  /** Runs on; `ip netns exec` becomes the program, so the child's process id is the program's. */
  start(command: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
    return new Started(command[0]!, spawn('ip', ['netns', 'exec', this.name, ...command], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } }));
  }

  async traffic(device: string): Promise<Traffic> {
    const [link] = JSON.parse(await this.run('ip', '-s', '-j', 'link', 'show', 'dev', device)) as [{ stats64: { rx: { bytes: number }; tx: { bytes: number } } }];
    return { rxBytes: link.stats64.rx.bytes, txBytes: link.stats64.tx.bytes };
  }

  remove(): void {
    const pids = spawnSync('ip', ['netns', 'pids', this.name], { encoding: 'utf8' }).stdout.split(/\s+/).filter((pid) => pid !== '');
    for (const pid of pids) kill(Number(pid));
    spawnSync('ip', ['netns', 'del', this.name]);
    rmSync(this.etc, { recursive: true, force: true });
  }
}

/** Two ends, whatever lies between them. */
export class Pair {
  readonly ends: Readonly<Record<Side, Namespace>>;

  constructor(a: Namespace, b: Namespace) {
    this.ends = { a, b };
  }

  cable(): void {
    now('ip', ['link', 'add', CABLE, 'netns', this.name('a'), 'type', 'veth', 'peer', 'name', CABLE, 'netns', this.name('b')]);
    for (const side of SIDES) {
      const end = this.ends[side];
      end.set('link', 'set', CABLE, 'addrgenmode', 'none');
      end.set('addr', 'add', `${UNDERLAY[side]}/24`, 'dev', CABLE);
      end.set('addr', 'add', `2001:db8::${side === 'a' ? 1 : 2}/64`, 'dev', CABLE, 'nodad');
      end.set('link', 'set', CABLE, 'up');
    }
  }

  name(side: Side): string {
    return this.ends[side].name;
  }

  ip(side: Side, ...args: readonly string[]): Promise<string> {
    return this.run(side, 'ip', ...args);
  }

  run(side: Side, ...command: readonly string[]): Promise<string> {
    return this.ends[side].run(...command);
  }

  start(side: Side, command: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
    return this.ends[side].start(command, env);
  }

  traffic(side: Side, device: string): Promise<Traffic> {
    return this.ends[side].traffic(device);
  }
}

/** A program that runs on, and the end of what it says. */
export class Started {
  readonly #program: string;
  readonly #child: ChildProcess;
  #said = '';

  constructor(program: string, child: ChildProcess) {
    this.#program = program;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (this.#said = (this.#said + text.toString('utf8')).slice(-4_000)));
  }

  /** Calls `listener` with all that it says from now on. */
  hear(listener: (text: string) => void): void {
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', (text: Buffer) => listener(text.toString('utf8')));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Waits for a condition. Rejects when the program ends before, or when it takes too long. */
  async until(condition: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
    for (const end = Date.now() + withinMs; !(await condition()); ) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error(`${this.#program} ended: ${this.#said.trim()}`);
      if (Date.now() > end) throw new Error(`${this.#program} is not ready within ${withinMs / 1_000} s: ${this.#said.trim()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  hasSaid(text: string): boolean {
    return this.#said.includes(text);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function now(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}
