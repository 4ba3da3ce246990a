import { defineConfig } from 'vitest/config';

/**
 * The renderer in a real Chromium. Files run one after another: they share the machine's few cores with the browser, which may
 * be late once. What passes at its second run is listed.
 */
export default defineConfig({
  test: {
    include: ['tests/ui/**/*.test.ts'],
    globalSetup: ['tests/ui/need-chromium.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    retry: 1,
    reporters: ['default', './tests/kit/second-runs.ts'],
  },
});
