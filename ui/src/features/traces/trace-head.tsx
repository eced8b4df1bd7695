import { plural, t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { DatabaseZap, Maximize2, Minimize2, X } from 'lucide-react'
import { CopyButton } from '@/components/copy'
import { Time } from '@/components/time'
import { Spacer } from '@/components/page'
import { Badge, Kbd, ScriptedBadge } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { useReadOnly } from '@/lib/read-only'
import { useMay } from '../projects/project-context'
import { KindDot } from './kind-dot'
import { AssignMenu } from '../people/assign-menu'
import { spanQuery, type TraceRef } from './api'
import { ShareMenu } from './share-menu'
import { spanKind, spanName, type SpanNode, type Trace } from './tree'

type Props = {
  traceRef: TraceRef
  trace: Trace
  /** More spans are on their way. */
  partial: boolean
  root: SpanNode
  /** The span on show. */
  selected: SpanNode
  full: boolean
  label?: React.ReactNode
  onAdd: () => void
  onFull: () => void
  /** Absent where there is nothing to go back to. */
  onClose?: (() => void) | undefined
}

export function TraceHead(props: Props) {
  const { traceRef, trace, partial, root, selected, full, label, onAdd, onFull, onClose } = props
  const { span } = root
  const adds = useMay('dataset', 'update')
  const readOnly = useReadOnly()
  const { tokens, cost, errors, scripted } = trace.totals
  const facts = partial
    ? [t`first ${plural(trace.nodes.length, { one: '# span', other: '# spans' })}`, t`reading the others…`]
    : [
        format.duration(trace.length),
        plural(trace.nodes.length, { one: '# span', other: '# spans' }),
        ...(tokens ? [t`${format.compact(tokens)} tokens`] : []),
        ...(cost ? [format.money(cost)] : []),
      ]
  return (
    <header className="@container shrink-0 border-b border-line">
      <div className="flex min-h-11 flex-wrap items-center gap-x-2 gap-y-1.5 px-3.5 py-2">
        {/* Takes what room is left, so that a long name gives way before a button moves to another line. */}
        <div className={cx('flex min-w-28 items-center gap-2', label ? 'shrink' : 'flex-1 basis-0')}>
          <KindDot kind={spanKind(span)} error={span.error != null} />
          <h2 className="min-w-8 truncate font-semibold" title={spanName(span)}>
            {spanName(span)}
          </h2>
          {scripted && !label ? <ScriptedBadge /> : null}
        </div>
        {label ? (
          <>
            <div className="flex min-w-0 items-center @max-2xl:order-last @max-2xl:basis-full">{label}</div>
            <Spacer />
          </>
        ) : null}
        <div className="flex shrink-0 items-center gap-2 @max-md:order-last @max-md:basis-full">
          {adds ? (
            <Button
              onClick={onAdd}
              icon={<DatabaseZap size={14} aria-hidden />}
              title={t`Add to dataset (d)`}
            >
              <span>{t`Add to dataset`}</span>
              <span className="@max-2xl:hidden">
                <Kbd>d</Kbd>
              </span>
            </Button>
          ) : null}
          {readOnly ? null : (
            <>
              <Assigned traceRef={traceRef} node={selected} />
              <ShareMenu traceRef={traceRef} node={selected} />
            </>
          )}
        </div>
        {onClose ? (
          <div className="flex shrink-0 items-center">
            <Button
              variant="ghost"
              icon={full ? <Minimize2 size={14} /> : <Maximize2 size={14} />}
              aria-label={full ? t`Back to the panel` : t`Whole page`}
              title={t`Whole page (f)`}
              onClick={onFull}
              className="max-md:hidden"
            />
            <Button
              variant="ghost"
              icon={<X size={16} />}
              aria-label={t`Close`}
              title={t`Close (esc)`}
              onClick={onClose}
              className="-mr-1.5"
            />
          </div>
        ) : null}
      </div>
      <p className="flex flex-wrap items-center gap-x-1 px-3.5 pb-2 text-s text-ink-2 tabular-nums">
        {facts.map((fact) => (
          <span key={fact}>{fact} ·</span>
        ))}
        <span>
          <Time iso={span.created} /> ·
        </span>
        <span
          className="flex items-center font-mono text-[11px] text-ink-3"
          title={t`Trace ${span.root_span_id}`}
        >
          {shortId(span.root_span_id)}
          <CopyButton text={span.root_span_id} label={t`Copy trace id`} className="!size-5" />
        </span>
        {errors ? <Badge tone="worse">{plural(errors, { one: '# error', other: '# errors' })}</Badge> : null}
      </p>
    </header>
  )
}

/** Enough of an id to tell traces apart; short ones whole. */
function shortId(id: string): string {
  return id.length > 16 ? `${id.slice(0, 8)}…` : id
}

/** Who the span on show is assigned to. */
function Assigned({ traceRef, node }: { traceRef: TraceRef; node: SpanNode }) {
  const { data: row } = useQuery(spanQuery(traceRef, node.span.id))
  const { from, objectId } = traceRef
  return <AssignMenu rowRef={{ from, objectId, rowId: node.span.id }} row={row} />
}
