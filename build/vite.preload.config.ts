/**
 * Builds main/preload.ts into one CommonJS file: a sandboxed preload script can load neither ES modules nor its own
 * dependencies. Used by `npm run build:preload` only.
 */
import { defineConfig } from 'vite';

export default defineConfig({
  logLevel: 'warn',
  build: {
    outDir: 'dist/main',
    emptyOutDir: false,
    target: 'es2022',
    minify: false,
    lib: { entry: 'main/preload.ts', formats: ['cjs'], fileName: () => 'preload.cjs' },
    rollupOptions: { external: ['electron'] },
  },
});
