import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { listen } from '@/api/live'

const SETTLE_MS = 700
const LIVE: ReadonlySet<unknown> = new Set([
  'comparison',
  'cases',
  'answers',
  'plan',
  'reliability',
  'progress',
])

/** Keeps comparisons on show current while an experiment runs. */
export function useExperimentEvents(projectId: string): void {
  const queryClient = useQueryClient()
  useEffect(() => {
    const changed = new Map<string, boolean>() // by id: whether the experiment itself changed
    let timer: ReturnType<typeof setTimeout> | null = null
    const flush = (): void => {
      timer = null
      const known = new Set(
        queryClient
          .getQueriesData({ queryKey: ['experiments', projectId] })
          .flatMap(([, list]) => (Array.isArray(list) ? list.map((item: { id: string }) => item.id) : [])),
      )
      for (const id of changed.keys()) {
        void queryClient.invalidateQueries({
          predicate: ({ queryKey: [kind, one, others] }) =>
            LIVE.has(kind) && (one === id || (Array.isArray(others) && others.includes(id))),
        })
        if (!known.has(id) || changed.get(id))
          void queryClient.invalidateQueries({ queryKey: ['experiments', projectId] })
      }
      changed.clear()
    }
    const stop = listen(projectId, {
      onSpans: (message) => {
        if (message.object_type !== 'experiment') return
        changed.set(message.object_id, changed.get(message.object_id) === true || message.count === 0)
        timer ??= setTimeout(flush, SETTLE_MS)
      },
    })
    return () => {
      stop()
      if (timer) clearTimeout(timer)
    }
  }, [projectId, queryClient])
}
