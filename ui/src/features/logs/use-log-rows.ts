import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Answer, Row } from '@/api/types'
import type { LogsSearch } from '@/lib/search-params'
import { useProject } from '../projects/project-context'
import { logsQuery, newestQuery, type LogsRead } from './api'
import { logsColumns } from './columns'
import { metadataPaths, scoreNames } from './discover'
import { isGrouped } from './groups'
import { arranged, readColumns } from './own-columns'
import { useScripted } from './use-scripted'

const NO_ROWS: Row[] = []
const NO_PAGES: Answer<Row>[] = []

/** The traces or spans of the address, as far as they are read, and the columns to show them in. */
export function useLogRows(search: LogsSearch, waiting: boolean) {
  const { project } = useProject()
  const { t, q, f, view, col, o, tall } = search
  const read = useMemo((): LogsRead => ({ t, q, f, view, col, o }), [t, q, f, view, col, o])
  const grouped = isGrouped(view)
  const logs = useInfiniteQuery({ ...logsQuery(project.id, read), enabled: !waiting && !grouped })
  const newest = useQuery({ ...newestQuery(project.id), enabled: grouped })
  const rows = useMemo(() => logs.data?.pages.flatMap((page) => page.data) ?? NO_ROWS, [logs.data])
  // Groups load no rows: the newest spans say which fields there are.
  const known = grouped ? (newest.data ?? NO_ROWS) : rows
  const scores = useMemo(() => scoreNames(known), [known])
  const metadata = useMemo(() => metadataPaths(known), [known])
  const scripted = useScripted(project.id, logs.data?.pages ?? NO_PAGES)
  const columns = useMemo(
    () =>
      arranged(logsColumns(rows, scores, scripted, readColumns(col), tall === '1'), search.order, search.pin),
    [rows, scores, scripted, col, tall, search.order, search.pin],
  )
  return { read, logs, rows, scores, metadata, scripted, columns }
}

export type LogRows = ReturnType<typeof useLogRows>
