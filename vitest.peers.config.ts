/** Tests that need root on Linux, namespaces or real peers: `npm run test:peers`. One at a time, because they share the machine's network. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/peers/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    passWithNoTests: false,
  },
});
