import { t } from '@lingui/core/macro'
import type { DatasetEvent } from '@/api/types'
import { toReadable, type Json } from '@/lib/json'

const FIELDS = ['input', 'expected', 'metadata', 'tags'] as const

/** A row before it exists. */
export function RowPreview({ event }: { event: DatasetEvent }) {
  return (
    <dl className="max-h-80 overflow-y-auto rounded-l border border-line bg-panel text-s">
      {FIELDS.map((field) => (
        <div
          key={field}
          className="grid grid-cols-[72px_1fr] gap-2 border-b border-line px-2.5 py-1.5 last:border-b-0"
        >
          <dt className="text-ink-3">{field}</dt>
          <dd className="line-clamp-6 min-w-0 break-words whitespace-pre-wrap">
            {toReadable(event[field] as Json | undefined).slice(0, 2000) || (
              <span className="text-ink-3">{t`empty`}</span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}
