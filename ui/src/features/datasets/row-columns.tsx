import type { Row } from '@/api/types'
import type { Column } from '@/components/table/columns'
import { Time } from '@/components/time'
import type { RowEdit } from './api'
import { EditableCell } from './cell'
import { OriginLink } from './origin-link'

export function rowColumns(onEdit: (row: Row, edit: RowEdit) => void): Column<Row>[] {
  return [
    { id: 'input', header: 'Input', label: 'Input', size: 240, grow: 3, fixed: true, cell: (row) => <EditableCell row={row} field="input" title="Input" onEdit={onEdit} /> },
    { id: 'expected', header: 'Expected', label: 'Expected', size: 200, grow: 3, cell: (row) => <EditableCell row={row} field="expected" title="Expected" onEdit={onEdit} /> },
    { id: 'metadata', header: 'Metadata', label: 'Metadata', size: 160, grow: 1.4, cell: (row) => <EditableCell row={row} field="metadata" title="Metadata" onEdit={onEdit} /> },
    { id: 'tags', header: 'Tags', label: 'Tags', size: 140, cell: (row) => <EditableCell row={row} field="tags" title="Tags" onEdit={onEdit} /> },
    { id: 'origin', header: 'Origin', label: 'Origin', size: 96, cell: (row) => <OriginLink origin={row.origin} /> },
    { id: 'created', header: 'Created', label: 'Created', size: 92, align: 'right', cell: (row) => <span className="text-ink-3"><Time iso={row.created} /></span> },
  ]
}
