/** Columns of one's own: `expression` or `expression AS "Name"`, as they stand in the address. */
import type { Column } from '@/components/table/columns'

export type OwnColumn = { id: string; sql: string; label: string }

/** An expression is what stands before the last AS that is followed by nothing but a name. */
const NAMED = /^(.+?)\s+as\s+(?:"((?:[^"]|"")+)"|([A-Za-z_]\w*))\s*$/is

export function readColumns(texts: readonly string[] = []): OwnColumn[] {
  return [...new Set(texts)].flatMap((text): OwnColumn[] => {
    const named = NAMED.exec(text)
    const sql = (named?.[1] ?? text).trim()
    const label = named ? (named[2]?.replaceAll('""', '"') ?? named[3]!) : sql
    return sql ? [{ id: `col.${text}`, sql, label }] : []
  })
}

export function writeColumn(sql: string, label: string): string {
  const name = label.trim()
  return name && name !== sql.trim() ? `${sql.trim()} AS "${name.replaceAll('"', '""')}"` : sql.trim()
}

/** The name of the i-th of them in a page of rows. */
export function ownColumn(i: number): string {
  return `x${i}`
}

/**
 * Columns in the order of the address, those that are pinned first; those it does not name keep their place behind the column
 * before them.
 */
export function arranged<T>(
  columns: readonly Column<T>[],
  order: readonly string[] = [],
  pin: readonly string[] = [],
): Column<T>[] {
  const byId = new Map(columns.map((column) => [column.id, column]))
  const out = order.flatMap((id) => {
    const column = byId.get(id)
    return column && !column.fixed ? [column] : []
  })
  const placed = new Set(out.map((column) => column.id))
  columns.forEach((column, i) => {
    if (placed.has(column.id)) return
    const before = columns[i - 1]
    // Fixed ones stay in front, as they are.
    const fixed = columns.slice(0, i).filter((other) => other.fixed).length
    const at = column.fixed ? fixed : before ? out.findIndex((other) => other.id === before.id) + 1 : 0
    out.splice(at, 0, column)
  })
  if (pin.length === 0) return out
  const isPinned = (column: Column<T>): boolean => !column.fixed && pin.includes(column.id)
  return [
    ...out.filter((column) => column.fixed),
    ...out.filter(isPinned).map((column) => ({ ...column, pinned: true })),
    ...out.filter((column) => !column.fixed && !isPinned(column)),
  ]
}

/** The order after a column was put in front of another one, or (null) at the end. */
export function moved(ids: readonly string[], id: string, before: string | null): string[] {
  if (!ids.includes(id) || id === before) return [...ids]
  const rest = ids.filter((other) => other !== id)
  const at = before === null ? rest.length : rest.indexOf(before)
  return at === -1 ? [...ids] : [...rest.slice(0, at), id, ...rest.slice(at)]
}
