/** Where and why a text is not JSON. Engines word this differently and often leave the place out. */

import { t } from '@lingui/core/macro'

export type JsonError = { offset: number; message: string }

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// oxlint-disable-next-line no-control-regex -- JSON forbids control characters inside strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const WORD = /true|false|null/y

class Fault extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** The first error, or null when the text is JSON. */
export function findJsonError(text: string): JsonError | null {
  try {
    const end = skip(text, value(text, skip(text, 0), 0))
    return end < text.length ? { offset: end, message: t`the value ended before this` } : null
  } catch (error) {
    if (error instanceof Fault) return { offset: error.offset, message: error.message }
    throw error
  }
}

function match(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : null
}

function skip(text: string, at: number): number {
  return match(SPACE, text, at) ?? at
}

function value(text: string, at: number, depth: number): number {
  if (depth > 500) throw new Fault(at, t`nested too deep to edit here`)
  const char = text[at]
  if (char === '{') return members(text, at, '}', depth, member)
  if (char === '[') return members(text, at, ']', depth, value)
  if (char === '"') return string(text, at)
  const end = match(NUMBER, text, at) ?? match(WORD, text, at)
  if (end !== null) return end
  if (char === undefined) throw new Fault(at, t`a value is missing`)
  throw new Fault(
    at,
    /[a-zA-Z']/.test(char) ? t`text needs double quotes` : t`a value was expected, not ${char}`,
  )
}

function string(text: string, at: number): number {
  const end = match(STRING, text, at)
  if (end !== null) return end
  const broken = /\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})|[\n\r\t]/g
  broken.lastIndex = at + 1
  const close = text.indexOf('"', at + 1)
  const found = broken.exec(text)
  if (found && (close === -1 || found.index < close)) {
    throw new Fault(
      found.index,
      found[0] === '\\' ? t`a backslash needs a second one` : t`a line break inside text is written \\n`,
    )
  }
  throw new Fault(at, t`this text has no closing quote`)
}

type Reader = (text: string, at: number, depth: number) => number

function members(text: string, start: number, close: string, depth: number, read: Reader): number {
  let at = skip(text, start + 1)
  if (text[at] === close) return at + 1
  for (;;) {
    at = skip(text, read(text, at, depth + 1))
    if (text[at] === close) return at + 1
    if (text[at] !== ',') throw new Fault(at, t`a comma or ${close} is missing`)
    at = skip(text, at + 1)
    if (text[at] === close) throw new Fault(at, t`there is one comma too many`)
  }
}

function member(text: string, at: number, depth: number): number {
  if (text[at] !== '"') throw new Fault(at, t`a field name in double quotes was expected`)
  const colon = skip(text, string(text, at))
  if (text[colon] !== ':') throw new Fault(colon, t`a colon is missing`)
  return value(text, skip(text, colon + 1), depth)
}
