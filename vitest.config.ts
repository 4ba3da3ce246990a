import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['app/**/*.test.ts', 'main/**/*.test.ts', 'renderer/**/*.test.ts', 'native-bindings/**/*.test.ts', 'bench/**/*.test.ts', 'tests/house/*.test.ts'],
    testTimeout: 60_000,
    passWithNoTests: false,
  },
});
