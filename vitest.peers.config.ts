/**
 * Tests that need root on Linux, namespaces or real peers: `npm run test:peers`. The tunnels one file at a time, because
 * they load the machine and measure it. Those with a control server, which have labs of their own and wait for minutes, a
 * few side by side. Never both at once.
 */
import { defineConfig } from 'vitest/config';

const CONTROL = ['tests/peers/control-*.test.ts', 'tests/peers/accounts.test.ts', 'tests/peers/headscale-lab.test.ts', 'tests/peers/nat-*.test.ts', 'tests/peers/mesh-ten-minutes.test.ts'];
// Real programs on a shared machine: one late answer is no fault of anybody. What passes at its second run is listed.
const shared = { testTimeout: 120_000, hookTimeout: 120_000, retry: 1 } as const;

export default defineConfig({
  test: {
    passWithNoTests: false,
    reporters: ['default', './tests/kit/second-runs.ts'],
    projects: [
      { test: { ...shared, name: 'tunnels', include: ['tests/peers/**/*.test.ts'], exclude: CONTROL, maxWorkers: 1, sequence: { groupOrder: 0 } } },
      { test: { ...shared, name: 'control', include: CONTROL, maxWorkers: 3, sequence: { groupOrder: 1 } } },
    ],
  },
});
