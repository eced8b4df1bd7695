import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Undo2 } from 'lucide-react'
import type { Row } from '@/api/types'
import { ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { Badge, SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { xactTime } from '@/lib/xact'
import type { RowEdit } from './api'
import { changedFields, FIELDS, type RowContent } from './difference'
import { FieldDiff } from './field-diff'
import { rowHistoryQuery, type PastRow } from './versions'

type Props = { datasetId: string; row: Row; onEdit: ((row: Row, edit: RowEdit) => void) | null }

/** Every version of a row with what it changed, newest first; any of them can be written again. */
export function RowHistory({ datasetId, row, onEdit }: Props) {
  const { data, error, refetch } = useQuery(rowHistoryQuery(datasetId, row.id))
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!data) return <SkeletonRows rows={3} label={t`Loading the history`} />
  return (
    <ol aria-label={t`History`} className="space-y-3">
      {data.map((past, i) => (
        <Entry
          key={past._xact_id}
          past={past}
          before={alive(data[i + 1])}
          onRevert={
            onEdit && i > 0 && alive(past) && changedFields(row, past).length
              ? () => onEdit(row, contentOf(past))
              : null
          }
        />
      ))}
    </ol>
  )
}

/** A deleted row has no content. */
function alive(past: PastRow | undefined): PastRow | null {
  return past && past.audit_data?.action !== 'delete' ? past : null
}

function contentOf(past: PastRow): RowEdit {
  return {
    input: past.input ?? null,
    expected: past.expected ?? null,
    metadata: past.metadata,
    tags: past.tags,
  }
}

type EntryProps = { past: PastRow; before: RowContent | null; onRevert: (() => void) | null }

function Entry({ past, before, onRevert }: EntryProps) {
  const after = alive(past)
  const fields = changedFields(before, after)
  return (
    <li className="rounded-l border border-line p-2.5">
      <header className="mb-1.5 flex min-h-7 items-center gap-2">
        <Badge tone={after ? (before ? 'unsure' : 'better') : 'worse'}>
          {after ? (before ? t`changed` : t`added`) : t`deleted`}
        </Badge>
        <span className="text-s">
          <Time iso={xactTime(past._xact_id)} />
        </span>
        <code className="truncate font-mono text-[11.5px] text-ink-3">{past._xact_id}</code>
        <span className="flex-1" />
        {onRevert ? (
          <Button icon={<Undo2 size={13} aria-hidden />} onClick={onRevert}>
            {t`Revert to this`}
          </Button>
        ) : null}
      </header>
      {fields.length ? (
        <FieldDiff fields={FIELDS.filter((field) => fields.includes(field))} before={before} after={after} />
      ) : (
        <p className="text-s text-ink-3">
          {past.audit_data?.action === 'comment' ? t`A comment.` : t`Written again as it was.`}
        </p>
      )}
    </li>
  )
}
