/** Files in payloads: references to stored and external files, and data: URIs. Everything here is pure. */
import { isObject, type Json } from '@/lib/json'

export type FileRef = { filename: string; contentType: string } & (
  | { kind: 'stored'; key: string }
  /** Somewhere else: named, never fetched. */
  | { kind: 'external'; url: string }
  | { kind: 'inline'; uri: string }
)

/** How a file is shown. `file` can only be saved: HTML, SVG, archives and whatever else is not known to be harmless. */
export type FileView = 'image' | 'audio' | 'video' | 'pdf' | 'text' | 'file'

/** The head of a data: URI; parameters such as a charset may stand before the encoding. */
const DATA_URI = /^data:([a-z]+\/[a-z0-9][a-z0-9.+-]{0,80})((?:;[a-z0-9-]+=[a-z0-9"._-]+)*)(;base64)?,/i
const HEAD = 300

/** The file a value stands for, null for any other value. */
export function asFile(value: Json | undefined): FileRef | null {
  if (typeof value === 'string') return inlineFile(value, null)
  if (!isObject(value)) return null
  const filename = text(value.filename)
  const contentType = text(value.content_type) ?? 'application/octet-stream'
  if (value.type === 'braintrust_attachment' && typeof value.key === 'string')
    return { kind: 'stored', key: value.key, filename: filename ?? 'file', contentType }
  if (value.type === 'external_attachment' && typeof value.url === 'string')
    return { kind: 'external', url: value.url, filename: filename ?? lastPart(value.url), contentType }
  return null
}

function inlineFile(uri: string, filename: string | null): FileRef | null {
  if (!/^data:/i.test(uri)) return null
  const match = DATA_URI.exec(uri.slice(0, HEAD))
  if (!match) return null
  const contentType = match[1]!.toLowerCase()
  return { kind: 'inline', uri, contentType, filename: filename ?? `inline.${extension(contentType)}` }
}

/** The file in a part of a message, as OpenAI and Anthropic write images, sound and documents. */
export function fileOfPart(part: { [key: string]: Json }): FileRef | null {
  const own = asFile(part)
  if (own) return own
  for (const name of [
    'image_url',
    'input_audio',
    'audio',
    'file',
    'source',
    'image',
    'document',
    'video_url',
  ]) {
    const held = part[name]
    if (held === undefined) continue
    const found =
      typeof held === 'string' ? fromAddress(held, null) : isObject(held) ? fromHolder(held) : null
    if (found) return found
  }
  return null
}

function fromHolder(held: { [key: string]: Json }): FileRef | null {
  const own = asFile(held)
  if (own) return own
  const filename = text(held.filename)
  for (const name of ['url', 'file_data', 'data', 'image_url']) {
    const value = held[name]
    const reference = asFile(value)
    if (reference) return filename && reference.kind === 'inline' ? { ...reference, filename } : reference
    if (typeof value !== 'string') continue
    const address = fromAddress(value, filename)
    if (address) return address
    const type = text(held.media_type) ?? (text(held.format) ? `audio/${text(held.format)}` : null)
    if (type) return inlineFile(`data:${type};base64,${value}`, filename)
  }
  return null
}

function fromAddress(value: string, filename: string | null): FileRef | null {
  if (/^https?:\/\//i.test(value))
    return { kind: 'external', url: value, filename: filename ?? lastPart(value), contentType: '' }
  return inlineFile(value, filename)
}

const IMAGES = /^image\/(png|jpeg|jpg|gif|webp|avif|bmp)$/

/** What a type may be shown as; the same list as the server sends inline, and PDF. */
export function viewOf(contentType: string): FileView {
  const type = contentType.split(';')[0]!.trim().toLowerCase()
  if (IMAGES.test(type)) return 'image'
  if (/^audio\/[a-z0-9.+-]+$/.test(type)) return 'audio'
  if (/^video\/[a-z0-9.+-]+$/.test(type)) return 'video'
  if (type === 'application/pdf') return 'pdf'
  return type === 'text/plain' || type === 'application/json' ? 'text' : 'file'
}

/** The bytes of a data: URI, null when they cannot be read. */
export function bytesOf(uri: string): Uint8Array<ArrayBuffer> | null {
  const match = DATA_URI.exec(uri.slice(0, HEAD))
  if (!match) return null
  try {
    const body = uri.slice(match[0].length)
    if (!match[3]) return new TextEncoder().encode(decodeURIComponent(body))
    return Uint8Array.from(atob(body), (char) => char.charCodeAt(0))
  } catch {
    return null
  }
}

/** Bytes of a data: URI without reading them. */
export function sizeOf(uri: string): number {
  const body = uri.length - uri.indexOf(',') - 1
  return /;base64,/i.test(uri.slice(0, HEAD)) ? Math.floor(body * 0.75) : body
}

/** A link of the server as a path of this page's origin; null for an address anywhere else. */
export function ownPath(link: string): string | null {
  try {
    const { pathname } = new URL(link, 'http://relative')
    return /\/files\/[^/]+$/.test(pathname) ? pathname : null
  } catch {
    return null
  }
}

function text(value: Json | undefined): string | null {
  return typeof value === 'string' && value ? value : null
}

function lastPart(url: string): string {
  return url.split(/[?#]/)[0]!.split('/').findLast(Boolean) ?? 'file'
}

function extension(contentType: string): string {
  const name = contentType.split('/')[1]!
  return { jpeg: 'jpg', mpeg: 'mp3', plain: 'txt', 'svg+xml': 'svg' }[name] ?? name.replace(/^x-/, '')
}
