/**
 * What the UI says: `npm run strings` writes the template of it; with --check nothing is written, and whatever differs,
 * is not marked, is part of a sentence, or is wrong in a translation is named, with status 1.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { faults, template } from './catalogue.mjs'
import { early } from './early.mjs'
import { joined } from './joined.mjs'
import { unmarked } from './literals.mjs'
import { expand, speaks } from './macros.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LOCALES = join(ROOT, 'src/locales')
const TEMPLATE = join(LOCALES, 'messages.pot')

const files = readdirSync(join(ROOT, 'src'), { recursive: true })
  .map((name) => `src/${name.replaceAll('\\', '/')}`)
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|\.d\.ts$/.test(name))
  .toSorted()

const found = []
const problems = early(join(ROOT, 'src'), 'main.tsx')
for (const file of files) {
  const code = readFileSync(join(ROOT, file), 'utf8')
  problems.push(...unmarked(code, file), ...joined(code, file))
  if (speaks(code)) expand(code, file, (message) => found.push({ file, ...message }))
}

const made = template(found)
if (!process.argv.includes('--check')) writeFileSync(TEMPLATE, made)
else if (readFileSync(TEMPLATE, 'utf8') !== made)
  problems.push('src/locales/messages.pot is not what the code says: npm run strings')

for (const name of readdirSync(LOCALES).filter((one) => one.endsWith('.po'))) {
  const told = faults(readFileSync(join(LOCALES, name), 'utf8'), made)
  problems.push(...told.problems.map((one) => `src/locales/${name}: ${one}`))
  if (told.missing) process.stdout.write(`src/locales/${name}: ${told.missing} not translated\n`)
}
for (const problem of problems) process.stderr.write(`${problem}\n`)
if (problems.length) process.exitCode = 1
