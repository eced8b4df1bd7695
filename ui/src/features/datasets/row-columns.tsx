import { t } from '@lingui/core/macro'
import { Star } from 'lucide-react'
import type { Row } from '@/api/types'
import type { Column } from '@/components/table/columns'
import { Gist } from '@/components/gist'
import { Time } from '@/components/time'
import { oneLine } from '@/lib/json'
import type { DatasetShown } from '@/lib/search-params'
import { SORTABLE, type RowEdit } from './api'
import { EditableCell } from './cell'
import { OriginLink } from './origin-link'
import { StarMark, type OnStar } from './star'

type Writes = { onEdit: (row: Row, edit: RowEdit) => void; onStar: OnStar }

/** Without `writes` the cells are to be read only. */
export function rowColumns(writes: Writes | null): Column<Row>[] {
  const onEdit = writes?.onEdit ?? null
  const columns: Column<Row>[] = [
    {
      id: 'star',
      header: <Star size={12} role="img" aria-label={t`Starred`} />,
      label: t`Starred`,
      size: 44,
      fixed: true,
      cell: (row) => <StarMark row={row} onStar={writes?.onStar ?? null} />,
    },
    {
      id: 'input',
      header: t`Input`,
      label: t`Input`,
      size: 240,
      grow: 3,
      fixed: true,
      cell: (row) => <EditableCell row={row} field="input" title={t`Input`} onEdit={onEdit} />,
    },
    {
      id: 'expected',
      header: t`Expected`,
      label: t`Expected`,
      size: 200,
      grow: 3,
      cell: (row) => <EditableCell row={row} field="expected" title={t`Expected`} onEdit={onEdit} />,
    },
    {
      id: 'metadata',
      header: t`Metadata`,
      label: t`Metadata`,
      size: 160,
      grow: 1.4,
      cell: (row) => <EditableCell row={row} field="metadata" title={t`Metadata`} onEdit={onEdit} />,
    },
    {
      id: 'tags',
      header: t`Tags`,
      label: t`Tags`,
      size: 140,
      cell: (row) => <EditableCell row={row} field="tags" title={t`Tags`} onEdit={onEdit} />,
    },
    {
      id: 'origin',
      header: t`Origin`,
      label: t`Origin`,
      size: 96,
      cell: (row) => <OriginLink origin={row.origin} />,
    },
    {
      id: 'created',
      header: t`Created`,
      label: t`Created`,
      size: 92,
      align: 'right',
      cell: (row) => (
        <span className="text-ink-3">
          <Time iso={row.created} />
        </span>
      ),
    },
  ]
  return columns.map((column) => ({ ...column, sortable: SORTABLE.includes(column.id) }))
}

export function hiddenColumns({ hide }: DatasetShown): ReadonlySet<string> {
  return new Set(hide?.split(','))
}

/** A dataset row on a phone; fields are edited in the panel. */
export function CompactRow({ row }: { row: Row }) {
  return (
    <div>
      <div className="flex items-center gap-1.5 font-medium">
        <StarMark row={row} onStar={null} />
        <span className="truncate">{oneLine(row.input)}</span>
      </div>
      <div className="truncate text-s text-ink-2">
        {row.expected == null ? (
          <span className="text-ink-3">{t`nothing expected`}</span>
        ) : (
          <Gist value={row.expected} />
        )}
      </div>
      <div className="flex items-center gap-2 text-xs text-ink-3">
        <span className="min-w-0 flex-1 truncate">{oneLine(row.metadata)}</span>
        <Time iso={row.created} />
      </div>
    </div>
  )
}
