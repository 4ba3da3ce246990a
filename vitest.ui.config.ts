import { defineConfig } from 'vitest/config';

/** The renderer in a real Chromium. Files run one after another: they share the machine's few cores with the browser. */
export default defineConfig({
  test: {
    include: ['tests/ui/**/*.test.ts'],
    globalSetup: ['tests/ui/need-chromium.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
