import type { ReactNode } from 'react'

/** One column of a DataTable. Sizes are pixels; `grow` shares out what is left of the width. */
export type Column<T> = {
  id: string
  header: ReactNode
  /** Plain text of the header, for menus and screen readers. */
  label: string
  size: number
  grow?: number
  align?: 'right'
  cell: (row: T) => ReactNode
  /** Rows can be read in its order. */
  sortable?: boolean
  /** Always shown, not in the columns menu. */
  fixed?: boolean
  /** Stays where it is when the table scrolls sideways, and so do those before it. */
  pinned?: boolean
}

/** Width of the checkbox in front of a row. */
const SELECT = 34

/** The CSS grid template of a row: widths the reader dragged win over the designed ones. */
export function gridTemplate<T>(
  columns: readonly Column<T>[],
  dragged: Readonly<Record<string, number>>,
  selectable: boolean,
): string {
  const tracks = columns.map((column) => {
    const width = dragged[column.id]
    if (width !== undefined) return `${width}px`
    return column.grow ? `minmax(${column.size}px, ${column.grow}fr)` : `${column.size}px`
  })
  // A growing last track keeps row backgrounds reaching the right edge when nothing else grows.
  const filler = columns.some((column) => column.grow && dragged[column.id] === undefined)
    ? []
    : ['minmax(0, 1fr)']
  return [...(selectable ? [`${SELECT}px`] : []), ...tracks, ...filler].join(' ')
}

/** Least width of a row before the table scrolls sideways. */
export function minimalWidth<T>(
  columns: readonly Column<T>[],
  dragged: Readonly<Record<string, number>>,
  selectable: boolean,
): number {
  return columns.reduce((sum, column) => sum + (dragged[column.id] ?? column.size), selectable ? 42 : 8)
}

/**
 * How far from the left edge each leading column stays, up to the last pinned one. Columns that grow are at their least
 * width whenever there is something to scroll.
 */
export function pinnedAt<T>(
  columns: readonly Column<T>[],
  dragged: Readonly<Record<string, number>>,
  selectable: boolean,
): number[] {
  const last = columns.findLastIndex((column) => column.pinned)
  let left = selectable ? SELECT : 0
  return columns.slice(0, last + 1).map((column) => {
    const at = left
    left += dragged[column.id] ?? column.size
    return at
  })
}
