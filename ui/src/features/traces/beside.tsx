import { useState, type ReactNode } from 'react'
import type { TraceSearch } from '@/lib/search-params'
import type { TraceRef } from './api'
import { counterpart } from './counterpart'
import { TracePanel } from './trace-panel'
import { useTrace } from './use-trace'

type Props = {
  traceRef: TraceRef
  /** The trace it stands beside, and its address: which span is on show there, and how. */
  first: { traceRef: TraceRef; search: TraceSearch }
  label?: ReactNode
  onClose: () => void
}

/**
 * A second trace. Its span on show is the one at the place of that of the first, until one is chosen here; payloads are
 * shown as their difference from the first. So is the view, until another one is chosen.
 */
export function BesideTrace({ traceRef, first, label, onClose }: Props) {
  const { trace } = useTrace(traceRef, undefined)
  const { trace: other } = useTrace(first.traceRef, first.search.s)
  const node = other && (other.byKey.get(first.search.s ?? '') ?? other.nodes[0])
  const [own, setOwn] = useState<{ to: string | undefined; span: string | undefined }>()
  const [view, setView] = useState<TraceSearch['tvt']>()
  const followed = node && trace ? counterpart(other, node, trace)?.key : undefined
  const span = own && own.to === node?.key ? own.span : followed
  return (
    <TracePanel
      traceRef={traceRef}
      search={{
        r: traceRef.rootSpanId,
        s: span,
        tvt: view ?? first.search.tvt,
        tlb: first.search.tlb,
        full: '1',
      }}
      onSearch={(changes) => {
        if ('s' in changes) setOwn({ to: node?.key, span: changes.s })
        if ('tvt' in changes) setView(changes.tvt ?? 'trace')
        if ('full' in changes && !changes.full) onClose()
      }}
      onClose={onClose}
      against={node ? { traceRef: first.traceRef, rowId: node.span.id } : undefined}
      label={label}
    />
  )
}
