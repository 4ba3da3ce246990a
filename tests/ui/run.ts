/**
 * `npm run test:ui`: the built renderer in a real Chromium. Needs `npm run build` before it (the script does that) and a
 * Chromium; without one it says so and ends with status 1. Extra arguments go to vitest.
 */
import { spawnSync } from 'node:child_process';
import { findChromium, MISSING } from './chromium.ts';

function run(args: readonly string[]): void {
  const { status, error } = spawnSync('npx', ['--no-install', ...args], { stdio: 'inherit', shell: process.platform === 'win32' });
  if (error !== undefined) process.stderr.write(`npx ${args.join(' ')}: ${error.message}\n`);
  if (status !== 0) process.exit(1);
}

if (findChromium() === undefined) {
  process.stderr.write(`${MISSING}\n`);
  process.exit(1);
}
run(['vite', 'build', 'renderer', '--mode', 'fake', '--logLevel', 'warn']);
run(['vitest', 'run', '--config', 'vitest.ui.config.ts', ...process.argv.slice(2)]);
