import { useQuery } from '@tanstack/react-query'
import { traceQuery, traceStartQuery, type TraceRef } from './api'
import type { Trace } from './tree'

export type TraceReading = {
  /** Undefined while there is nothing to show. */
  trace: Trace | undefined
  /** The trace has more spans than are shown; they are on their way. */
  partial: boolean
  error: Error | null
  refetch: () => void
}

/** A trace: its oldest spans as soon as they are here, then all. Waits for all when `selected` is not among them. */
export function useTrace(ref: TraceRef, selected: string | undefined): TraceReading {
  const start = useQuery(traceStartQuery(ref))
  const whole = useQuery(traceQuery(ref, start.data))
  const partial = Boolean(start.data?.cursor) && !whole.data
  const shown = partial ? start.data?.trace : (whole.data ?? start.data?.trace)
  return {
    trace: partial && selected && !shown?.byKey.has(selected) ? undefined : shown,
    partial,
    error: start.error ?? whole.error,
    refetch: () => void (start.error ? start : whole).refetch(),
  }
}
