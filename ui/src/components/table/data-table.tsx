import {
  columnResizingFeature,
  columnSizingFeature,
  columnVisibilityFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
} from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode, type RefCallback } from 'react'
import { useHotkeys } from '@/lib/hotkeys'
import { usePreference } from '@/lib/storage'
import { usePhone } from '@/lib/use-media'
import { useStable } from '@/lib/use-stable'
import { gridTemplate, minimalWidth, pinnedAt, type Column } from './columns'
import { SelectHead, TableHead, type Sort } from './head'
import { TableRow } from './row'

export const features = tableFeatures({ columnSizingFeature, columnResizingFeature, columnVisibilityFeature })
export type Features = typeof features

type Props<T> = {
  /** What the rows are, for screen readers. */
  label: string
  rows: readonly T[]
  columns: readonly Column<T>[]
  rowKey: (row: T) => string
  /** Where dragged widths are remembered. */
  storageKey: string
  hidden?: ReadonlySet<string>
  openKey?: string | null
  onOpen: (row: T) => void
  onClose?: () => void
  selected?: ReadonlySet<string>
  onSelect?: (keys: ReadonlySet<string>) => void
  /** The reader dragged a column in front of another one. */
  onMove?: (id: string, before: string) => void
  /** The column whose order the rows have, and the reader's wish for another (none: the usual order). */
  sort?: Sort | undefined
  onSort?: (sort: Sort | undefined) => void
  /** Further keys, each of which does something to the row at the cursor. */
  keys?: Readonly<Record<string, (row: T) => void>>
  /** The reader is near the last row. */
  onEnd?: () => void
  onScrolled?: (away: boolean) => void
  rowHeight?: number
  /** Rows grow with their content, from `rowHeight` up. */
  wrap?: boolean
  footer?: ReactNode
  /** Scrolls above the rows. */
  lead?: ReactNode
  /** The row on a phone, where columns do not fit. */
  renderCompact?: (row: T) => ReactNode
}

const NONE: ReadonlySet<string> = new Set()

/**
 * The one table: virtual rows, draggable widths, keyboard (j k Enter x Escape), selection, also of a range with Shift. On a
 * phone a tap opens a row until one asks to select.
 */
export function DataTable<T>(props: Props<T>) {
  const {
    rows,
    columns,
    rowKey,
    hidden = NONE,
    openKey = null,
    selected = NONE,
    onSelect,
    wrap = false,
    rowHeight = 32,
  } = props
  const [widths, setWidths] = usePreference<Record<string, number>>(`widths.${props.storageKey}`, {})
  const scroller = useRef<HTMLDivElement>(null)
  const phone = usePhone() && props.renderCompact !== undefined
  const [asked, setAsked] = useState(false)
  const selectable = Boolean(onSelect) && !phone
  const selecting = Boolean(onSelect) && phone && (asked || selected.size > 0)
  const defs = useMemo(
    (): ColumnDef<Features, { row: T }>[] =>
      columns.map((column) => ({ id: column.id, size: column.size, minSize: 48, header: column.label })),
    [columns],
  )
  const table = useTable<Features, { row: T }>({
    features,
    columns: defs,
    data: NO_DATA as { row: T }[],
    columnResizeMode: 'onChange',
    state: {
      columnSizing: widths,
      columnVisibility: Object.fromEntries([...hidden].map((id) => [id, false])),
    },
    onColumnSizingChange: (update) => setWidths(typeof update === 'function' ? update(widths) : update),
  })
  const shown = useMemo(
    () => columns.filter((column) => column.fixed || !hidden.has(column.id)),
    [columns, hidden],
  )
  const [leadBox, margin] = useHeight()
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (phone ? 76 : rowHeight),
    scrollMargin: margin,
    overscan: 12,
    getItemKey: (index) => (rows[index] === undefined ? index : rowKey(rows[index])),
  })
  const items = virtual.getVirtualItems()
  const cursor = useCursor(props, (index) => virtual.scrollToIndex(index, { align: 'auto' }))
  useNearEnd(items.at(-1)?.index ?? -1, rows.length, props.onEnd)

  const template = gridTemplate(shown, widths, selectable)
  const pins = useMemo(() => pinnedAt(shown, widths, selectable), [shown, widths, selectable])
  const all = rows.length > 0 && rows.every((row) => selected.has(rowKey(row)))
  const selectAll = (on: boolean): void => onSelect?.(on ? new Set(rows.map(rowKey)) : NONE)
  const grid = { role: 'grid', 'aria-label': props.label, 'aria-rowcount': rows.length + 1 } as const
  const lead = props.lead !== undefined // it is no part of the grid
  return (
    <div
      ref={scroller}
      {...(lead ? {} : grid)}
      role={lead ? 'group' : 'grid'}
      tabIndex={0}
      className="relative min-h-0 flex-1 overflow-auto overscroll-contain"
      onScroll={(event) => props.onScrolled?.(event.currentTarget.scrollTop > 8)}
      style={{ '--cols': template } as React.CSSProperties}
    >
      <div
        className="min-h-full"
        style={phone ? undefined : { minWidth: minimalWidth(shown, widths, selectable) }}
      >
        <div ref={leadBox}>{props.lead}</div>
        <div {...(lead ? grid : {})}>
          {phone && onSelect ? (
            <SelectHead
              selecting={selecting}
              all={all}
              onAll={selectAll}
              onSelecting={(on) => {
                setAsked(on)
                if (!on) onSelect(NONE)
              }}
            />
          ) : null}
          {phone ? null : (
            <TableHead
              table={table}
              columns={shown}
              pins={pins}
              onMove={props.onMove}
              sort={props.sort}
              onSort={props.onSort}
              {...(onSelect ? { all, onAll: selectAll } : {})}
            />
          )}
          <div className="relative" style={{ height: virtual.getTotalSize() }}>
            {items.map((item) => {
              const row = rows[item.index]
              if (row === undefined) return null
              const key = rowKey(row)
              return (
                <TableRow
                  key={key}
                  row={row}
                  index={item.index}
                  offset={item.start - margin}
                  columns={shown}
                  pins={pins}
                  height={rowHeight}
                  measure={wrap || phone ? virtual.measureElement : null}
                  open={key === openKey}
                  focused={key === cursor.key}
                  selected={selected.has(key)}
                  onOpen={selecting ? cursor.toggle : cursor.open}
                  onToggle={selectable || selecting ? cursor.toggle : null}
                  compact={(phone && props.renderCompact) || null}
                />
              )
            })}
          </div>
        </div>
        {props.footer}
      </div>
    </div>
  )
}

