import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Row } from '@/api/types'
import { Gist } from '@/components/gist'
import { Empty, ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import * as format from '@/lib/format'
import { threadQuery, type TraceRef } from './api'
import { ChatView } from './chat-view'
import { JsonTree } from './json-tree'
import { KindDot } from './kind-dot'
import { rationale } from './score-list'
import { buildThread, type ThreadStep } from './thread-steps'
import { spanKind, spanName, type Trace } from './tree'

type Props = { traceRef: TraceRef; trace: Trace; onChoose: (spanId: string) => void }

/** The trace as a conversation: what each model call added, tool runs and scores between. */
export function Thread({ traceRef, trace, onChoose }: Props) {
  const { data: rows, error, refetch } = useQuery(threadQuery(traceRef))
  const steps = useMemo(() => (rows ? buildThread(rows, trace) : []), [rows, trace])
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!rows) return <SkeletonRows rows={8} label={t`Loading the conversation`} />
  if (steps.length === 0)
    return (
      <Empty title={t`No conversation in this trace`}>
        {t`It has no model calls in a known chat format. The tree shows its spans.`}
      </Empty>
    )
  return (
    <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-3.5 py-3">
      <ol className="mx-auto max-w-3xl space-y-2">
        {steps.map((step) => (
          <Step key={step.span.span_id} step={step} onChoose={onChoose} />
        ))}
      </ol>
    </div>
  )
}

function Step({ step, onChoose }: { step: ThreadStep; onChoose: (spanId: string) => void }) {
  const { span, node, messages } = step
  return (
    <li className="overflow-hidden rounded-l border border-line">
      <button
        type="button"
        onClick={() => onChoose(span.span_id)}
        title={t`Show this span`}
        className="flex h-7 w-full items-center gap-2 border-b border-line bg-panel px-2.5 text-left text-xs hover:bg-sunken"
      >
        <KindDot kind={spanKind(span)} error={span.error != null} />
        <span className="font-medium">{spanName(span)}</span>
        <span className="truncate text-ink-3">{node?.span.model}</span>
        <span className="ml-auto shrink-0 text-ink-3">{format.duration(node?.duration)}</span>
      </button>
      {messages ? <ChatView messages={messages} /> : <Work span={span} />}
    </li>
  )
}

/** What a tool took and gave, or what a scorer said and why. */
function Work({ span }: { span: Row }) {
  const scores = Object.entries(span.scores ?? {})
  const scored = span.span_attributes?.type === 'score'
  const result = span.error ?? span.output
  return (
    <dl className="grid grid-cols-[minmax(68px,auto)_1fr] gap-x-2 gap-y-0.5 px-2.5 py-1.5 text-s">
      {scores.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="max-w-44 truncate text-score" title={name}>
            {name}
          </dt>
          <dd className="min-w-0 break-words">
            <span className="font-medium">{format.score(value)}</span>{' '}
            <span className="text-ink-2">
              <Gist value={rationale(span, name)} limit={500} />
            </span>
          </dd>
        </div>
      ))}
      {scored ? null : (
        <div className="contents">
          <dt className="text-ink-3">{t`in`}</dt>
          <dd className="min-w-0 break-words">
            <Gist value={span.input} limit={500} />
          </dd>
        </div>
      )}
      {scored && (result === null || result === undefined) ? null : (
        <div className="contents">
          <dt className={span.error == null ? 'text-ink-3' : 'text-worse'}>
            {span.error == null ? t`out` : t`error`}
          </dt>
          <dd className="min-w-0 break-words">
            {Array.isArray(span.output) && span.error == null ? (
              <JsonTree value={span.output} />
            ) : (
              <Gist value={result} limit={500} />
            )}
          </dd>
        </div>
      )}
    </dl>
  )
}
