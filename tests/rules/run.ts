/**
 * `npm run test:rules`: takes each rule of rules.ts away in a copy of the working tree, runs the tests that hold it, and
 * expects them to fail. Minutes, not seconds: run it when a rule or its tests change. Exit status 1 when a rule could go
 * without a test noticing. `npm run test:rules -- TEXT` runs the rules whose name contains TEXT, `-- --share K/N` the Kth of N
 * parts (K may be any count: it goes round). As many copies as there are processors work side by side.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { RULES, type Rule } from './rules.ts';

/** ms for the tests of every rule together, and of one. */
const ALL_WITHIN = 600_000;
const ONE_WITHIN = 90_000;
const COPIES = Math.min(4, availableParallelism());

const root = process.cwd();

function prepare(): string {
  const copy = mkdtempSync(join(tmpdir(), 'bowline-rules-'));
  for (const part of ['app', 'main', 'build', 'native-bindings', 'tests', 'renderer', 'vitest.config.ts', 'tsconfig.json', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(resolve(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  return copy;
}

/** Without its rule a machine may loop for ever: in a thread, so that the end of the process is the end of the loop. */
function passes(copy: string, tests: readonly string[], withinMs: number, retry: 0 | 1, pool: Rule['pool'] = 'threads'): Promise<boolean> {
  const vitest = join(copy, 'node_modules', 'vitest', 'vitest.mjs');
  const run = spawn(process.execPath, [vitest, 'run', '--bail=1', `--retry=${retry}`, `--pool=${pool}`, ...tests], { cwd: copy, stdio: 'ignore', timeout: withinMs, killSignal: 'SIGKILL' });
  return new Promise((done) => {
    run.on('error', () => done(false));
    run.on('close', (status) => done(status === 0));
  });
}

/** Undefined when the rule is held by its tests, else what is wrong. */
async function judge(copy: string, rule: Rule): Promise<string | undefined> {
  const path = join(copy, rule.file);
  const source = readFileSync(path, 'utf8');
  if (source.split(rule.line).length !== 2) return `its line is not exactly once in ${rule.file}`;
  try {
    writeFileSync(path, source.replace(rule.line, () => rule.without));
    return (await passes(copy, rule.tests, ONE_WITHIN, 0, rule.pool)) ? `no test in ${rule.tests.join(', ')} noticed that it was gone` : undefined;
  } finally {
    writeFileSync(path, source);
  }
}

function chosen(args: readonly string[]): readonly Rule[] {
  if (args[0] !== '--share') return RULES.filter((rule) => rule.name.includes(args[0] ?? ''));
  const [turn, parts] = (/^(\d+)\/(\d+)$/.exec(args[1] ?? '') ?? []).slice(1).map(Number);
  if (turn === undefined || parts === undefined || parts === 0) throw new Error(`--share takes K/N, for instance 1/5, and got ${JSON.stringify(args[1] ?? '')}`);
  return RULES.filter((_, index) => index % parts === turn % parts);
}

const wanted = chosen(process.argv.slice(2));
let failed = 0;
const copies = Array.from({ length: COPIES }, prepare);
try {
  for (const pool of ['threads', 'forks'] as const) {
    const folders = [...new Set(wanted.filter((rule) => (rule.pool ?? 'threads') === pool).flatMap((rule) => rule.tests))];
    if (folders.length > 0 && !(await passes(copies[0]!, folders, ALL_WITHIN, 1, pool))) throw new Error(`the tests of ${folders.join(', ')} fail with every rule in place: mend them first`);
  }
  const left = [...wanted];
  await Promise.all(
    copies.map(async (copy) => {
      for (let rule = left.shift(); rule !== undefined; rule = left.shift()) {
        const wrong = await judge(copy, rule);
        if (wrong !== undefined) failed++;
        process.stdout.write(`${wrong === undefined ? 'red without it' : 'NOT HELD'}  ${rule.name}${wrong === undefined ? '' : `: ${wrong}`}\n`);
      }
    }),
  );
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
}
process.stdout.write(`${wanted.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && wanted.length > 0 ? 0 : 1;
