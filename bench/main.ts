/**
 * `npm run bench -- NAME [--json] [--rounds N] [--seconds N] [--with NAMES] [--tun]`, `--list`. Progress goes to standard
 * error; the result, a table or one JSON object, to standard output. Status 0 done, 1 failed, 2 wrong usage.
 */
import os from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import type { Bench, Report, Row, Spread } from './bench.ts';
import { cryptoBench } from './crypto.ts';
import { fight } from './fight.ts';
import { filterBench } from './filter.ts';
import { handshakeBench } from './handshake.ts';
import { idle } from './idle.ts';
import { netmapBench } from './netmap.ts';
import { direct } from './relay/direct.ts';
import { relay } from './relay/relay.ts';
import { simulate } from './simulate.ts';
import { fairness } from './tunnel/fairness.ts';
import { soak } from './tunnel/soak.ts';
import { tunnel } from './tunnel/tunnel.ts';
import { ui } from './ui/ui.ts';

const ALL: readonly Bench[] = [cryptoBench, direct, fight, filterBench, handshakeBench, idle, netmapBench, relay, simulate, tunnel, fairness, soak, ui];
const ENOUGH_ROUNDS = 5;

const machine = `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.availableParallelism()} cores, ${os.type()} ${os.release()}, Node ${process.version}`;

function count(least: number): (text: string) => number {
  return (text) => {
    const n = Number(text);
    if (!Number.isInteger(n) || n < least) throw new InvalidArgumentError(`a whole number from ${least}`);
    return n;
  };
}

function toReport(bench: string, rounds: number, rows: readonly Row[], notes: readonly string[]): Report {
  const [headline, ...others] = rows;
  return { bench, ...headline!, rounds, machine, notes, measures: Object.fromEntries(others.map(({ what, ...row }) => [what, row])) };
}

function table(report: Report): string {
  const of = (s: Spread): string => `${s.min} / ${s.median} / ${s.max}`;
  const lines = [`${report.bench} (${report.machine}; ${report.rounds} rounds, interleaved; min / median / max)`];
  for (const [what, row] of [[report.what, report] as const, ...Object.entries(report.measures)]) {
    lines.push(`${what}: ${of(row.ours)} ${row.unit}`);
    for (const [name, peer] of Object.entries(row.peers)) lines.push(`    ${name} (${peer.version}): ${of(peer)}${row.ratio[name] === undefined ? '' : `, ratio ${row.ratio[name]}`}`);
    for (const [why, n] of Object.entries(row.detail ?? {})) lines.push(`    ${n} x ${why}`);
  }
  return [...lines, ...report.notes].join('\n');
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const program = new Command('bench')
  .description('One benchmark, with its peers interleaved in the same run.')
  .argument('[name]', 'which one')
  .option('--list', 'what there is')
  .option('--json', 'one JSON object')
  .option('--rounds <n>', 'rounds that count', count(1), ENOUGH_ROUNDS)
  .option('--seconds <n>', 'how long to watch or to load at a time, where it does', count(1))
  .option('--with <names>', 'contenders beside the usual ones, with commas between', (text) => text.split(','), [])
  .option('--tun', 'with a real network device (idle)')
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  })
  .parse();

const options = program.opts<{ list?: boolean; json?: boolean; rounds: number; seconds?: number; with: string[]; tun?: boolean }>();
const wanted = ALL.find(({ name }) => name === program.args[0]);
if (options.list === true) {
  const list = ALL.map(({ name, what, needs }) => ({ name, what, needs }));
  process.stdout.write(options.json === true ? `${JSON.stringify({ benches: list })}\n` : list.map(({ name, what, needs }) => `${name}: ${what} (${needs})\n`).join(''));
} else if (wanted === undefined) {
  say(`bench: ${program.args[0] === undefined ? 'say which one' : `there is no "${program.args[0]}"`}; there are ${ALL.map(({ name }) => name).join(', ')}`);
  process.exitCode = 2;
} else {
  try {
    const notes: string[] = options.rounds < ENOUGH_ROUNDS ? [`Fewer than ${ENOUGH_ROUNDS} rounds: a first look.`] : [];
    const { rounds, seconds = wanted.seconds, tun = false } = options;
    const rows = await wanted.run({ rounds, seconds, with: options.with, tun, note: (sentence) => void notes.push(sentence) }, say);
    const report = toReport(wanted.name, rounds, rows, notes);
    process.stdout.write(`${options.json === true ? JSON.stringify(report) : table(report)}\n`);
  } catch (error) {
    say(`bench ${wanted.name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
