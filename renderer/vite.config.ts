/**
 * Builds the page that Electron and the headless host serve: dist/renderer. `--mode fake` builds the same page on a fake
 * engine for tests/ui into dist/renderer-fake, so that nothing of it can be in the product.
 */
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => ({
  root: here('.'),
  base: './',
  plugins: [react()],
  build: {
    outDir: here(mode === 'fake' ? '../dist/renderer-fake' : '../dist/renderer'),
    emptyOutDir: true,
    target: 'es2022',
    // The page's policy allows no data: addresses.
    assetsInlineLimit: 0,
    // One file, loaded from this computer; its size over a wire is what tests and bench look at.
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
    rollupOptions: { input: here(mode === 'fake' ? './fake.html' : './index.html') },
  },
}));
