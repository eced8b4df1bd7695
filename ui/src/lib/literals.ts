/** JSON values as literals of other languages. What is invisible or turns the text around is written as an escape. */
import { isDeeper, isObject, type Json } from '@/lib/json'

const UNSEEN = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** A string between double quotes; the escapes are those of JSON, Python and JavaScript alike. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    UNSEEN,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const WIDTH = 88

type Words = { null: string; true: string; false: string }

function literal(value: Json, words: Words, indent: number): string {
  if (value === null) return words.null
  if (typeof value === 'boolean') return words[value ? 'true' : 'false']
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') return String(value)
  const pad = ' '.repeat(indent + 4)
  const list = Array.isArray(value)
  const items = list
    ? value.map((item) => literal(item, words, indent + 4))
    : Object.entries(value).map(([key, item]) => `${quoted(key)}: ${literal(item, words, indent + 4)}`)
  const [open, close] = list ? '[]' : '{}'
  const line = `${open}${items.join(', ')}${close}`
  if (line.length + indent <= WIDTH && !line.includes('\n')) return line
  return `${open}\n${items.map((item) => `${pad}${item},\n`).join('')}${' '.repeat(indent)}${close}`
}

/** Deeper values are written as JSON inside a string: indented they would be megabytes of spaces. */
const MOST_LEVELS = 60

/** A Python expression, broken into lines from column `indent` on. */
export function pythonLiteral(value: Json, indent = 0): string {
  if (isDeeper(value, MOST_LEVELS)) return `__import__("json").loads(${quoted(JSON.stringify(value))})`
  return literal(value, { null: 'None', true: 'True', false: 'False' }, indent)
}

/** A JavaScript expression; `__proto__` would be more than a key. */
export function typescriptLiteral(value: Json, indent = 0): string {
  if (isDeeper(value, MOST_LEVELS)) return `JSON.parse(${quoted(JSON.stringify(value))})`
  const text = literal(value, { null: 'null', true: 'true', false: 'false' }, indent)
  return isObject(value) ? text.replaceAll('"__proto__": ', '["__proto__"]: ') : text
}

/** A name a Python function can have: `Chat Completion` → `chat_completion`. */
export function pythonName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60)
  return /^[a-z]/.test(name) && !PYTHON_WORDS.has(name) ? name : `span_${name}`.replace(/_$/, '')
}

const PYTHON_WORDS = new Set(
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
)

/** One argument of a POSIX shell. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
