import { t } from '@lingui/core/macro'
import type { Row } from '@/api/types'
import { ScoreCell } from '@/components/score'
import { isObject, toText } from '@/lib/json'
import { LongText } from './long-text'
import { Field } from './payload'

/** Scores of a span with the reason the scorer gave. */
export function ScoreList({ span }: { span: Row }) {
  const scores = Object.entries(span.scores ?? {})
  if (scores.length === 0) return null
  return (
    <Field title={t`Scores`}>
      <dl className="divide-y divide-line">
        {scores.map(([name, value]) => (
          <div
            key={name}
            className="grid grid-cols-[minmax(90px,auto)_90px_1fr] items-baseline gap-x-3 px-2.5 py-1.5 text-s max-sm:grid-cols-[1fr_auto]"
          >
            <dt className="truncate" title={name}>
              {name}
            </dt>
            <dd>
              <ScoreCell value={value} />
            </dd>
            <dd className="min-w-0 text-ink-2 max-sm:col-span-2">
              <LongText text={rationale(span, name)} className="!p-0" />
            </dd>
          </div>
        ))}
      </dl>
    </Field>
  )
}

/** Scorers write their reason into the metadata of their span, under one of these names. */
const KEYS = ['rationale', 'reason', 'reasoning', 'explanation', 'comment'] as const

export function rationale(span: Pick<Row, 'metadata' | 'output'>, score: string): string {
  const own = span.metadata?.[score]
  for (const holder of [
    own,
    span.metadata,
    span.output,
    isObject(span.output) ? span.output.metadata : null,
  ]) {
    if (!isObject(holder)) continue
    for (const key of KEYS) if (holder[key] != null) return toText(holder[key])
  }
  return ''
}
