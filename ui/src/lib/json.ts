/** Values as they come off the wire: any JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Text of a value: strings as they are, everything else as indented JSON. */
export function toText(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

const LIMIT = 240

/** One line that tells rows apart: the last user message of a chat, the only field of a record, else compact JSON. */
export function oneLine(value: Json | undefined, limit: number = LIMIT): string {
  const text = gist(value, 0)
  const flat = text.slice(0, limit * 4).replace(/\s+/g, ' ').trim()
  return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat
}

function gist(value: Json | undefined, depth: number): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return gistOfList(value, depth)
  const { messages, choices, content } = value
  if (Array.isArray(messages) && messages.length > 0) return gistOfList(messages, depth)
  if (Array.isArray(choices) && choices.length > 0) return gistOfList(choices, depth)
  if ('message' in value && isObject(value.message)) return gist(value.message, depth + 1)
  if ('role' in value && (typeof content === 'string' || Array.isArray(content))) return gist(content, depth + 1)
  const entries = Object.entries(value)
  if (entries.length === 1 && entries[0] && depth < 4) return gist(entries[0][1], depth + 1)
  return fields(entries)
}

function gistOfList(list: Json[], depth: number): string {
  if (depth > 4 || list.length === 0) return list.length === 0 ? '[]' : JSON.stringify(list)
  const chat = list.filter((item): item is JsonObject => isObject(item) && ('role' in item || 'message' in item))
  if (chat.length === list.length) {
    const user = chat.findLast((message) => message.role === 'user') ?? chat.at(-1)
    return gist(user, depth + 1)
  }
  if (list.length === 1) return gist(list[0], depth + 1)
  const parts = list.filter((part) => isObject(part) && typeof part.text === 'string').map((part) => (part as JsonObject).text)
  return parts.length === list.length ? parts.join(' ') : JSON.stringify(list)
}

function fields(entries: [string, Json][]): string {
  return entries
    .filter(([, value]) => value !== null)
    .slice(0, 12)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' · ')
}

export type Parsed = { ok: true; value: Json } | { ok: false; message: string; line: number; column: number }

/** Parse JSON; on failure say where, in lines and columns counted from 1. */
export function parseJson(text: string): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) as Json }
  } catch (error) {
    const message = error instanceof Error ? error.message : 'not valid JSON'
    const at = /position (\d+)/.exec(message)
    const offset = at ? Number(at[1]) : text.length
    const before = text.slice(0, offset).split('\n')
    return {
      ok: false,
      message: message.replace(/^JSON\.parse: /, '').replace(/ in JSON at position.*$/, '').replace(/, "[\s\S]*$/, ''),
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
    }
  }
}

/** A value as indented plain text without quotes and braces: what people read and what a word diff compares. */
export function toReadable(value: Json | undefined, indent = 0): string {
  if (value === undefined || value === null) return indent ? 'null' : ''
  if (typeof value !== 'object') return String(value)
  const pad = '  '.repeat(indent)
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item !== 'object' || item === null)) return value.map(String).join(', ')
    return value.map((item) => `${pad}- ${toReadable(item, indent + 1).trimStart()}`).join('\n')
  }
  return Object.entries(value)
    .map(([key, item]) => {
      const text = toReadable(item, indent + 1)
      return isBlock(item) ? `${pad}${key}:\n${text}` : `${pad}${key}: ${text}`
    })
    .join('\n')
}

function isBlock(value: Json): boolean {
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object' && item !== null)
  return isObject(value) && Object.keys(value).length > 0
}
