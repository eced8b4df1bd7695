/** Reads of the logs page. Every list is one SQL text; the filters of the address become its WHERE. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { pagesInTime, runQuery } from '@/api/query'
import type { Interval, Row } from '@/api/types'
import { intervalOf } from '@/lib/interval'
import type { LogsShown } from '@/lib/search-params'
import { literal, path, select, textSearch } from '@/lib/sql'
import { bounds, bucket, rangeConditions } from '@/lib/time-range'
import { SCRIPTED_SQL } from '../traces/tree'
import { orderSql } from './order'
import { ownColumn, readColumns } from './own-columns'

/** Rows to show at once: more than a screen holds. */
const FIRST_PAGE = 50
export const PAGE = 200
const PREVIEW = 400

export type LogsFilter = Pick<LogsShown, 't' | 'q' | 'f' | 'view'>
/** A filter, the columns of one's own to read with it, and the order. */
export type LogsRead = LogsFilter & Pick<LogsShown, 'col' | 'o'>

/** Conditions of the address, on spans; its time ends `now` (epoch milliseconds) where it names none. */
export function conditions({ t, q, f = [] }: LogsFilter, now?: number): string[] {
  return [...rangeConditions(bounds(t, now)), ...f, ...(q ? [textSearch(q)] : [])]
}

/** A source of the rows of a filter: spans, or traces of which a span fulfils it. */
function source(projectId: string, filter: LogsFilter, now?: number) {
  const shape = filter.view === 'spans' ? 'spans' : 'summary'
  return { from: 'project_logs', id: projectId, shape, where: conditions(filter, now) } as const
}

/** The SQL of the table without its bound: what an export reads. Columns of one's own have their own names. */
export function logsSql(projectId: string, read: LogsRead): string {
  const own = readColumns(read.col).map(({ sql, label }) => `, ${sql} AS ${path(label)}`)
  const tail = `ORDER BY ${orderSql(read)}`
  return select({ columns: `*${own.join('')}`, ...source(projectId, read), tail })
}

type Asked = { cursor?: string | null; size?: number; now?: number }

/** One page of the table, the first of them short; columns of one's own are `x0`, `x1` … */
export function fetchLogs(
  projectId: string,
  read: LogsRead,
  { cursor = null, size = cursor ? PAGE : FIRST_PAGE, now }: Asked,
  signal?: AbortSignal,
) {
  const own = readColumns(read.col).map(({ sql }, i) => `, ${sql} AS ${ownColumn(i)}`)
  const tail = `ORDER BY ${orderSql(read)} LIMIT ${size} SETTINGS preview_length = ${PREVIEW}`
  const query = select({ columns: `*${own.join('')}`, ...source(projectId, read, now), tail })
  return runQuery<Row>({ query, cursor }, signal)
}

export const logsQuery = (projectId: string, read: LogsRead) =>
  infiniteQueryOptions({
    queryKey: ['logs', projectId, read],
    ...pagesInTime<Row>(({ now, cursor, signal }) => fetchLogs(projectId, read, { now, cursor }, signal)),
    staleTime: 15_000,
    refetchOnMount: false,
    placeholderData: keepPreviousData,
  })

/** The newest spans, as much of them as says which fields there are. */
export const newestQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['newest', projectId],
    queryFn: async ({ signal }) => {
      const columns = 'metadata, scores, tags'
      const tail = 'ORDER BY created DESC LIMIT 300'
      const query = select({ columns, from: 'project_logs', id: projectId, tail })
      return (await runQuery<Pick<Row, 'metadata' | 'scores' | 'tags'>>({ query }, signal)).data
    },
    staleTime: 60_000,
  })

/**
 * One slot. `rows` are what the table has for rows: traces, or spans. `mean` of a score over those of the slot, `n` how
 * many of them have it, `interval` its 95 % interval.
 */