// The table library keeps the column model only; rows go straight to the virtual list.
const NO_DATA: unknown[] = []

/** A ref for an element and its height, kept current. */
function useHeight(): [RefCallback<HTMLDivElement>, number] {
  const [height, setHeight] = useState(0)
  const observe = useCallback((element: HTMLDivElement | null) => {
    if (!element) return undefined
    const watcher = new ResizeObserver(() => setHeight(element.offsetHeight))
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [])
  return [observe, height]
}

function useNearEnd(last: number, total: number, onEnd: (() => void) | undefined): void {
  useEffect(() => {
    if (onEnd && total > 0 && last >= total - 15) onEnd()
  }, [last, total, onEnd])
}

/** Rows from the one with the key to another, which is alone where there is no such key. */
function between<T>(
  rows: readonly T[],
  rowKey: (row: T) => string,
  key: string | null,
  row: T,
): readonly T[] {
  const ends = [rows.findIndex((one) => rowKey(one) === key), rows.indexOf(row)].toSorted((a, b) => a - b)
  return ends[0] === -1 ? [row] : rows.slice(ends[0], ends[1]! + 1)
}

function useCursor<T>(props: Props<T>, reveal: (index: number) => void) {
  const { rows, rowKey, openKey, onOpen, onClose, onSelect, selected = NONE, keys = {} } = props
  const [focusKey, setFocusKey] = useState<string | null>(null)
  const key = openKey ?? focusKey
  const move = (step: number): void => {
    const now = key === null ? -1 : rows.findIndex((row) => rowKey(row) === key)
    const index = Math.max(0, Math.min(rows.length - 1, now === -1 ? 0 : now + step))
    const row = rows[index]
    if (row === undefined) return
    setFocusKey(rowKey(row))
    reveal(index)
    if (openKey) onOpen(row)
  }
  const [toggledKey, setToggledKey] = useState<string | null>(null)
  const toggle = useStable((row: T, range = false): void => {
    const next = new Set(selected)
    const on = !next.has(rowKey(row))
    for (const one of range ? between(rows, rowKey, toggledKey, row) : [row]) {
      if (on) next.add(rowKey(one))
      else next.delete(rowKey(one))
    }
    setToggledKey(rowKey(row))
    onSelect?.(next)
  })
  const open = useStable((row: T): void => {
    setFocusKey(rowKey(row))
    onOpen(row)
  })
  const onCurrent = (act: (row: T) => void) => (): void => {
    const row = rows.find((one) => rowKey(one) === key)
    if (row !== undefined) act(row)
  }
  useHotkeys({
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: onCurrent(open),
    ...(onSelect ? { x: onCurrent((row) => toggle(row)) } : {}),
    ...Object.fromEntries(Object.entries(keys).map(([name, act]) => [name, onCurrent(act)])),
    Escape: () => {
      if (openKey) onClose?.()
      else if (selected.size) onSelect?.(NONE)
      else setFocusKey(null)
    },
  })
  return { key, open, toggle }
}
