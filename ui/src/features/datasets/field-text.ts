/** How a field is typed into an editor, and how the text becomes a value again. */
import { t } from '@lingui/core/macro'
import { isObject, parseJson, type Json, type JsonObject } from '@/lib/json'
import type { EditableField, RowEdit } from './api'

export type EditMode = 'text' | 'json' | 'form'

/** Strings are edited as plain text, everything else as JSON; tags as words. */
export function startMode(field: EditableField, value: Json | undefined): EditMode {
  if (field === 'metadata') return 'json'
  return field === 'tags' || typeof value === 'string' || value === undefined || value === null
    ? 'text'
    : 'json'
}

export function toEditorText(field: EditableField, value: Json | undefined, mode: EditMode): string {
  if (value === undefined || value === null) return ''
  if (field === 'tags' && mode === 'text' && Array.isArray(value)) return value.map(String).join(', ')
  if (mode === 'text' && typeof value === 'string') return value
  return JSON.stringify(value, null, 2)
}

export type Read = { ok: true; edit: RowEdit } | { ok: false; message: string }

/** Read an editor. Empty means null. */
export function readEditor(field: EditableField, text: string, mode: EditMode): Read {
  if (text.trim() === '') return { ok: true, edit: { [field]: null } }
  if (field === 'tags' && mode === 'text') return { ok: true, edit: { tags: words(text) } }
  if (mode === 'text') return { ok: true, edit: { [field]: text } }
  const parsed = parseJson(text)
  if (!parsed.ok)
    return { ok: false, message: t`Line ${parsed.line}, column ${parsed.column}: ${parsed.message}` }
  return checked(field, parsed.value)
}

/** Read a form. Nothing filled in means null. */
export function readForm(field: EditableField, value: Json | undefined): Read {
  const empty = value === undefined || (isObject(value) && Object.keys(value).length === 0)
  return checked(field, empty ? null : value)
}

function checked(field: EditableField, value: Json): Read {
  if (value === null) return { ok: true, edit: { [field]: null } }
  if (field === 'metadata' && !isObject(value))
    return { ok: false, message: t`Metadata is a JSON object: ${'{ "name": value }'}` }
  if (field === 'tags' && !(Array.isArray(value) && value.every((tag) => typeof tag === 'string')))
    return { ok: false, message: t`Tags are a JSON list of strings: ["one", "two"]` }
  return { ok: true, edit: { [field]: value as JsonObject } }
}

function words(text: string): string[] {
  return [
    ...new Set(
      text
        .split(/[,\n]/)
        .map((tag) => tag.trim())
        .filter(Boolean),
    ),
  ]
}
