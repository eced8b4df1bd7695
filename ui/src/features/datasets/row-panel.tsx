import { t } from '@lingui/core/macro'
import { History, Pencil, Trash2, X } from 'lucide-react'
import { useState } from 'react'
import type { Row } from '@/api/types'
import { CopyButton } from '@/components/copy'
import { Spacer } from '@/components/page'
import { Button } from '@/components/ui/button'
import { exactTime } from '@/lib/format'
import type { Json } from '@/lib/json'
import { useZone } from '@/lib/theme'
import { PanelFrame } from '../traces/panel-frame'
import { Field, Payload } from '../traces/payload'
import type { EditableField, RowEdit } from './api'
import { FieldEditor } from './field-editor'
import { OriginLink } from './origin-link'
import { RowHistory } from './row-history'
import { StarMark, type OnStar } from './star'

const FIELDS: { field: EditableField; title: string }[] = [
  { field: 'input', title: t`Input` },
  { field: 'expected', title: t`Expected` },
  { field: 'metadata', title: t`Metadata` },
  { field: 'tags', title: t`Tags` },
]

type Props = {
  datasetId: string
  row: Row
  /** Null when an old version is read. */
  onEdit: ((row: Row, edit: RowEdit) => void) | null
  onStar: OnStar | null
  onDelete: (row: Row) => void
  onClose: () => void
}

/** One dataset row, field by field. */
export function RowPanel({ datasetId, row, onEdit, onStar, onDelete, onClose }: Props) {
  const [editing, setEditing] = useState<EditableField | null>(null)
  const [history, setHistory] = useState(false)
  const [zone] = useZone()
  return (
    <PanelFrame full={false} label={t`Row`}>
      <header className="shrink-0 border-b border-line">
        <div className="flex h-11 items-center gap-2 px-3.5">
          <h2 className="font-semibold">{t`Row`}</h2>
          <StarMark row={row} onStar={onStar} />
          <span className="flex min-w-0 items-center font-mono text-[11.5px] text-ink-3">
            <span className="truncate">{row.id}</span>
            <CopyButton text={row.id} label={t`Copy row id`} />
          </span>
          <Spacer />
          <Button
            active={history}
            icon={<History size={13} aria-hidden />}
            onClick={() => setHistory(!history)}
            title={t`What the row was before`}
          >
            {t`History`}
          </Button>
          {onEdit ? (
            <Button variant="danger" icon={<Trash2 size={13} aria-hidden />} onClick={() => onDelete(row)}>
              {t`Delete`}
            </Button>
          ) : null}
          <Button
            variant="ghost"
            icon={<X size={16} />}
            aria-label={t`Close`}
            title={t`Close (esc)`}
            onClick={onClose}
            className="-mr-1.5"
          />
        </div>
        <dl className="flex flex-wrap gap-x-4 px-3.5 pb-2 text-s">
          <Fact name={t`Created`}>{exactTime(row.created, zone).slice(0, 19)}</Fact>
          <Fact name={t`Version`}>
            <span className="font-mono text-[11.5px]">{row._xact_id}</span>
          </Fact>
          {row.origin ? (
            <Fact name={t`Made from`}>
              <OriginLink origin={row.origin} label={t`its trace`} />
            </Fact>
          ) : null}
        </dl>
      </header>
      <div className="min-h-0 flex-1 space-y-2.5 overflow-y-auto p-3.5">
        {history ? <RowHistory datasetId={datasetId} row={row} onEdit={onEdit} /> : null}
        {(history ? [] : FIELDS).map(({ field, title }) =>
          editing === field && onEdit ? (
            <FieldEditor
              key={field}
              field={field}
              title={title}
              value={row[field] as Json | undefined}
              autoFocus
              onCancel={() => setEditing(null)}
              onSave={(edit) => {
                setEditing(null)
                onEdit(row, edit)
              }}
            />
          ) : (
            <ShownField
              key={field}
              title={title}
              field={field}
              row={row}
              onEdit={onEdit ? () => setEditing(field) : null}
            />
          ),
        )}
      </div>
    </PanelFrame>
  )
}

function ShownField({
  title,
  field,
  row,
  onEdit,
}: {
  title: string
  field: EditableField
  row: Row
  onEdit: (() => void) | null
}) {
  const edit = onEdit ? (
    <button
      type="button"
      aria-label={t`Edit ${title.toLowerCase()}`}
      onClick={onEdit}
      className="flex items-center gap-1 rounded px-1.5 py-0.5 hover:bg-sunken hover:text-ink"
    >
      <Pencil size={11} aria-hidden /> {t`Edit`}
    </button>
  ) : null
  if (!isEmpty(row[field]))
    return <Payload name={field} title={title} value={row[field] as Json} extra={edit} />
  return (
    <Field title={title} tools={edit}>
      <p className="p-2.5 text-s text-ink-3">{t`empty`}</p>
    </Field>
  )
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0)
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="flex gap-1.5">
      <dt className="text-ink-3">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
