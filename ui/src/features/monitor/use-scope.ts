import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { MonitorSearch } from '@/lib/search-params'
import { textSearch } from '@/lib/sql'
import { bounds } from '@/lib/time-range'
import type { Scope, Window } from './questions'

const MINUTE = 60_000

/** What the address says that charts are about: which time, which rows. Live, the time moves on each minute. */
export function useScope(projectId: string, search: MonitorSearch): { base: Scope; window: Window } {
  const now = useClock(search.live === '1')
  const { q, f, scoring, rows } = search
  const window = useMemo((): Window => bounds(search.t, now), [search.t, now])
  const base = useMemo(
    (): Scope => ({
      projectId,
      where: [...(f ?? []), ...(q ? [textSearch(q)] : [])],
      rows: rows === '1',
      scoring: scoring === '1',
    }),
    [projectId, q, f, rows, scoring],
  )
  return { base, window }
}

/** The time in epoch milliseconds, a minute later each minute while it runs; charts of a fixed time are asked anew. */
function useClock(runs: boolean): number | undefined {
  const client = useQueryClient()
  const [now, setNow] = useState<number>()
  useEffect(() => {
    if (!runs) return undefined
    const timer = setInterval(() => {
      setNow(Date.now())
      void client.invalidateQueries({ queryKey: ['monitor'] })
    }, MINUTE)
    return () => clearInterval(timer)
  }, [runs, client])
  return now
}
