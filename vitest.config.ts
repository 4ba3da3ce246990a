import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Real threads, processes, sockets and clocks: a busy machine may be late once. What passes at its second run is listed. */
const REAL = ['app/host/**/*.test.ts', 'app/cli/**/*.test.ts', 'native-bindings/**/*.test.ts', 'bench/**/*.test.ts', 'main/updater.test.ts'];

/** One for each processor: by default one is left idle, which on two is half of them. */
const maxWorkers = availableParallelism();

export default defineConfig({
  test: {
    passWithNoTests: false,
    reporters: ['default', './tests/kit/second-runs.ts'],
    projects: [
      { test: { name: 'pure', include: ['app/**/*.test.ts', 'build/**/*.test.ts', 'main/**/*.test.ts', 'renderer/**/*.test.ts', 'tests/house/*.test.ts', 'tests/security/*.test.ts'], exclude: REAL, testTimeout: 60_000, maxWorkers } },
      { test: { name: 'real', include: REAL, testTimeout: 60_000, retry: 1, maxWorkers } },
    ],
  },
});
