/**
 * `npm run sim -- NAME [--seed N] [--naive] [--json]` and `--list`: runs one scenario of the simulator with the real
 * cryptography and prints what it saw. `--naive` plays it with the one rule switched off that it is about: it must fail.
 * `--runs N` takes as many seeds, `--jobs N` shares them among processes.
 * Exit status 0: no rule was broken; 1: one was; 2: wrong usage. The only part of the simulator that touches the process.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { replayCommand } from '../sim/plain-report.ts';
import { ALL_SCENARIOS, runByName, type AnyReport } from '../sim/run.ts';

const USAGE = 'usage: npm run sim -- NAME [--seed N] [--runs N] [--jobs N] [--naive] [--json], or npm run sim -- --list. Names come from --list.';

interface Wanted {
  readonly name: string;
  readonly seed: number;
  readonly runs: number;
  readonly naive: boolean;
  readonly json: boolean;
}

/** JSON for programs: when asked for, or when nobody reads along. */
function list(json: boolean): number {
  if (json || !process.stdout.isTTY) print(JSON.stringify({ scenarios: ALL_SCENARIOS }));
  else for (const { name, what, naiveWithout } of ALL_SCENARIOS) print(`${name.padEnd(20)}${what}${naiveWithout === null ? '' : ` (--naive: without ${naiveWithout})`}`);
  return 0;
}

function simulateOne({ name, seed, naive, json }: Wanted): number {
  const run = runByName(name, seed, createSodiumCrypto(), naive);
  if (run === undefined) return wrongUsage(noneSuch(name));
  const { report, text } = run;
  print(json ? JSON.stringify(report) : text);
  if (json && !report.ok) process.stderr.write(`replay: ${replayCommand(report)}\n`);
  return report.ok ? 0 : 1;
}

type Failed = Pick<AnyReport, 'seed' | 'violations'>;

/** Many seeds in a row: tells only of those that failed. */
function simulateMany(wanted: Wanted): number {
  const { name, runs, naive, json } = wanted;
  const crypto = createSodiumCrypto();
  const failed: Failed[] = [];
  for (let seed = wanted.seed; seed < wanted.seed + runs; seed++) {
    const run = runByName(name, seed, crypto, naive);
    if (run === undefined) return wrongUsage(noneSuch(name));
    if (run.report.ok) continue;
    failed.push({ seed, violations: run.report.violations });
    if (!json) print(run.text);
  }
  return sumUp(wanted, failed);
}

function sumUp({ name, seed, runs, naive, json }: Wanted, failed: readonly Failed[]): number {
  const ok = failed.length === 0;
  print(json ? JSON.stringify({ scenario: name, seed, runs, naive, ok, failed }) : `${runs} runs of ${name}${naive ? ', naive,' : ''} from seed ${seed}: ${ok ? 'all ok' : `${failed.length} failed`}`);
  return ok ? 0 : 1;
}

/** The same in several processes, each with its share of the seeds. */
async function simulateShared(wanted: Wanted, jobs: number): Promise<number> {
  const share = Math.ceil(wanted.runs / jobs);
  const shares: Promise<Failed[]>[] = [];
  for (let done = 0; done < wanted.runs; done += share) shares.push(inProcess({ ...wanted, seed: wanted.seed + done, runs: Math.min(share, wanted.runs - done) }));
  const failed = (await Promise.all(shares)).flat();
  if (!wanted.json) for (const { seed, violations } of failed) print([`seed ${seed}:`, ...violations.map(({ rule, atSeconds, text }) => `  at ${atSeconds} s: ${rule}: ${text}`), `replay: ${replayCommand({ ...wanted, scenario: wanted.name, seed })}`].join('\n'));
  return sumUp(wanted, failed);
}

async function inProcess({ name, seed, runs, naive }: Wanted): Promise<Failed[]> {
  const args = [process.argv[1] ?? '', name, '--seed', String(seed), '--runs', String(runs), '--summary', '--json', ...(naive ? ['--naive'] : [])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => void (out += text));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (status !== 0 && status !== 1) throw new Error(`a process of the simulator ended with status ${status}`);
  const { failed } = JSON.parse(out) as { failed: Failed[] };
  return failed;
}

function noneSuch(name: string): string {
  return ALL_SCENARIOS.some((one) => one.name === name) ? `"${name}" has no naive run.` : `there is no scenario "${name}".`;
}

async function main(args: string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '1' }, jobs: { type: 'string', default: '1' }, summary: { type: 'boolean', default: false }, naive: { type: 'boolean', default: false }, json: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
    });
  } catch (error) {
    return wrongUsage(error instanceof Error ? error.message : String(error));
  }
  const { seed, runs, jobs, summary, naive, json, list: listing } = parsed.values;
  if (listing) return list(json);
  const [name, ...more] = parsed.positionals;
  if (name === undefined || more.length > 0) return wrongUsage('give one scenario.');
  if (!/^\d{1,9}$/.test(seed) || !/^[1-9]\d{0,6}$/.test(runs) || !/^[1-9]\d?$/.test(jobs)) return wrongUsage('--seed, --runs and --jobs take whole numbers.');
  const wanted = { name, seed: Number(seed), runs: Number(runs), naive, json };
  if (runs === '1' && !summary) return simulateOne(wanted);
  return jobs === '1' ? simulateMany(wanted) : simulateShared(wanted, Number(jobs));
}

function wrongUsage(why: string): number {
  process.stderr.write(`sim: ${why} ${USAGE}\n`);
  return 2;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main(process.argv.slice(2));
