/** Catalogues: the template that is made of the code, and the PO files that translators make of the template. */
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage'
import PO from 'pofile'
import { keyOf } from './macros.mjs'

/**
 * The template: every message once, in order, with the files it is in and what its numbered placeholders stand for.
 * @param {{ file: string, message: string, context?: string, comment?: string, values: [string, string][] }[]} found
 */
export function template(found) {
  const items = new Map()
  for (const { file, message, context, comment, values } of found) {
    const key = `${context ?? ''}\u0004${message}`
    const item = items.get(key) ?? new PO.Item()
    items.set(key, item)
    item.msgid = message
    item.msgctxt = context ?? null
    const notes = values
      .filter(([name]) => /^\d+$/.test(name))
      .map(([name, source]) => `{${name}}: ${source}`)
    for (const note of [...(comment ? [comment] : []), ...notes])
      if (!item.extractedComments.includes(note)) item.extractedComments.push(note)
    if (!item.references.includes(file)) item.references.push(file)
  }
  const po = new PO()
  po.comments = [
    'What Assay says, made of the code by `npm run strings`. Copy it to xx.po to begin a language.',
  ]
  po.headers = { 'Content-Type': 'text/plain; charset=UTF-8', 'Content-Transfer-Encoding': '8bit' }
  po.headerOrder = []
  po.items = [...items.keys()].toSorted(byText).map((key) => items.get(key))
  return `${po.toString().trimEnd()}\n`
}

const byText = (one, other) => {
  const [a, b] = [one, other].map((key) => key.split('\u0004').toReversed().join('\u0004'))
  return a < b ? -1 : Number(a > b)
}

const id = ({ msgid, msgctxt }) => `${msgctxt ?? ''}\u0004${msgid}`

/** A PO file as the app reads it: parsed messages by their keys; what is not translated is left out. */
export function catalogue(text) {
  const said = PO.parse(text).items.filter(({ msgstr, obsolete }) => msgstr[0] && !obsolete)
  return Object.fromEntries(
    said.map(({ msgid, msgctxt, msgstr }) => [
      keyOf(msgid, msgctxt ?? undefined),
      compileMessageOrThrow(msgstr[0]),
    ]),
  )
}

/**
 * What is wrong with a PO file beside the template: one line each.
 * @param {string} text
 * @param {string} source the template
 */
export function faults(text, source) {
  const wanted = new Set(PO.parse(source).items.map(id))
  const items = PO.parse(text).items.filter(({ obsolete }) => !obsolete)
  const problems = []
  for (const item of items) {
    const { msgid, msgstr } = item
    if (!wanted.has(id(item))) problems.push(`“${msgid}” is no message any more`)
    if (!msgstr[0]) continue
    try {
      const [asked, given] = [msgid, msgstr[0]].map((one) =>
        parts(compileMessageOrThrow(one)).toSorted().join(' '),
      )
      if (asked !== given)
        problems.push(`“${msgstr[0]}” has ${given || 'no placeholders'}, not ${asked || 'none'}`)
    } catch (error) {
      problems.push(`“${msgstr[0]}” cannot be read: ${error.message}`)
    }
  }
  const there = new Set(items.filter(({ msgstr }) => msgstr[0]).map(id))
  const missing = [...wanted].filter((one) => !there.has(one)).length
  return { problems, missing }
}

/** Names of placeholders and tags of a parsed message. */
function parts(tokens) {
  const names = new Set()
  for (const token of tokens) {
    if (typeof token === 'string') for (const tag of token.match(/<\/?\d+\/?>/g) ?? []) names.add(tag)
    else {
      names.add(`{${token[0]}}`)
      const cases = typeof token[2] === 'object' ? Object.values(token[2]).filter(Array.isArray) : []
      for (const one of cases) for (const name of parts(one)) names.add(name)
    }
  }
  return [...names]
}
