import { t } from '@lingui/core/macro'
import { memo, type ReactNode } from 'react'
import { cx } from '@/lib/cx'
import type { Column } from './columns'

type Props<T> = {
  row: T
  index: number
  offset: number
  columns: readonly Column<T>[]
  /** Where the leading columns stay when the table scrolls sideways. */
  pins: readonly number[]
  height: number
  measure: ((element: Element | null) => void) | null
  open: boolean
  focused: boolean
  selected: boolean
  onOpen: (row: T) => void
  /** `range`: with all rows from the one before. */
  onToggle: ((row: T, range?: boolean) => void) | null
  /** Draws the whole row at once, for narrow pages. */
  compact: ((row: T) => ReactNode) | null
}

// Opaque, as columns that stay lie over those that scroll.
const OPEN = '[--row:var(--accent-soft)]'
const SELECTED = '[--row:color-mix(in_srgb,var(--accent-soft)_60%,var(--bg))]'
const FOCUSED = 'shadow-[inset_2px_0_0_var(--accent)]'

function TableRowView<T>({
  row,
  index,
  offset,
  columns,
  pins,
  height,
  measure,
  open,
  focused,
  selected,
  onOpen,
  onToggle,
  compact,
}: Props<T>) {
  return (
    <div
      ref={measure}
      data-index={index}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-open={open || undefined}
      onClick={(event) => {
        // Dragging over text to copy it is not a click on the row, nor is one in what a cell opened above the page.
        if (
          event.currentTarget.contains(event.target as Element) &&
          !(event.target as Element).closest('a, button, input, textarea') &&
          !String(window.getSelection())
        )
          onOpen(row)
      }}
      className={cx(
        compact ? 'flex' : 'grid',
        'group absolute top-0 left-0 w-full cursor-default border-b border-line bg-(--row) px-1',
        open ? OPEN : selected ? SELECTED : 'not-hover:[--row:var(--bg)] hover:[--row:var(--panel)]',
        focused && FOCUSED,
        measure ? 'items-start' : 'items-center',
      )}
      style={{
        gridTemplateColumns: compact ? undefined : 'var(--cols)',
        transform: `translateY(${offset}px)`,
        ...(measure ? { minHeight: height } : { height }),
      }}
    >
      {onToggle ? (
        <div
          role="gridcell"
          className={cx(
            'flex h-full justify-center',
            measure ? 'items-start pt-3' : 'items-center',
            pins.length > 0 && 'sticky left-0 z-[1] bg-(--row)',
            pins.length > 0 && focused && FOCUSED,
          )}
        >
          <input
            type="checkbox"
            aria-label={t`Select row`}
            checked={selected}
            onChange={(event) => onToggle(row, (event.nativeEvent as MouseEvent).shiftKey)}
            className={cx('accent-accent', compact && 'mx-1.5 size-5')}
          />
        </div>
      ) : null}
      {compact ? (
        <div role="gridcell" className="min-w-0 flex-1 px-2.5 py-2">
          {compact(row)}
        </div>
      ) : null}
      {(compact ? [] : columns).map((column, i) => (
        <div
          key={column.id}
          role="gridcell"
          style={{ left: pins[i] }}
          className={cx(
            'min-w-0 px-2.5',
            pins[i] !== undefined && 'sticky z-[1] self-stretch bg-(--row)',
            pins[i] !== undefined && !measure && 'content-center',
            i === pins.length - 1 && 'border-r border-line',
            measure ? 'py-2' : 'truncate',
            column.align === 'right' && 'text-right tabular-nums',
          )}
        >
          {column.cell(row)}
        </div>
      ))}
    </div>
  )
}

export const TableRow = memo(TableRowView) as typeof TableRowView
