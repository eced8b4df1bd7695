/** Reads of the logs page. Every list is one SQL text; the filters of the address become its WHERE. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import type { LogsSearch } from '@/lib/search-params'
import { literal, path, select, textSearch } from '@/lib/sql'
import { SCRIPTED_SQL } from '../traces/tree'
import { bounds, bucket, rangeConditions } from '@/lib/time-range'

export const PAGE = 100
const PREVIEW = 400

export type LogsFilter = Pick<LogsSearch, 't' | 'q' | 'f' | 'view'>

/** Conditions of the address, on spans. */
export function conditions({ t, q, f = [] }: LogsFilter): string[] {
  return [...rangeConditions(bounds(t)), ...f, ...(q ? [textSearch(q)] : [])]
}

/** The SQL of the table, also what "copy as code" copies. */
export function logsSql(projectId: string, filter: LogsFilter): string {
  const shape = filter.view === 'spans' ? 'spans' : 'summary'
  const tail = `ORDER BY created DESC LIMIT ${PAGE}`
  return select({ from: 'project_logs', id: projectId, shape, where: conditions(filter), tail })
}

export function fetchLogs(
  projectId: string,
  filter: LogsFilter,
  cursor: string | null,
  signal?: AbortSignal,
) {
  return runQuery<Row>(
    { query: `${logsSql(projectId, filter)} SETTINGS preview_length = ${PREVIEW}`, cursor },
    signal,
  )
}

export const logsQuery = (projectId: string, filter: LogsFilter) =>
  infiniteQueryOptions({
    queryKey: ['logs', projectId, filter],
    queryFn: ({ pageParam, signal }) => fetchLogs(projectId, filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page): string | null => (page.data.length > 0 ? page.cursor : null),
    staleTime: 15_000,
    refetchOnMount: false,
    placeholderData: keepPreviousData,
  })

export type Bar = { at: number; traces: number; errors: number }
export type Histogram = {
  bars: Bar[]
  first: number
  last: number
  width: number
  total: number
  errors: number
}

/** Traces over time, in epoch milliseconds, and the totals of the whole selection. */
export const histogramQuery = (projectId: string, filter: LogsFilter) =>
  queryOptions({
    queryKey: ['histogram', projectId, filter],
    queryFn: ({ signal }) => fetchHistogram(projectId, filter, signal),
    staleTime: 15_000,
    placeholderData: keepPreviousData,
  })

const UNITS =
  'count(DISTINCT root_span_id) AS traces, count(DISTINCT CASE WHEN error IS NOT NULL THEN root_span_id END) AS errors'

async function fetchHistogram(
  projectId: string,
  filter: LogsFilter,
  signal: AbortSignal,
): Promise<Histogram | null> {
  const from = { from: 'project_logs', id: projectId, where: conditions(filter) } as const
  const ends = `min(created) AS first, max(created) AS last, ${UNITS}`
  type Ends = { first: string | null; last: string | null; traces: number; errors: number }
  const total = (await runQuery<Ends>({ query: select({ ...from, columns: ends }) }, signal)).data[0]
  if (!total?.first || !total.last || total.traces === 0) return null
  const first = Date.parse(total.first)
  const last = Date.parse(total.last)
  const { seconds, unit } = bucket(Math.max(30, (last - first) / 1000))
  const columns = `date_trunc(${literal(unit)}, created) AS at, ${UNITS}`
  const { data } = await runQuery<{ at: string; traces: number; errors: number }>(
    { query: select({ ...from, columns, tail: 'GROUP BY 1 ORDER BY 1' }) },
    signal,
  )
  const bars = data.map((row) => ({ at: Date.parse(row.at), traces: row.traces, errors: row.errors }))
  return { bars, first, last, width: seconds * 1000, total: total.traces, errors: total.errors }
}

export type FacetValue = { value: string | number | boolean | null; n: number }

/** The most frequent values of a field, with the number of traces that have them. */
export const facetQuery = (projectId: string, filter: LogsFilter, field: string[]) =>
  queryOptions({
    queryKey: ['facet', projectId, filter, field],
    queryFn: async ({ signal }) => {
      const name = path(...field)
      const query = select({
        columns: `${name} AS value, count(DISTINCT root_span_id) AS n`,
        from: 'project_logs',
        id: projectId,
        where: [...conditions(filter), `${name} IS NOT NULL`],
        tail: 'GROUP BY 1 ORDER BY n DESC LIMIT 6',
      })
      return (await runQuery<FacetValue>({ query }, signal)).data
    },
    staleTime: 30_000,
  })

/** The root span id of a row known only by its id. */
export const rowQuery = (projectId: string, rowId: string | undefined) =>
  queryOptions({
    queryKey: ['row', projectId, rowId],
    queryFn: async ({ signal }) => {
      const where = [`id = ${literal(rowId ?? '')}`]
      const query = select({
        columns: 'root_span_id, span_id',
        from: 'project_logs',
        id: projectId,
        where,
        tail: 'LIMIT 1',
      })
      return (await runQuery<Pick<Row, 'root_span_id' | 'span_id'>>({ query }, signal)).data[0] ?? null
    },
    enabled: rowId !== undefined,
  })

/** Which of the traces hold answers of the scripted model: it labels its own spans, not the root a list shows. */
export const scriptedQuery = (projectId: string, rootSpanIds: readonly string[]) =>
  queryOptions({
    queryKey: ['scripted', projectId, rootSpanIds],
    queryFn: async ({ signal }) => {
      const where = [`root_span_id IN (${rootSpanIds.map(literal).join(', ')})`, SCRIPTED_SQL]
      const query = select({
        columns: 'root_span_id',
        from: 'project_logs',
        id: projectId,
        where,
        tail: `GROUP BY 1 LIMIT ${rootSpanIds.length}`,
      })
      return (await runQuery<Pick<Row, 'root_span_id'>>({ query }, signal)).data.map(
        (row) => row.root_span_id,
      )
    },
    enabled: rootSpanIds.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
