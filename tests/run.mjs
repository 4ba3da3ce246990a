/**
 * `npm test`: everything that needs Node alone. Build with type check, icons, lint, the page's types, then vitest (vectors,
 * properties, simulator, house rules). Each check counts as one test. The very last line is
 * `N passed, N failed, N skipped`; the exit status is 0 only when nothing failed (and, under CI, nothing was skipped).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const total = { passed: 0, failed: 0, skipped: 0 };

/** Runs one command with its output on our terminal; true when it ended with status 0. */
function run(name, args, env = {}) {
  const began = process.hrtime.bigint();
  console.log(`\n== ${name}: ${args.join(' ')}`);
  const command = join(root, 'node_modules', '.bin', args[0]);
  const result = spawnSync(existsSync(command) ? command : args[0], args.slice(1), {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  const ok = result.status === 0;
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  console.log(`== ${name}: ${ok ? 'ok' : `FAILED (${result.error?.message ?? `status ${result.status ?? result.signal}`})`}, ${seconds.toFixed(1)} s`);
  return ok;
}

function check(name, args) {
  total[run(name, args) ? 'passed' : 'failed'] += 1;
}

check('build and types', ['npm', 'run', '--silent', 'build']);
check('icons', ['npm', 'run', '--silent', 'build:icons']);
check('lint', ['npm', 'run', '--silent', 'lint']);
if (existsSync(join(root, 'renderer', 'tsconfig.json'))) check('types of the page', ['npm', 'run', '--silent', 'typecheck:renderer']);

const scratch = mkdtempSync(join(tmpdir(), 'bowline-test-'));
const report = join(scratch, 'vitest.json');
const ended = run('vitest', ['vitest', 'run', '--reporter=default', '--reporter=./tests/kit/second-runs.ts', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)]);
let failedHere = 0;
if (existsSync(report)) {
  for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    for (const { status } of file.assertionResults) {
      if (status === 'passed') total.passed += 1;
      else if (status === 'failed') failedHere += 1;
      else total.skipped += 1;
    }
    // A file that could not even be loaded has no tests to count.
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) failedHere += 1;
  }
}
// An error outside every test (an unhandled rejection, a crashed worker) fails the run too.
if (!ended && failedHere === 0) failedHere = 1;
total.failed += failedHere;
rmSync(scratch, { recursive: true, force: true });

const skippedInCi = total.skipped > 0 && process.env.CI === 'true';
if (skippedInCi) console.log('\nUnder CI=true nothing may be skipped.');
process.exitCode = total.failed > 0 || skippedInCi ? 1 : 0;
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
