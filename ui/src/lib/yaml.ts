/** JSON values as YAML 1.2, to read and to copy. */
import { isObject, type Json } from './json'

/** Deeper values stand on one line, as JSON, which is YAML as well. */
const MOST_LEVELS = 60

/** The document, with a line break at its end. */
export function toYaml(value: Json): string {
  return `${block(value, 0)}\n`
}

/** A value at a level of indentation; nested values begin with a line break of their own. */
function block(value: Json, level: number): string {
  if (typeof value === 'string') return text(value, level)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (level > MOST_LEVELS) return JSON.stringify(value)
  const pad = '  '.repeat(level)
  if (Array.isArray(value))
    return value.length ? value.map((item) => `${pad}-${held(item, level)}`).join('\n') : '[]'
  const entries = Object.entries(value)
  if (entries.length === 0) return '{}'
  return entries.map(([key, item]) => `${pad}${plain(key)}:${held(item, level)}`).join('\n')
}

function held(item: Json, level: number): string {
  const nested = Array.isArray(item) ? item.length > 0 : isObject(item) && Object.keys(item).length > 0
  return nested && level < MOST_LEVELS ? `\n${block(item, level + 1)}` : ` ${block(item, level + 1)}`
}

// oxlint-disable-next-line no-control-regex -- it is those that a block cannot hold
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/

/** Line breaks make a literal block, where a block can hold the text as it is. */
function text(value: string, level: number): string {
  if (!value.includes('\n') || /^[ \n]/.test(value) || UNPRINTABLE.test(value)) return plain(value)
  const pad = '  '.repeat(Math.max(1, level))
  const keep = value.endsWith('\n') ? (value.endsWith('\n\n') ? '+' : '') : '-'
  const lines = (keep ? value : value.slice(0, -1)).split('\n')
  if (keep === '+') lines.pop()
  return `|${keep}\n${lines.map((line) => (line ? pad + line : '')).join('\n')}`
}

/** Words that mean something else without quotes, in YAML 1.1 or 1.2. */
const MEANT = /^(?:null|~|true|false|yes|no|on|off|y|n|\.inf|\.nan)$/i
const SIMPLE = /^[\p{L}_$/][\p{L}\p{N}_$/.@+() -]*$/u

function plain(value: string): string {
  return SIMPLE.test(value) && !MEANT.test(value) && !value.endsWith(' ') ? value : JSON.stringify(value)
}
