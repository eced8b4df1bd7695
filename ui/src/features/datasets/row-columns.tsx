import { t } from '@lingui/core/macro'
import type { Row } from '@/api/types'
import type { Column } from '@/components/table/columns'
import { Gist } from '@/components/gist'
import { Time } from '@/components/time'
import { oneLine } from '@/lib/json'
import type { RowEdit } from './api'
import { EditableCell } from './cell'
import { OriginLink } from './origin-link'

/** Without `onEdit` the cells are to be read only. */
export function rowColumns(onEdit: ((row: Row, edit: RowEdit) => void) | null): Column<Row>[] {
  return [
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
}

/** A dataset row on a phone; fields are edited in the panel. */
export function CompactRow({ row }: { row: Row }) {
  return (
    <div>
      <div className="truncate font-medium">{oneLine(row.input)}</div>
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
