import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { languages } from './i18n/vite.mjs'

const server = process.env.ASSAY_URL ?? 'http://127.0.0.1:8484'

export default defineConfig({
  // Vite minifies the styles for the targets below; a second optimizer before it warns of selectors it does not know.
  plugins: [languages(), react(), tailwindcss({ optimize: false })],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // The server puts a nonce of its own in this place of every page it answers (http/static.py).
  html: { cspNonce: 'NONCE-OF-THIS-PAGE' },
  build: {
    outDir: '../server/src/assay_server/static',
    emptyOutDir: true,
    // light-dark() carries the whole colour theme; older targets would get a polyfill twice its size.
    cssTarget: ['chrome123', 'safari17.5', 'firefox120'],
    reportCompressedSize: true,
    chunkSizeWarningLimit: 400,
    // Everything is served by the one server under a strict policy: no data: fonts, no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // On a busy machine the bundler would list which plugin took long, in the middle of the set-up.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  worker: { format: 'es', plugins: () => [languages()] },
  server: {
    proxy: Object.fromEntries(['/api', '/v1', '/btql', '/health'].map((path) => [path, server])),
  },
})
