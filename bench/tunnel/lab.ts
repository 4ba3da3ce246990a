/**
 * Pairs of network namespaces with a cable (veth) between their two ends: 192.0.2.1 and 2001:db8::1 at a, .2 and ::2 at b.
 * Every name begins with bowl-. `close` ends what runs in them, by process id, and removes them; it does not wait, so that
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
  readonly #pairs: Pair[] = [];
  readonly #alsoRemove: string[] = [];
  #state: 'open' | 'closed' = 'open';

  pair(): Pair {
    const pair = new Pair(`bowl-${process.pid}-${this.#pairs.length}`);
    this.#pairs.push(pair);
    pair.make();
    return pair;
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
    for (const pair of this.#pairs) pair.remove();
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

export class Pair {
  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
  }

  make(): void {
    for (const side of SIDES) {
      mkdirSync(this.etc(side), { recursive: true });
      writeFileSync(join(this.etc(side), 'resolv.conf'), '');
      now('ip', ['netns', 'add', this.name(side)]);
    }
    now('ip', ['link', 'add', CABLE, 'netns', this.name('a'), 'type', 'veth', 'peer', 'name', CABLE, 'netns', this.name('b')]);
    for (const side of SIDES) {
      const ip = (...args: string[]): void => now('ip', ['-n', this.name(side), ...args]);
      ip('link', 'set', CABLE, 'addrgenmode', 'none');
      ip('addr', 'add', `${UNDERLAY[side]}/24`, 'dev', CABLE);
      ip('addr', 'add', `2001:db8::${side === 'a' ? 1 : 2}/64`, 'dev', CABLE, 'nodad');
      ip('link', 'set', 'lo', 'up');
      ip('link', 'set', CABLE, 'up');
    }
  }

  name(side: Side): string {
    return `${this.#id}-${side}`;
  }

  /** The folder whose files stand for those of /etc inside. */
  etc(side: Side): string {
    return `/etc/netns/${this.name(side)}`;
  }

  ip(side: Side, ...args: readonly string[]): Promise<string> {
    return this.run(side, 'ip', ...args);
  }

  /** To its end. Rejects with what the program said. */
  run(side: Side, ...command: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile('ip', ['netns', 'exec', this.name(side), ...command], { encoding: 'utf8', maxBuffer: 64 * 1_048_576 }, (error, out, said) => {
        if (error === null) resolve(out);
        else reject(new Error(`${command.slice(0, 3).join(' ')}: ${(said || out || error.message).trim().slice(-2_000)}`));
      });
    });
  }

  /** Runs on; `ip netns exec` becomes the program, so the child's process id is the program's. */
  start(side: Side, command: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
    return new Started(command[0]!, spawn('ip', ['netns', 'exec', this.name(side), ...command], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } }));
  }

  async traffic(side: Side, device: string): Promise<Traffic> {
    const [link] = JSON.parse(await this.ip(side, '-s', '-j', 'link', 'show', 'dev', device)) as [{ stats64: { rx: { bytes: number }; tx: { bytes: number } } }];
    return { rxBytes: link.stats64.rx.bytes, txBytes: link.stats64.tx.bytes };
  }

  remove(): void {
    for (const side of SIDES) {
      const pids = spawnSync('ip', ['netns', 'pids', this.name(side)], { encoding: 'utf8' }).stdout.split(/\s+/).filter((pid) => pid !== '');
      for (const pid of pids) kill(Number(pid));
      spawnSync('ip', ['netns', 'del', this.name(side)]);
      rmSync(this.etc(side), { recursive: true, force: true });
    }
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
