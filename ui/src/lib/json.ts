import { t } from '@lingui/core/macro'
import { findJsonError } from './json-error'

/** Values as they come off the wire: any JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Text of a value: strings as they are, everything else as indented JSON. */
export function toText(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : indented(value)
}

/** Nesting past this is written without indentation: the spaces alone would be megabytes. */
const MOST_INDENTED = 60

/** A value as JSON text, indented unless it is nested very deep. */
export function indented(value: Json): string {
  return JSON.stringify(value, null, isDeeper(value, MOST_INDENTED) ? 0 : 2)
}

/** Whether a value has more than `levels` levels. It looks at most at so many, and uses no stack. */
export function isDeeper(value: Json, levels: number): boolean {
  let level: Json[] = [value]
  for (let depth = 0; depth <= levels; depth++) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
    if (level.length === 0) return false
  }
  return true
}

const LIMIT = 240

/** A piece of a value on one line: an optional field name and its text. */
export type Part = { key: string | null; text: string }

/** One line that tells rows apart: the last user message of a chat, the only field of a record, else its leaves in order. */
export function oneLine(value: Json | undefined, limit: number = LIMIT): string {
  return parts(value, limit)
    .map(({ key, text }) => (key ? `${key}: ${text}` : text))
    .join(' · ')
}

/** The same line in pieces, so that field names can be shown apart from what they hold. */
export function parts(value: Json | undefined, limit: number = LIMIT): Part[] {
  const out: Part[] = []
  let room = limit
  for (const { key, text } of leaves(essence(readCut(value), 0), null, 0)) {
    const flat = text
      .slice(0, limit * 2)
      .replace(/\s+/g, ' ')
      .trim()
    if (!flat) continue
    out.push({ key, text: flat.length > room ? `${flat.slice(0, Math.max(1, room - 1))}…` : flat })
    room -= flat.length + (key?.length ?? 0) + 3
    if (room <= 0) break
  }
  return out
}

/** Walk down to what matters: through wrappers with one field, to the last user message of a chat. */
function essence(value: Json | undefined, depth: number): Json | undefined {
  if (depth > 6 || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const chat = value.filter(
      (item): item is JsonObject => isObject(item) && ('role' in item || 'message' in item),
    )
    if (chat.length > 0 && chat.length === value.length)
      return essence(chat.findLast((message) => message.role === 'user') ?? chat.at(-1), depth + 1)
    return value.length === 1 ? essence(value[0], depth + 1) : value
  }
  if (Array.isArray(value.messages) && value.messages.length > 0) return essence(value.messages, depth + 1)
  if (Array.isArray(value.choices) && value.choices.length > 0) return essence(value.choices, depth + 1)
  if (isObject(value.message)) return essence(value.message, depth + 1)
  if ('role' in value) return messageEssence(value)
  const entries = Object.values(value)
  return entries.length === 1 ? essence(entries[0], depth + 1) : value
}

function messageEssence({ content, tool_calls }: JsonObject): Json | undefined {
  if (typeof content === 'string' && content) return content
  if (Array.isArray(content)) {
    const texts = content
      .map((part) => (isObject(part) ? part.text : part))
      .filter((text) => typeof text === 'string')
    if (texts.length > 0) return texts.join(' ')
  }
  if (!Array.isArray(tool_calls)) return content
  return tool_calls
    .map((call) => (isObject(call) && isObject(call.function) ? `${String(call.function.name)}(…)` : ''))
    .join(' ')
}

function* leaves(value: Json | undefined, key: string | null, depth: number): Generator<Part> {
  if (value === undefined || value === null) return
  if (typeof value !== 'object') {
    yield { key, text: String(value) }
  } else if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)) {
    yield { key, text: value.slice(0, 40).map(String).join(', ') }
  } else if (depth < 8) {
    for (const [name, item] of Object.entries(value).slice(0, 40))
      yield* leaves(item, Array.isArray(value) ? key : name, depth + 1)
  }
}

/** Lists show the first characters of long values: JSON cut anywhere, as a string. Read what is there. */
function readCut(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  return parseCut(value) ?? value
}

