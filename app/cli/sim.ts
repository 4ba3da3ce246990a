/**
 * `npm run sim -- NAME [--seed N] [--naive] [--json]` and `--list`: runs one scenario of the simulator with the real
 * cryptography and prints what it saw. `--naive` plays it with the one rule switched off that it is about: it must fail.
 * Exit status 0: no rule was broken; 1: one was; 2: wrong usage. The only part of the simulator that touches the process.
 */
import { parseArgs } from 'node:util';
import { createSodiumCrypto } from '../host/crypto/sodium-crypto.ts';
import { replayCommand } from '../sim/plain-report.ts';
import { ALL_SCENARIOS, runByName, type AnyReport } from '../sim/run.ts';

const USAGE = 'usage: npm run sim -- NAME [--seed N] [--runs N] [--naive] [--json], or npm run sim -- --list. Names come from --list.';

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

/** Many seeds in a row: tells only of those that failed. */
function simulateMany(wanted: Wanted): number {
  const { name, runs, naive, json } = wanted;
  const crypto = createSodiumCrypto();
  const failed: AnyReport[] = [];
  for (let seed = wanted.seed; seed < wanted.seed + runs; seed++) {
    const run = runByName(name, seed, crypto, naive);
    if (run === undefined) return wrongUsage(noneSuch(name));
    if (run.report.ok) continue;
    failed.push(run.report);
    if (!json) print(run.text);
  }
  const ok = failed.length === 0;
  const summary = { scenario: name, seed: wanted.seed, runs, naive, ok, failed: failed.map(({ seed, violations }) => ({ seed, violations })) };
  print(json ? JSON.stringify(summary) : `${runs} runs of ${name}${naive ? ', naive,' : ''} from seed ${wanted.seed}: ${ok ? 'all ok' : `${failed.length} failed`}`);
  return ok ? 0 : 1;
}

function noneSuch(name: string): string {
  return ALL_SCENARIOS.some((one) => one.name === name) ? `"${name}" has no naive run.` : `there is no scenario "${name}".`;
}

function main(args: string[]): number {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '1' }, naive: { type: 'boolean', default: false }, json: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
    });
  } catch (error) {
    return wrongUsage(error instanceof Error ? error.message : String(error));
  }
  const { seed, runs, naive, json, list: listing } = parsed.values;
  if (listing) return list(json);
  const [name, ...more] = parsed.positionals;
  if (name === undefined || more.length > 0) return wrongUsage('give one scenario.');
  if (!/^\d{1,9}$/.test(seed) || !/^[1-9]\d{0,6}$/.test(runs)) return wrongUsage('--seed and --runs take whole numbers.');
  const wanted = { name, seed: Number(seed), runs: Number(runs), naive, json };
  return runs === '1' ? simulateOne(wanted) : simulateMany(wanted);
}

function wrongUsage(why: string): number {
  process.stderr.write(`sim: ${why} ${USAGE}\n`);
  return 2;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = main(process.argv.slice(2));
