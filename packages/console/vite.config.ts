import { defineConfig } from 'vite';

/** The page is built into `dist/page`; `fairlead serve` serves it from there. */
export default defineConfig({
  root: 'page',
  base: '/',
  // The workspace's packages are read as source.
  resolve: { conditions: ['fairlead-source', 'module', 'browser', 'production'] },
  html: { cspNonce: '__CSP_NONCE__' },
  build: {
    outDir: '../dist/page',
    emptyOutDir: true,
    target: 'es2022',
    license: { fileName: 'licences.md' },
    // An inlined file would be a data: URL, which the content-security policy does not allow.
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // A worker has no document in which files could be loaded before they are asked for.
      resolveDependencies: (file, files) => (/\/worker-/.test(file) ? [] : files),
    },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // Mantine's files begin with "use client", which means nothing here.
      checks: { moduleLevelDirective: false },
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
});
