import { join } from 'node:path';
import { defineConfig } from 'vite';

const root = import.meta.dirname;

export default defineConfig({
  root,
  resolve: { tsconfigPaths: true },
  oxc: { jsx: { runtime: 'automatic', importSource: 'react' } },
  build: {
    outDir: join(root, '../../dist/apps/dashboard'),
    emptyOutDir: true,
    // The directive "use client" of component libraries means nothing in one bundle.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': 'http://127.0.0.1:4320', '/live': { target: 'ws://127.0.0.1:4320', ws: true } },
  },
});
