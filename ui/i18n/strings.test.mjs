import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { catalogue, faults, template } from './catalogue.mjs'
import { early } from './early.mjs'
import { joined } from './joined.mjs'
import { unmarked } from './literals.mjs'
import { expand } from './macros.mjs'
import { pseudo } from './pseudo.mjs'

const MACROS = "import { plural, t } from '@lingui/core/macro'\nimport { Trans } from '@lingui/react/macro'\n"

const entry = (msgid, msgstr) => `msgid "${msgid}"\nmsgstr "${msgstr}"\n\n`

function said(code) {
  const found = []
  const made = expand(MACROS + code, 'one.tsx', (message) => found.push({ file: 'one.tsx', ...message })).code
  return { found, made: made.replaceAll(/\s+/g, ' ') }
}

test('a plain message is its own key, one with values comes parsed', () => {
  expect(said('const a = t`Last hour`').made).toContain('_i18n._("Last hour")')
  const { made } = said("const a = (n) => t`${plural(n, { one: '# row', other: '# rows' })} deleted`")
  expect(made).toMatch(
    /_i18n\._\("\w{6}", \{ n: n \}, \{ message: \[\["n", "plural", \{ one: \["#", " row"\]/,
  )
  expect(made).not.toContain('undefined')
})

test('elements in a message are numbered', () => {
  const { found, made } = said('const a = <p><Trans>Ask <b>{name}</b> {late ? t`now` : null}</Trans></p>')
  expect(found.map(({ message }) => message)).toEqual(['Ask <0>{name}</0> {0}', 'now'])
  expect(made).toContain('_i18n._("now")')
  expect(made).toContain('components={{ 0: <b /> }}')
})

test('the template has every message once, with its files and what its numbers stand for', () => {
  const { found } = said('const a = [t`Rows`, t`Rows`, t`${count(n)} more`]')
  const made = template([...found, { file: 'two.tsx', message: 'Rows', values: [] }])
  expect(made.match(/msgid "Rows"/g)).toHaveLength(1)
  expect(made).toContain('#: one.tsx\n#: two.tsx\nmsgid "Rows"')
  expect(made).toContain('#. {0}: count(n)\n#: one.tsx\nmsgid "{0} more"')
})

test('a message with a context is another message', () => {
  const { found } = said("const a = [t`Open`, t({ message: 'Open', context: 'a button' })]")
  const german = template(found)
    .replace('msgid "Open"\nmsgstr ""', 'msgid "Open"\nmsgstr "Offen"')
    .replace(
      'msgctxt "a button"\nmsgid "Open"\nmsgstr ""',
      'msgctxt "a button"\nmsgid "Open"\nmsgstr "Öffnen"',
    )
  expect(Object.values(catalogue(german))).toEqual([['Offen'], ['Öffnen']])
})

test('translations are compared with the template', () => {
  const source = template(said('const a = [t`Rows`, t`${name} is saved`, t`More`]').found)
  const of = (...entries) => faults(`msgid ""\nmsgstr ""\n\n${entries.join('')}`, source)
  expect(of(entry('Rows', 'Zeilen'), entry('{name} is saved', 'Gespeichert: {name}'))).toEqual({
    problems: [],
    missing: 1,
  })
  expect(of(entry('{name} is saved', 'Gespeichert: {nam}')).problems).toEqual([
    '“Gespeichert: {nam}” has {nam}, not {name}',
  ])
  expect(of(entry('Lines', 'Zeilen')).problems).toEqual(['“Lines” is no message any more'])
  expect(of(entry('Rows', 'Zeilen {a b}')).problems).toHaveLength(1)
})

test('the pseudo-language has every message, accented and longer, with its placeholders', () => {
  const { found } = said('const a = <Trans>Delete <b>{name}</b></Trans>, c = t`Experiments`')
  const made = Object.values(pseudo(template(found)))
  expect(made).toEqual([['Đéļéţééé'.slice(0, 3) + 'éţéé <0>', ['name'], '</0>'], ['Éẋþéŕîɱéééñţš']])
})

test.each([
  ['const a = <p>Two words</p>', 'Two words'],
  ['const a = <p>{on ? `No ${name} here` : null}</p>', 'No … here'],
  ['const a = <Button aria-label="Close" />', 'Close'],
  ["const a = { label: 'Duration' }", 'Duration'],
  ["notify('It is saved')", 'It is saved'],
])('%s is not marked', (code, text) => {
  expect(unmarked(code, 'one.tsx')).toEqual([`one.tsx:1: “${text}” is not marked for translation`])
})

test('a language written into the code is found', () => {
  expect(unmarked("n.toLocaleString('en-US')", 'one.ts')).toEqual([
    'one.ts:1: “en-US” is one language: take `intl` of lib/i18n',
  ])
})

test.each([
  'const a = <p>{t`Two words`}</p>',
  'const a = <Trans>Two <b>words</b></Trans>',
  'const a = <code>assay login</code>',
  'const a = <p title={name}>{count} · {name}</p>',
  'const a = <input className="two words" placeholder="metadata.tier = 1" />',
])('%s is in order', (code) => expect(unmarked(MACROS + code, 'one.tsx')).toEqual([]))

test('what the first script says as it is loaded comes too early', () => {
  const root = mkdtempSync(join(tmpdir(), 'early-'))
  const write = (name, code) => writeFileSync(join(root, name), code)
  write('main.ts', "import './table'\nvoid import('./page')\n")
  write('table.ts', `${MACROS}export const now = t\`Now\`\nexport const later = () => t\`Later\`\n`)
  write('page.ts', `${MACROS}export const title = t\`Page\`\n`)
  expect(early(root, 'main.ts')).toEqual(['src/table.ts:3: is said before the language is known'])
})

test.each([
  ['t`Saved${late ? t` at ${time}` : 1}`', ' at …'],
  ['<Trans>{old ? t`Old` : null} saved</Trans>', 'Old'],
  ['`${name} ${t`is gone`}`', 'is gone'],
  ["plural(n, { one: '# row' }) + ' left'", 'a plural'],
  ['`${plural(n, {})} left`', 'a plural'],
  ['names.join(t`or`)', 'or'],
  ['<p>{t`, at most`}</p>', ', at most'],
])('%s is put together', (code, text) => {
  expect(
    joined(`${MACROS}const a = ${code}`, 'one.tsx').map((one) => one.replace(/ is part.*/, '')),
  ).toContain(`one.tsx:3: “${text}”`)
})

test.each([
  "t`${plural(n, { one: '# row', other: '# rows' })} left`",
  "<Trans><Plural value={n} one='# row' other='# rows' /> left</Trans>",
  '<Trans>Ask <b title={t`Owner`}>{name}</b></Trans>',
  'late ? t`Late` : t`Early`',
  "[t`Early`, t`Late`].join(' · ')",
])('%s is whole', (code) => expect(joined(`${MACROS}const a = ${code}`, 'one.tsx')).toEqual([]))
