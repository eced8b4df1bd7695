import { t } from '@lingui/core/macro'
import type { ReactTable } from '@tanstack/react-table'
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '@/lib/cx'
import type { Column } from './columns'
import type { Features } from './data-table'

type Props<T> = {
  table: ReactTable<Features, { row: T }>
  columns: readonly Column<T>[]
  /** Where the leading columns stay when the table scrolls sideways. */
  pins: readonly number[]
  all?: boolean
  onAll?: (on: boolean) => void
  /** A column was dragged in front of another one. */
  onMove?: ((id: string, before: string) => void) | undefined
  /** The column whose order the rows have. */
  sort?: Sort | undefined
  onSort?: ((sort: Sort | undefined) => void) | undefined
}

export type Sort = { id: string; descending: boolean }

/** What a click makes of an order: falling, then rising, then none. */
function turned(sort: Sort | undefined, id: string): Sort | undefined {
  if (sort?.id !== id) return { id, descending: true }
  return sort.descending ? { id, descending: false } : undefined
}

const DRAGGED = 'text/x-column'

export function TableHead<T>(props: Props<T>) {
  const { table, columns, pins, all = false, onAll, onMove, sort, onSort } = props
  const headers = new Map(table.getHeaderGroups()[0]?.headers.map((header) => [header.column.id, header]))
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="sticky top-0 z-10 grid h-7 items-stretch border-b border-line bg-bg px-1 text-xs text-ink-3"
      style={{ gridTemplateColumns: 'var(--cols)' }}
    >
      {onAll ? (
        <div
          role="columnheader"
          className={cx('flex items-center justify-center', pins.length > 0 && 'sticky left-0 z-20 bg-bg')}
        >
          <input
            type="checkbox"
            aria-label={t`Select all loaded rows`}
            checked={all}
            onChange={(event) => onAll(event.target.checked)}
            className="accent-accent"
          />
        </div>
      ) : null}
      {columns.map((column, i) => {
        const header = headers.get(column.id)
        const sorted = sort?.id === column.id ? (sort.descending ? 'descending' : 'ascending') : undefined
        return (
          <div
            key={column.id}
            role="columnheader"
            aria-sort={sorted}
            title={column.label}
            onDragOver={(event) => {
              if (onMove && !column.fixed && event.dataTransfer.types.includes(DRAGGED))
                event.preventDefault()
            }}
            onDrop={(event) => {
              const dragged = event.dataTransfer.getData(DRAGGED)
              if (dragged && dragged !== column.id) onMove?.(dragged, column.id)
            }}
            style={{ left: pins[i] }}
            className={cx(
              'group flex min-w-0 items-center px-2.5 font-medium',
              pins[i] === undefined ? 'relative' : 'sticky z-20 bg-bg',
              i === pins.length - 1 && 'border-r border-line',
              column.align === 'right' && 'justify-end',
            )}
          >
            <span
              draggable={Boolean(onMove) && !column.fixed}
              onDragStart={(event) => {
                event.dataTransfer.setData(DRAGGED, column.id)
                event.dataTransfer.effectAllowed = 'move'
              }}
              className={cx('truncate', onMove && !column.fixed && 'cursor-grab')}
            >
              {onSort && column.sortable ? (
                <SortButton sorted={sorted} onClick={() => onSort(turned(sort, column.id))}>
                  {column.header}
                </SortButton>
              ) : (
                column.header
              )}
            </span>
            {header?.column.getCanResize() ? (
              <span
                aria-hidden
                onMouseDown={header.getResizeHandler()}
                onTouchStart={header.getResizeHandler()}
                onDoubleClick={() => header.column.resetSize()}
                className="absolute top-0 -right-1 z-10 h-full w-2 cursor-col-resize touch-none select-none after:absolute after:top-1.5 after:left-[3px] after:h-4 after:w-px after:bg-transparent group-hover:after:bg-line-strong"
              />
            ) : null}
          </div>
        )
      })}
    </div>
  )
}

type SelectProps = {
  selecting: boolean
  all: boolean
  onAll: (on: boolean) => void
  onSelecting: (on: boolean) => void
}

/** Above the rows on a phone: begins and ends selecting. */
export function SelectHead({ selecting, all, onAll, onSelecting }: SelectProps) {
  return (
    <div
      role="row"
      aria-rowindex={1}
      className={cx(
        'z-10 flex h-10 items-center border-b border-line bg-bg px-3 text-s',
        selecting && 'sticky top-0',
      )}
    >
      {selecting ? (
        <div role="columnheader" className="h-full">
          <label className="flex h-full items-center gap-2">
            <input
              type="checkbox"
              checked={all}
              onChange={(event) => onAll(event.target.checked)}
              className="size-5 accent-accent"
            />
            {t`Select all loaded rows`}
          </label>
        </div>
      ) : null}
      <div role="columnheader" className="ml-auto h-full">
        <button type="button" onClick={() => onSelecting(!selecting)} className="h-full px-2 text-accent">
          {selecting ? t`Done` : t`Select`}
        </button>
      </div>
    </div>
  )
}

type SortButtonProps = {
  sorted: 'ascending' | 'descending' | undefined
  onClick: () => void
  children: ReactNode
}

function SortButton({ sorted, onClick, children }: SortButtonProps) {
  const Arrow = sorted === 'ascending' ? ArrowUp : ArrowDown
  return (
    <button
      type="button"
      onClick={onClick}
      className={cx('inline-flex max-w-full items-center gap-0.5 hover:text-ink', sorted && 'text-ink')}
    >
      <span className="truncate">{children}</span>
      {sorted ? <Arrow size={11} className="shrink-0" aria-hidden /> : null}
    </button>
  )
}
