import { defineConfig } from 'vitest/config';

/**
 * The renderer in a real Chromium. Two files at a time: the demo's mostly wait. They share few cores with the browsers, which may
 * be late once. What passes at its second run is listed.
 */
export default defineConfig({
  test: {
    include: ['tests/ui/**/*.test.ts'],
    globalSetup: ['tests/ui/need-chromium.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    retry: 1,
    reporters: ['default', './tests/kit/second-runs.ts'],
  },
});
