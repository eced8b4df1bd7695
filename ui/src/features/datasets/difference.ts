/** What two versions of a dataset differ in, row by row and field by field. */
import type { Row } from '@/api/types'
import { toReadable, type Json } from '@/lib/json'

export const FIELDS = ['input', 'expected', 'metadata', 'tags'] as const
export type Field = (typeof FIELDS)[number]
export type RowContent = Partial<Pick<Row, Field>>

export type Change = {
  id: string
  kind: 'added' | 'removed' | 'changed'
  before: RowContent | null
  after: RowContent | null
  fields: Field[]
}
/** `cut`: more rows were touched than are compared. */
export type Difference = { changes: Change[]; cut: boolean }

/** Rows of the older and the newer version, told apart; rows written again as they were are none. */
export function classify(
  before: readonly (RowContent & { id: string })[],
  after: readonly (RowContent & { id: string })[],
): { changes: Change[] } {
  const old = new Map(before.map((row) => [row.id, row]))
  const now = new Map(after.map((row) => [row.id, row]))
  const ids = [...new Set([...now.keys(), ...old.keys()])]
  const changes = ids.flatMap((id): Change[] => {
    const [was, is] = [old.get(id) ?? null, now.get(id) ?? null]
    const fields = changedFields(was, is)
    if (was && is) return fields.length ? [{ id, kind: 'changed', before: was, after: is, fields }] : []
    return [{ id, kind: is ? 'added' : 'removed', before: was, after: is, fields }]
  })
  return { changes }
}

/** Fields with different values; key order makes no difference, nothing equals an empty list. */
export function changedFields(before: RowContent | null, after: RowContent | null): Field[] {
  return FIELDS.filter((field) => canonical(before?.[field]) !== canonical(after?.[field]))
}

function canonical(value: unknown): string {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return ''
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  )
}

/** A field as the text a word diff compares. */
export function fieldText(row: RowContent | null, field: Field): string {
  return toReadable((row?.[field] ?? null) as Json)
}

export function countChanges(changes: readonly Change[]): Record<Change['kind'], number> {
  const of = (kind: Change['kind']): number => changes.filter((change) => change.kind === kind).length
  return { added: of('added'), removed: of('removed'), changed: of('changed') }
}
