import { useQuery } from '@tanstack/react-query'
import { useDeferredValue, useEffect, useMemo, useState } from 'react'
import { traceSearchQuery, type TraceRef } from './api'
import { spanName, type Trace } from './tree'

export type TraceFinder = {
  words: string
  setWords: (words: string) => void
  /** Ids of the spans that match; null when nothing is searched for. */
  matches: ReadonlySet<string> | null
  busy: boolean
}

const DEBOUNCE_MS = 250

/** Search within a trace: names and models here at once, payloads on the server. */
export function useTraceSearch(ref: TraceRef, trace: Trace): TraceFinder {
  const [words, setWords] = useState('')
  const settled = useDebounced(words.trim())
  const { data, isFetching } = useQuery(traceSearchQuery(ref, settled))
  const lowered = useDeferredValue(words.trim().toLowerCase())
  const matches = useMemo(() => {
    if (!lowered) return null
    const found = new Set(settled.toLowerCase() === lowered ? data : undefined)
    for (const { span } of trace.nodes) {
      if (`${spanName(span)} ${span.model ?? ''}`.toLowerCase().includes(lowered)) found.add(span.span_id)
    }
    return found
  }, [lowered, settled, data, trace])
  return { words, setWords, matches, busy: isFetching }
}

function useDebounced(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), DEBOUNCE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
