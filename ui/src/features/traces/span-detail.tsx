import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Suspense, useMemo } from 'react'
import { ASSIGNMENTS } from '@/api/people'
import { ErrorState } from '@/components/states'
import { Skeleton, ScriptedBadge } from '@/components/ui/bits'
import * as format from '@/lib/format'
import { intl } from '@/lib/i18n'
import { isObject, toText, type JsonObject } from '@/lib/json'
import { loadLater } from '@/lib/load-later'
import { useReadOnly } from '@/lib/read-only'
import { Feedback, Said } from '../review/feedback'
import { Activity } from './activity'
import { spanQuery, type SpanRef, type TraceRef } from './api'
import { Field, Payload } from './payload'
import { LongText } from './long-text'
import { ScoreList } from './score-list'
import { isScripted, spanKind, spanName, type SpanNode } from './tree'
import { KindDot } from './kind-dot'

const CopyAsMenu = loadLater(async () => (await import('./copy-as-menu')).CopyAsMenu)

type Props = {
  traceRef: TraceRef
  node: SpanNode
  /** The span of another trace that this one is compared with. */
  against?: SpanRef | undefined
}

/** Everything one span holds, field by field. All of it is shown as text: what applications log is not to be trusted. */
export function SpanDetail({ traceRef, node, against }: Props) {
  const readOnly = useReadOnly()
  const { data: span, error, isPending, refetch } = useQuery(spanQuery(traceRef, node.span.id))
  const { data: other } = useQuery({
    ...spanQuery(against?.traceRef ?? traceRef, against?.rowId ?? ''),
    enabled: against !== undefined,
  })
  const metadata = useMemo(() => withoutAssignments(span?.metadata), [span?.metadata])
  return (
    <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain pb-6" data-testid="span-detail">
      <div className="sticky top-0 z-10 flex min-h-9 items-center gap-2 bg-bg px-3.5 text-s">
        <KindDot kind={spanKind(node.span)} error={node.span.error != null} />
        <h3 className="truncate font-medium">{spanName(node.span)}</h3>
        {node.span.model ? <span className="truncate text-ink-3">{node.span.model}</span> : null}
        {span && isScripted(span) ? <ScriptedBadge /> : null}
        <span className="ml-auto whitespace-nowrap text-ink-3">{metricLine(node)}</span>
        {span && !readOnly ? (
          <Suspense fallback={null}>
            <CopyAsMenu span={span} />
          </Suspense>
        ) : null}
      </div>
      {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {isPending ? (
        <div role="status" aria-label={t`Loading the span`} className="space-y-3 px-3.5 pt-1">
          <Skeleton className="h-24 w-full" />
          <Skeleton className="h-32 w-full" />
        </div>
      ) : null}
      {span ? (
        <div className="space-y-2.5 px-3.5">
          {span.error != null ? (
            <Field title={t`Error`} tone="worse">
              <LongText text={toText(span.error)} mono className="text-worse" />
            </Field>
          ) : null}
          <Payload name="input" title={t`Input`} value={span.input} beside={other?.input} />
          <Payload
            name="output"
            title={t`Output`}
            value={span.output}
            against={span.expected}
            beside={other?.output}
          />
          <Payload name="expected" title={t`Expected`} value={span.expected} />
          <ScoreList span={span} />
          {readOnly ? (
            <Said row={span} />
          ) : (
            <Feedback
              rowRef={{ from: traceRef.from, objectId: traceRef.objectId, rowId: span.id }}
              row={span}
            />
          )}
          <Activity traceRef={traceRef} audit={span.audit_data} />
          {metadata && Object.keys(metadata).length ? (
            <Payload name="metadata" title={t`Metadata`} value={metadata} />
          ) : null}
          {span.metrics && Object.keys(span.metrics).length ? <Metrics metrics={span.metrics} /> : null}
          {span.origin ? <Payload name="origin" title={t`Origin`} value={span.origin} /> : null}
        </div>
      ) : null}
    </div>
  )
}

/** Who a span is assigned to is shown above it. */
function withoutAssignments(metadata: JsonObject | null | undefined): JsonObject | null {
  if (!isObject(metadata)) return null
  const { [ASSIGNMENTS]: _people, ...rest } = metadata
  return rest
}

function metricLine({ span, duration }: SpanNode): string {
  const tokens = span.metrics?.tokens ?? null
  return [
    format.duration(duration),
    tokens ? t`${format.compact(tokens)} tok` : '',
    span.metrics?.estimated_cost ? format.money(span.metrics.estimated_cost) : '',
  ]
    .filter((part) => part && part !== '–')
    .join(' · ')
}

const UNITS: Record<string, (value: number) => string> = {
  start: (value) => format.exactTime(new Date(value * 1000).toISOString()),
  end: (value) => format.exactTime(new Date(value * 1000).toISOString()),
  duration: format.duration,
  llm_duration: format.duration,
  time_to_first_token: format.duration,
  estimated_cost: format.money,
}

function Metrics({ metrics }: { metrics: Record<string, number | null> }) {
  return (
    <Field title={t`Metrics`}>
      <dl className="grid grid-cols-[minmax(120px,auto)_1fr] gap-x-4 gap-y-0.5 p-2.5 text-s">
        {Object.entries(metrics).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-3">{name}</dt>
            <dd className="truncate" title={String(value)}>
              {value === null
                ? '–'
                : (UNITS[name]?.(value) ?? value.toLocaleString(intl.numbers, { maximumFractionDigits: 6 }))}
            </dd>
          </div>
        ))}
      </dl>
    </Field>
  )
}