export type Bar = {
  at: number
  rows: number
  errors: number
  score: { mean: number; n: number; interval: Interval | null } | null
}
export type Histogram = {
  bars: Bar[]
  first: number
  last: number
  width: number
  total: number
  errors: number
  score: Bar['score']
}

/** The table's rows over time, in epoch milliseconds, and the totals of all of them; with the mean of a score if one is named. */
export const histogramQuery = (projectId: string, filter: LogsFilter, score: string | null) =>
  queryOptions({
    queryKey: ['histogram', projectId, filter, score],
    queryFn: ({ signal }) => fetchHistogram(projectId, filter, score, signal),
    staleTime: 15_000,
    placeholderData: keepPreviousData,
  })

type Counts = { at: string; rows: number; errors: number }
type ScoreRow = { at: string; mean: number | null; deviation: number | null; n: number }

/** Where rows are counted, and how. All traces are told from their spans, which takes less than putting them together. */
function counted(projectId: string, filter: LogsFilter) {
  if (filter.view === 'spans')
    return {
      from: source(projectId, filter),
      units: 'count(*) AS rows, count_if(error IS NOT NULL) AS errors',
    }
  if (filter.q || filter.f?.length)
    return {
      from: source(projectId, filter),
      units: 'count(*) AS rows, count_if(metrics.errors > 0) AS errors',
    }
  return {
    from: source(projectId, { ...filter, view: 'spans' }),
    units:
      'count(DISTINCT root_span_id) AS rows, count(DISTINCT CASE WHEN error IS NOT NULL THEN root_span_id END) AS errors',
  }
}

async function fetchHistogram(
  projectId: string,
  filter: LogsFilter,
  score: string | null,
  signal: AbortSignal,
): Promise<Histogram | null> {
  const { from, units } = counted(projectId, filter)
  const ends = `min(created) AS first, max(created) AS last, ${units}`
  type Ends = { first: string | null; last: string | null; rows: number; errors: number }
  const total = (await runQuery<Ends>({ query: select({ ...from, columns: ends }) }, signal)).data[0]
  if (!total?.first || !total.last || total.rows === 0) return null
  const first = Date.parse(total.first)
  const last = Date.parse(total.last)
  const { seconds, unit } = bucket(Math.max(30, (last - first) / 1000))
  const at = `date_trunc(${literal(unit)}, created) AS at`
  const tail = 'GROUP BY 1 ORDER BY 1'
  const [counts, slots, whole] = await Promise.all([
    runQuery<Counts>({ query: select({ ...from, columns: `${at}, ${units}`, tail }) }, signal),
    score ? runQuery<ScoreRow>({ query: scoreSql(projectId, filter, score, `${at}, `, tail) }, signal) : null,
    score ? runQuery<ScoreRow>({ query: scoreSql(projectId, filter, score, '', '') }, signal) : null,
  ])
  const scores = new Map(slots?.data.map((row) => [row.at, scoreOf(row)]))
  const bars = counts.data.map((row) => ({
    at: Date.parse(row.at),
    rows: row.rows,
    errors: row.errors,
    score: scores.get(row.at) ?? null,
  }))
  const { rows, errors } = total
  return { bars, first, last, width: seconds * 1000, total: rows, errors, score: scoreOf(whole?.data[0]) }
}

function scoreSql(projectId: string, filter: LogsFilter, score: string, at: string, tail: string): string {
  const value = path('scores', score)
  const columns = `${at}avg(${value}) AS mean, stddev_samp(${value}) AS deviation, count(${value}) AS n`
  return select({ columns, ...source(projectId, filter), tail })
}

function scoreOf(row: ScoreRow | undefined): Bar['score'] {
  if (!row || row.mean === null) return null
  return { mean: row.mean, n: row.n, interval: intervalOf('score', row.mean, row.deviation, row.n) }
}

/** Which of the traces' fields a value of the histogram's menu names. */
export function scoreOfBar(bar: string | undefined): string | null {
  return bar?.startsWith('score:') ? bar.slice('score:'.length) : null
}

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
