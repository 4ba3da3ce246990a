/**
 * What a connected engine costs while nothing happens: CPU, wake-ups and memory of its process with 5 and with 100 quiet
 * peers. The peers are real engines in another process; each has a session with the host and says nothing. The scale
 * beside it: a Node process with one waiting worker and nothing else. Needs Linux's /proc.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { round, spread, type Bench, type Row } from './bench.ts';
import type { FromChild, ToChild } from './idle-protocol.ts';
import { keyPair } from './key-pair.ts';
import { useOf, type ProcessUse } from './proc.ts';

const PEERS = [5, 100];
/** After the last handshake: passive keepalives and start-up work are over. */
const SETTLE_MS = 25_000;
const EMPTY = "new (require('node:worker_threads').Worker)('setInterval(() => {}, 2 ** 30)', { eval: true })";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function startChild(): ChildProcess {
  return fork(fileURLToPath(new URL('./idle-child.js', import.meta.url)), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

function ask<K extends FromChild['kind']>(child: ChildProcess, message: ToChild, answer: K): Promise<Extract<FromChild, { kind: K }>> {
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

/** Undefined where the scale is 0: nothing is so many times nothing. */
function row(what: string, unit: string, ours: readonly number[], empty: readonly number[], detail?: Row['detail']): Row {
  const [mine, scale] = [spread(ours), spread(empty)];
  return {
    what,
    unit,
    ours: mine,
    peers: { 'empty Node with a worker': { version: process.version, ...scale } },
    ratio: scale.median === 0 ? {} : { 'empty Node with a worker': round(mine.median / scale.median) },
    ...(detail === undefined ? {} : { detail }),
  };
}

async function quietPeers(count: number, slices: number, sliceMs: number, say: (line: string) => void): Promise<Row[]> {
  const host = startChild();
  const far = startChild();
  const empty = spawn(process.execPath, ['-e', EMPTY], { stdio: 'ignore' });
  try {
    const keys = keyPair();
    const peers = Array.from({ length: count }, keyPair);
    const { ports } = await ask(far, { kind: 'play-peers', hostKey: keys.publicKey, peers }, 'playing');
    await ask(host, { kind: 'run-host', ...keys, peers: peers.map(({ publicKey }, i) => ({ publicKey, port: ports[i]! })) }, 'quiet');
    say(`${count} peers have a session; settling ${SETTLE_MS / 1_000} s, watching ${(slices * sliceMs) / 1_000} s`);
    await wait(SETTLE_MS);
    const before = await ask(host, { kind: 'tell' }, 'told');
    const [ours, scale] = await watch([host.pid!, empty.pid!], slices, sliceMs);
    const after = await ask(host, { kind: 'tell' }, 'told');
    const grew = Object.entries(after.wakeups).map(([why, n]) => [why, n - (before.wakeups[why] ?? 0)] as const);
    const reasons = Object.fromEntries(grew.filter(([, n]) => n > 0));
    return [
      row(`wake-ups, ${count} quiet peers`, 'a minute, all threads', ours!.waitsPerMinute, scale!.waitsPerMinute, reasons),
      row(`CPU, ${count} quiet peers`, '% of a core', ours!.cpuPercent, scale!.cpuPercent),
      row(`memory, ${count} quiet peers`, 'MB resident', ours!.residentMb, scale!.residentMb),
    ];
  } finally {
    for (const child of [host, far, empty]) child.kill('SIGKILL');
  }
}

export const idle: Bench = {
  name: 'idle',
  what: 'CPU, wake-ups with their reasons, and memory of an engine with 5 and with 100 quiet peers',
  needs: 'Linux (/proc)',
  seconds: 60,
  async run({ rounds, seconds }, say) {
    if (process.platform !== 'linux') throw new Error('reads /proc, which only Linux has');
    const rows: Row[] = [];
    for (const count of PEERS) rows.push(...(await quietPeers(count, rounds, (seconds * 1_000) / rounds, say)));
    return rows;
  },
};