/** Parse JSON that may end anywhere, by closing what is open; undefined when it is not JSON. */
export function parseCut(text: string): Json | undefined {
  const open: string[] = []
  let inString = false
  let escaped = false
  let safe = ''
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (inString) {
      if (escaped) escaped = false
      else if (char === '\\') escaped = true
      else if (char === '"') inString = false
      continue
    }
    if (char === '"') inString = true
    else if (char === '{' || char === '[') open.push(char === '{' ? '}' : ']')
    else if (char === '}' || char === ']') open.pop()
    // Up to the last comma everything is complete: the fall-back when the tail is half a key.
    if (char === ',') safe = text.slice(0, i) + open.toReversed().join('')
  }
  const tail = inString
    ? (escaped ? text.slice(0, -1) : text).replace(/\\u[0-9a-fA-F]{0,3}$/, '') + '"'
    : text
  return firstJson(tail + open.toReversed().join(''), safe)
}

function firstJson(...candidates: string[]): Json | undefined {
  for (const text of candidates) {
    try {
      return JSON.parse(text) as Json
    } catch {
      // the next candidate
    }
  }
  return undefined
}

export type Parsed = { ok: true; value: Json } | { ok: false; message: string; line: number; column: number }

/** Parse JSON; on failure say where, in lines and columns counted from 1. */
export function parseJson(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) as Json }
  } catch {
    const { offset, message } = findJsonError(text) ?? { offset: 0, message: t`not valid JSON` }
    const before = text.slice(0, offset).split('\n')
    return { ok: false, message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  }
}

/** Records with more fields get a line for each. */
const MOST_INLINE = 8

export type FlatRecord = { [key: string]: null | boolean | number | string }

/** The shared columns of a list of at least two records that hold only scalars; null for anything else. */
export function recordColumns(list: readonly Json[]): string[] | null {
  if (list.length < 2 || !list.every(isFlatRecord)) return null
  const columns = [...new Set(list.slice(0, 50).flatMap((item) => Object.keys(item as FlatRecord)))]
  return columns.length > 0 && columns.length <= 12 ? columns : null
}

function isFlatRecord(value: Json): value is FlatRecord {
  return isObject(value) && Object.values(value).every((item) => typeof item !== 'object' || item === null)
}

/** A value as indented plain text without quotes and braces: what people read and what a word diff compares. */
export function toReadable(value: Json | undefined, indent = 0): string {
  if (value === undefined || value === null) return indent ? 'null' : ''
  if (typeof value !== 'object') return String(value)
  const pad = '  '.repeat(indent)
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object' || item === null)) return value.map(String).join(', ')
    const columns = recordColumns(value)
    if (columns && columns.length <= MOST_INLINE)
      return value
        .map(
          (item) => `${pad}- ${columns.map((name) => String((item as FlatRecord)[name] ?? '–')).join(' · ')}`,
        )
        .join('\n')
    return value.map((item) => `${pad}- ${toReadable(item, indent + 1).trimStart()}`).join('\n')
  }
  return Object.entries(value)
    .map(([key, item]) => {
      const text = toReadable(item, indent + 1)
      return isBlock(item) ? `${pad}${key}:\n${text}` : `${pad}${key}: ${text}`
    })
    .join('\n')
}

const READ = new WeakMap<object, string>()

/** `toReadable`, worked out once for each value: rows that scroll into sight again need no more time. */
export function readable(value: Json | undefined): string {
  if (typeof value !== 'object' || value === null) return toReadable(value)
  const known = READ.get(value)
  if (known !== undefined) return known
  const text = toReadable(value)
  READ.set(value, text)
  return text
}

/** A record with one field is shown as what it holds. */
export function unwrap(value: Json | undefined): Json | undefined {
  if (!isObject(value)) return value
  const only = Object.values(value)
  return only.length === 1 ? unwrap(only[0]) : value
}

function isBlock(value: Json): boolean {
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object' && item !== null)
  return isObject(value) && Object.keys(value).length > 0
}
