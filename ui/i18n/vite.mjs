/** The part of the build that knows languages: macros in the code, and catalogues as modules. */
import { readFile } from 'node:fs/promises'
import { catalogue } from './catalogue.mjs'
import { expand, speaks } from './macros.mjs'
import { pseudo } from './pseudo.mjs'

const POSSIBLE = /\.tsx?$/
const PSEUDO = 'virtual:pseudo-catalogue'

/** @returns {import('vite').Plugin} */
export function languages() {
  const template = new URL('../src/locales/messages.pot', import.meta.url)
  return {
    name: 'languages',
    enforce: 'pre',
    // Nothing is left of them in the browser.
    config: () => ({ optimizeDeps: { exclude: ['@lingui/core/macro', '@lingui/react/macro'] } }),
    resolveId: (id) => (id === PSEUDO ? `\0${PSEUDO}` : undefined),
    async load(id) {
      if (id === `\0${PSEUDO}`) return asModule(pseudo(await readFile(template, 'utf8')))
      if (id.endsWith('.po')) return asModule(catalogue(await readFile(id, 'utf8')))
    },
    transform(code, id) {
      if (!POSSIBLE.test(id) || id.includes('node_modules') || !speaks(code)) return
      const made = expand(code, id)
      return { code: made.code, map: made.map }
    },
  }
}

/** Parsing JSON is faster than parsing an object literal of this size. */
const asModule = (messages) => ({
  code: `export const messages = JSON.parse(${JSON.stringify(JSON.stringify(messages))})`,
  moduleType: 'js',
  map: { mappings: '' },
})
