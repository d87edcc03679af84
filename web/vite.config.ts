import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The same sources give the same files, byte for byte: CI compares.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: process.env.OUT_DIR ?? 'dist',
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'], // they know light-dark(), which must not be rewritten
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false }, // it would be an inline script in some browsers
    reportCompressedSize: false,
    chunkSizeWarningLimit: 900,
  },
});
