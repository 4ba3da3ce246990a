/**
 * What both kinds of the idle benchmark share: the process of the far ends, the watch through /proc, and its rows. Needs
 * Linux's /proc.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compare, type Row } from './bench.ts';
import type { FromChild, ToChild } from './idle-protocol.ts';
import { useOf, type ProcessUse } from './proc.ts';

/** After the last handshake: passive keepalives and start-up work are over. */
const SETTLE_MS = 25_000;
const EMPTY = "new (require('node:worker_threads').Worker)('setInterval(() => {}, 2 ** 30)', { eval: true })";
const SCALE = { name: 'empty Node with a worker', version: process.version };

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** `inside`: a command that runs the rest of its arguments, such as `ip netns exec NAME`. */
export function startChild(inside: readonly string[] = []): ChildProcess {
  const [program, ...args] = [...inside, process.execPath, fileURLToPath(new URL('./idle-child.js', import.meta.url))];
  return spawn(program!, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

export function ask<K extends FromChild['kind']>(child: ChildProcess, message: ToChild, answer: K): Promise<Extract<FromChild, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error('a process of the benchmark ended early'));
    child.once('exit', ended);
    const listen = (got: FromChild): void => {
      if (got.kind !== answer) return;
      child.off('message', listen);
      child.off('exit', ended);
      resolve(got as Extract<FromChild, { kind: K }>);
    };
    child.on('message', listen);
    child.send(message);
  });
}

interface Watched {
  readonly cpuPercent: number[];
  readonly waitsPerMinute: number[];
  readonly residentMb: number[];
}

/** Watches several processes at once, in slices, so that all see the same machine. */
async function watch(pids: readonly number[], slices: number, sliceMs: number): Promise<Watched[]> {
  const seen = pids.map((): Watched => ({ cpuPercent: [], waitsPerMinute: [], residentMb: [] }));
  let before = pids.map(useOf);
  for (let i = 0; i < slices; i++) {
    await wait(sliceMs);
    const now = pids.map(useOf);
    for (const [p, watched] of seen.entries()) add(watched, before[p]!, now[p]!);
    before = now;
  }
  return seen;
}

function add(watched: Watched, from: ProcessUse, to: ProcessUse): void {
  const seconds = Number(to.at - from.at) / 1e9;
  watched.cpuPercent.push((100 * (to.cpuSeconds - from.cpuSeconds)) / seconds);
  watched.waitsPerMinute.push((60 * (to.waits - from.waits)) / seconds);
  watched.residentMb.push(to.residentMb);
}

export interface Quiet {
  readonly pid: number;
  readonly what: string;
  readonly slices: number;
  readonly sliceMs: number;
  /** The host's own count of its wake-ups, by reason. */
  readonly wakeUps: () => Promise<Readonly<Record<string, number>>>;
}

/** Lets a host settle whose peers all have a session, and watches it. */
export async function watchQuiet({ pid, what, slices, sliceMs, wakeUps }: Quiet, say: (line: string) => void): Promise<Row[]> {
  say(`${what}: each has a session; settling ${SETTLE_MS / 1_000} s, watching ${(slices * sliceMs) / 1_000} s`);
  const empty = spawn(process.execPath, ['-e', EMPTY], { stdio: 'ignore' });
  try {
    await wait(SETTLE_MS);
    const before = await wakeUps();
    const [ours, scale] = await watch([pid, empty.pid!], slices, sliceMs);
    const after = await wakeUps();
    const grew = Object.entries(after).map(([why, n]) => [why, n - (before[why] ?? 0)] as const);
    const reasons = Object.fromEntries(grew.filter(([, n]) => n > 0));
    const row = (measure: string, unit: string, key: keyof Watched): Row => compare(`${measure}, ${what}`, unit, ours![key], [{ ...SCALE, samples: scale![key] }]);
    return [{ ...row('wake-ups', 'a minute, all threads', 'waitsPerMinute'), detail: reasons }, row('CPU', '% of a core', 'cpuPercent'), row('memory', 'MB resident', 'residentMb')];
  } finally {
    empty.kill('SIGKILL');
  }
}
