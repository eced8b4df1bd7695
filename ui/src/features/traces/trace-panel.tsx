import { t } from '@lingui/core/macro'
import { Suspense, useMemo, useState } from 'react'
import { Empty, ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { useHotkeys } from '@/lib/hotkeys'
import { loadLater } from '@/lib/load-later'
import { useReadOnly } from '@/lib/read-only'
import type { TraceSearch } from '@/lib/search-params'
import { useStable } from '@/lib/use-stable'
import { AddToDataset } from '../datasets/add-dialog'
import type { SpanRef, TraceRef } from './api'
import { PanelFrame } from './panel-frame'
import { scaleOf } from './scale'
import { SpanTree } from './span-tree'
import { TraceHead } from './trace-head'
import { TraceTabs } from './trace-tabs'
import { visibleNodes, type SpanNode, type Trace } from './tree'
import { useTrace } from './use-trace'
import { useTraceSearch } from './use-trace-search'

// Each is fetched when it is opened: the first load of the page that holds the panel stays small.
const AgentGraph = loadLater(async () => (await import('./graph-view')).AgentGraph)
const ContextGrowth = loadLater(async () => (await import('./context-view')).ContextGrowth)
const RawTrace = loadLater(async () => (await import('./raw')).RawTrace)
const RepeatsStrip = loadLater(async () => (await import('./repeats-strip')).RepeatsStrip)
export const SpanDetail = loadLater(async () => (await import('./span-detail')).SpanDetail)
const Thread = loadLater(async () => (await import('./thread')).Thread)

type Props = {
  traceRef: TraceRef
  search: TraceSearch
  onSearch: (changes: TraceSearch) => void
  /** Absent where there is nothing to go back to. */
  onClose?: (() => void) | undefined
  /** The span of another trace that the one on show is compared with. */
  against?: SpanRef | undefined
  /** Shown in the head, such as which experiment the trace belongs to. */
  label?: React.ReactNode
}

/** One trace: beside a table, or (`full`) instead of it. */
export function TracePanel({ traceRef, search, onSearch, onClose, against, label }: Props) {
  const { trace, partial, error, refetch } = useTrace(traceRef, search.s)
  const full = search.full === '1'
  return (
    <PanelFrame full={full} label={t`Trace`} alone={!onClose}>
      {error ? <ErrorState error={error} retry={refetch} /> : null}
      {!error && !trace ? <SkeletonRows rows={9} label={t`Loading the trace`} /> : null}
      {trace && trace.nodes.length === 0 ? (
        <Empty
          title={t`This trace is not here`}
        >{t`It was deleted, or the link belongs to another project.`}</Empty>
      ) : null}
      {!error && trace?.nodes[0] ? (
        <LoadedTrace
          traceRef={traceRef}
          trace={trace}
          partial={partial}
          search={search}
          onSearch={onSearch}
          onClose={onClose}
          against={against}
          label={label}
        />
      ) : null}
    </PanelFrame>
  )
}

type LoadedProps = Props & { trace: Trace; partial: boolean }

function LoadedTrace(props: LoadedProps) {
  const { traceRef, trace, partial, search, onSearch, onClose, against, label } = props
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set())
  const [adding, setAdding] = useState(false)
  const readOnly = useReadOnly()
  const view = search.tvt ?? 'trace'
  const full = search.full === '1'
  const root = trace.nodes[0]!
  const node = (search.s && trace.byKey.get(search.s)) || root
  const measure = view === 'timeline' ? (search.tlb ?? 'time') : 'time'
  const scale = useMemo(() => scaleOf(trace, measure), [trace, measure])
  const nodes = useMemo(() => visibleNodes(trace, collapsed), [trace, collapsed])
  const finder = useTraceSearch(traceRef, trace)

  const choose = useStable((next: SpanNode | undefined) => {
    if (next) onSearch({ s: next.key })
  })
  const fold = useStable((target: SpanNode, on: boolean) => {
    const next = new Set(collapsed)
    if (on) next.add(target.key)
    else next.delete(target.key)
    setCollapsed(next)
  })
  const step = (by: number): void => {
    const list = finder.matches ? nodes.filter((item) => finder.matches?.has(item.span.span_id)) : nodes
    const now = list.findIndex((item) => item.key === node.key)
    choose(list[now === -1 ? 0 : Math.max(0, Math.min(list.length - 1, now + by))])
  }
  // Of two traces beside each other the first has the keys, and the second follows.
  useHotkeys(
    {
      n: () => step(1),
      p: () => step(-1),
      h: () => fold(node, true),
      l: () => fold(node, false),
      ...(readOnly ? {} : { d: () => setAdding(true) }),
      ...(onClose ? { f: () => onSearch({ full: full ? undefined : '1' }) } : {}),
      ...(full && onClose ? { Escape: () => onSearch({ full: undefined }) } : {}),
    },
    against === undefined,
  )

  const tree = (
    <SpanTree
      scale={scale}
      nodes={nodes}
      selected={node.key}
      collapsed={collapsed}
      matches={finder.matches}
      wide={view === 'timeline'}
      onChoose={choose}
      onFold={fold}
    />
  )
  const detail = (
    <Suspense fallback={<SkeletonRows rows={6} label={t`Loading the span`} />}>
      <SpanDetail key={node.key} traceRef={traceRef} node={node} against={against} />
    </Suspense>
  )
  return (
    <>
      <TraceHead
        traceRef={traceRef}
        trace={trace}
        partial={partial}
        root={root}
        selected={node}
        full={full}
        label={label}
        onAdd={() => setAdding(true)}
        onFull={() => onSearch({ full: full ? undefined : '1' })}
        onClose={onClose}
      />
      <TraceTabs
        view={view}
        onView={(tvt) => onSearch({ tvt: tvt === 'trace' ? undefined : tvt })}
        by={measure}
        onBy={(tlb) => onSearch({ tlb: tlb === 'time' ? undefined : tlb })}
        finder={finder}
        onEnter={() => step(1)}
      />
      {view === 'trace' || view === 'timeline' ? (
        <Suspense fallback={null}>
          <RepeatsStrip
            traceRef={traceRef}
            trace={trace}
            selected={node.key}
            onChoose={(key) => choose(trace.byKey.get(key))}
          />
        </Suspense>
      ) : null}
      <Suspense fallback={<SkeletonRows rows={8} label={t`Loading the view`} />}>
        {view === 'thread' ? (
          <Thread
            traceRef={traceRef}
            trace={trace}
            onChoose={(span) => onSearch({ s: span, tvt: undefined })}
          />
        ) : null}
        {view === 'graph' ? (
          <AgentGraph trace={trace} onChoose={(next) => onSearch({ s: next.key, tvt: undefined })} />
        ) : null}
        {view === 'context' ? (
          <ContextGrowth
            trace={trace}
            selected={node.key}
            onChoose={(next) => onSearch({ s: next.key, tvt: undefined })}
          />
        ) : null}
        {view === 'raw' ? <RawTrace traceRef={traceRef} /> : null}
      </Suspense>
      {view === 'trace' || view === 'timeline' ? (
        full && view === 'trace' ? (
          <div className="grid min-h-0 flex-1 grid-cols-[minmax(320px,42%)_1fr] max-md:grid-cols-1 max-md:grid-rows-[40%_1fr]">
            <div className="flex min-h-0 flex-col border-r border-line max-md:border-r-0 max-md:border-b">
              {tree}
            </div>
            {detail}
          </div>
        ) : (
          <>
            <div
              className="flex max-h-[46%] min-h-24 shrink-0 flex-col border-b border-line"
              style={{ height: Math.min(nodes.length, 60) * 26 + (view === 'timeline' ? 30 : 9) }}
            >
              {tree}
            </div>
            {detail}
          </>
        )
      ) : null}
      {adding ? (
        <AddToDataset
          sources={[
            {
              objectType: traceRef.from,
              objectId: traceRef.objectId,
              rootSpanId: traceRef.rootSpanId,
              spanId: node.span.span_id,
              isRoot: node.span.is_root,
            },
          ]}
          onClose={() => setAdding(false)}
          onDone={() => setAdding(false)}
        />
      ) : null}
    </>
  )
}
