/**
 * `npm run sim -- NAME [--seed N] [--json]` and `--list`: runs one scenario of the simulator with the real cryptography
 * and prints what it saw. Exit status 0: no rule was broken; 1: one was; 2: wrong usage. The only part of the simulator
 * that touches the process.
 */
import { parseArgs } from 'node:util';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { replayCommand } from '../sim/report.ts';
import { ALL_SCENARIOS, runByName, type AnyReport } from '../sim/run.ts';

const USAGE = 'usage: npm run sim -- NAME [--seed N] [--runs N] [--json], or npm run sim -- --list. Names come from --list.';

interface Wanted {
  readonly name: string;
  readonly seed: number;
  readonly runs: number;
  readonly json: boolean;
}

/** JSON for programs: when asked for, or when nobody reads along. */
function list(json: boolean): number {
  if (json || !process.stdout.isTTY) print(JSON.stringify({ scenarios: ALL_SCENARIOS }));
  else for (const { name, what } of ALL_SCENARIOS) print(`${name.padEnd(20)}${what}`);
  return 0;
}

function simulateOne(name: string, seed: number, json: boolean): number {
  const run = runByName(name, seed, createSodiumCrypto());
  if (run === undefined) return wrongUsage(`there is no scenario "${name}".`);
  const { report, text } = run;
  print(json ? JSON.stringify(report) : text);
  if (json && !report.ok) process.stderr.write(`replay: ${replayCommand(report)}\n`);
  return report.ok ? 0 : 1;
}

/** Many seeds in a row: tells only of those that failed. */
function simulateMany(wanted: Wanted): number {
  const crypto = createSodiumCrypto();
  const failed: AnyReport[] = [];
  for (let seed = wanted.seed; seed < wanted.seed + wanted.runs; seed++) {
    const run = runByName(wanted.name, seed, crypto);
    if (run === undefined) return wrongUsage(`there is no scenario "${wanted.name}".`);
    if (run.report.ok) continue;
    failed.push(run.report);
    if (!wanted.json) print(run.text);
  }
  const ok = failed.length === 0;
  const summary = { scenario: wanted.name, seed: wanted.seed, runs: wanted.runs, ok, failed: failed.map(({ seed, violations }) => ({ seed, violations })) };
  print(wanted.json ? JSON.stringify(summary) : `${wanted.runs} runs of ${wanted.name} from seed ${wanted.seed}: ${ok ? 'all ok' : `${failed.length} failed`}`);
  return ok ? 0 : 1;
}

function main(args: string[]): number {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '1' }, json: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
    });
  } catch (error) {
    return wrongUsage(error instanceof Error ? error.message : String(error));
  }
  const { seed, runs, json, list: listing } = parsed.values;
  if (listing) return list(json);
  const [name, ...more] = parsed.positionals;
  if (name === undefined || more.length > 0) return wrongUsage('give one scenario.');
  if (!/^\d{1,9}$/.test(seed) || !/^[1-9]\d{0,6}$/.test(runs)) return wrongUsage('--seed and --runs take whole numbers.');
  return runs === '1' ? simulateOne(name, Number(seed), json) : simulateMany({ name, seed: Number(seed), runs: Number(runs), json });
}

function wrongUsage(why: string): number {
  process.stderr.write(`sim: ${why} ${USAGE}\n`);
  return 2;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = main(process.argv.slice(2));
