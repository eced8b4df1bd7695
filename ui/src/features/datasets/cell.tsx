import { t } from '@lingui/core/macro'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import type { Row } from '@/api/types'
import { Gist } from '@/components/gist'
import { Popover } from '@/components/ui/popover'
import { Tag } from '@/components/ui/bits'
import type { Json } from '@/lib/json'
import type { EditableField, RowEdit } from './api'
import { FieldEditor } from './field-editor'

type Props = {
  row: Row
  field: EditableField
  title: string
  onEdit: ((row: Row, edit: RowEdit) => void) | null
}

/** A value of the grid with its editor one click away. */
export function EditableCell({ row, field, title, onEdit }: Props) {
  const [open, setOpen] = useState(false)
  const value = row[field] as Json | undefined
  if (!onEdit) return <Shown field={field} value={value} />
  return (
    <span className="group/cell flex items-center gap-1">
      <span className="min-w-0 flex-1 truncate">
        <Shown field={field} value={value} />
      </span>
      <Popover
        title={t`Edit ${title.toLowerCase()}`}
        open={open}
        onOpenChange={setOpen}
        className="!w-[30rem]"
        trigger={
          <button
            type="button"
            aria-label={t`Edit ${title.toLowerCase()}`}
            className="flex size-5.5 shrink-0 items-center justify-center rounded text-ink-3 opacity-0 group-hover/cell:opacity-100 hover:bg-sunken hover:text-ink focus-visible:opacity-100 max-sm:hidden data-popup-open:opacity-100"
          >
            <Pencil size={12} />
          </button>
        }
      >
        <FieldEditor
          field={field}
          title={title}
          value={value}
          autoFocus
          onCancel={() => setOpen(false)}
          onSave={(edit) => {
            setOpen(false)
            onEdit(row, edit)
          }}
        />
      </Popover>
    </span>
  )
}

function Shown({ field, value }: { field: EditableField; value: Json | undefined }) {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0))
    return <span className="text-ink-3">–</span>
  if (field === 'tags' && Array.isArray(value))
    return value.map((tag) => <Tag key={String(tag)}>{String(tag)}</Tag>)
  return <Gist value={value} />
}
