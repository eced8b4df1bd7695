import { t } from '@lingui/core/macro'
import { memo, type ReactNode } from 'react'
import { cx } from '@/lib/cx'
import type { Column } from './columns'

type Props<T> = {
  row: T
  index: number
  offset: number
  columns: readonly Column<T>[]
  height: number
  measure: ((element: Element | null) => void) | null
  open: boolean
  focused: boolean
  selected: boolean
  onOpen: (row: T) => void
  onToggle: ((row: T) => void) | null
  /** Draws the whole row at once, for narrow pages. */
  compact: ((row: T) => ReactNode) | null
}

function TableRowView<T>({
  row,
  index,
  offset,
  columns,
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
        // Dragging over text to copy it is not a click on the row.
        if (
          !(event.target as Element).closest('a, button, input, textarea') &&
          !String(window.getSelection())
        )
          onOpen(row)
      }}
      className={cx(
        compact ? 'flex' : 'grid',
        'group absolute top-0 left-0 w-full cursor-default border-b border-line px-1',
        open ? 'bg-accent-soft' : selected ? 'bg-accent-soft/60' : 'hover:bg-panel',
        focused && 'shadow-[inset_2px_0_0_var(--accent)]',
        measure ? 'items-start' : 'items-center',
      )}
      style={{
        gridTemplateColumns: compact ? undefined : 'var(--cols)',
        transform: `translateY(${offset}px)`,
        ...(measure ? { minHeight: height } : { height }),
      }}
    >
      {compact ? (
        <div role="gridcell" className="min-w-0 flex-1 px-2.5 py-2">
          {compact(row)}
        </div>
      ) : null}
      {onToggle && !compact ? (
        <div
          role="gridcell"
          className={cx('flex h-full justify-center', measure ? 'items-start pt-3' : 'items-center')}
        >
          <input
            type="checkbox"
            aria-label={t`Select row`}
            checked={selected}
            onChange={() => onToggle(row)}
            className="accent-accent"
          />
        </div>
      ) : null}
      {(compact ? [] : columns).map((column) => (
        <div
          key={column.id}
          role="gridcell"
          className={cx(
            'min-w-0 px-2.5',
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
