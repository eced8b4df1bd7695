import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { listen, type LiveState as Connection } from '@/api/live'
import { useStable } from '@/lib/use-stable'
import { fetchLogs, logsQuery, PAGE, type LogsRead } from './api'
import { isGrouped } from './groups'
import { mergePages } from './merge-pages'

export type LiveState = Connection | 'off'

const SETTLE_MS = 350

/** While on, listens for written rows and folds them into the loaded table. Returns the state of the connection. */
export function useLive(projectId: string, read: LogsRead, on: boolean): LiveState {
  const [state, setState] = useState<Connection>('connecting')
  const queryClient = useQueryClient()
  const refresh = useStable(async () => {
    if (!isGrouped(read.view)) {
      const key = logsQuery(projectId, read).queryKey
      if (read.o) await queryClient.invalidateQueries({ queryKey: key })
      else {
        const { data } = await fetchLogs(projectId, read, { size: PAGE })
        const shown = queryClient.getQueryData(key)
        const merged = shown && mergePages(shown, data)
        // All of them new: there may be more between these and the rows on show.
        if (merged?.added === PAGE) await queryClient.resetQueries({ queryKey: key })
        else queryClient.setQueryData(key, merged?.pages)
      }
    }
    for (const about of ['histogram', 'groups', 'facet'])
      await queryClient.invalidateQueries({ queryKey: [about, projectId] })
    await queryClient.invalidateQueries({ queryKey: ['trace', 'project_logs', projectId] })
  })

  useEffect(() => {
    if (!on) return undefined
    let timer: ReturnType<typeof setTimeout> | null = null
    // Rows of one trace arrive in several writes; one read a moment later shows them together.
    const schedule = (): void => {
      timer ??= setTimeout(() => {
        timer = null
        refresh().catch(() => setState('lost'))
      }, SETTLE_MS)
    }
    const stop = listen(projectId, {
      onSpans: (message) => {
        if (message.object_type === 'project_logs') schedule()
      },
      onState: (next) => {
        setState(next)
        // Whatever was written while the connection was away.
        if (next === 'on') schedule()
      },
    })
    return () => {
      stop()
      if (timer) clearTimeout(timer)
    }
  }, [on, projectId, refresh])
  return on ? state : 'off'
}
