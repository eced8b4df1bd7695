/** Reads of the review page: the rows to review, and how far the work is. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { pagesInTime, runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import type { ReviewSearch } from '@/lib/search-params'
import { path, select, textSearch, type Source } from '@/lib/sql'
import { bounds, rangeConditions } from '@/lib/time-range'
import type { ScoreConfig } from './configs'

const PAGE = 50
const COLUMNS =
  'id, span_id, root_span_id, created, is_root, _xact_id, input, output, expected, error, scores, metadata, metrics, span_attributes, tags, comments'

export type Place = { from: Source; objectId: string }

/** Rows that say something to review: roots of traces, or every row of a dataset. */
function conditions(place: Place, { t, q, f = [] }: ReviewSearch, now?: number): string[] {
  return [
    ...(place.from === 'dataset' ? [] : ['is_root']),
    ...(place.from === 'project_logs' ? rangeConditions(bounds(t, now)) : []),
    ...f,
    ...(q ? [textSearch(q)] : []),
  ]
}

/** SQL that is true where a question has an answer. */
function answered(config: ScoreConfig): string {
  if (config.toExpected) return 'expected IS NOT NULL'
  if (config.type === 'free-form') return `${path('metadata', 'review', config.name)} IS NOT NULL`
  return `${path('scores', config.name)} IS NOT NULL`
}

/** A row is reviewed when every question that is not free text has an answer. */
export function reviewed(configs: readonly ScoreConfig[]): string | null {
  const needed = configs.filter((config) => config.type !== 'free-form')
  const asked = needed.length ? needed : configs
  return asked.length ? asked.map(answered).join(' AND ') : null
}

export const reviewQuery = (place: Place, search: ReviewSearch, configs: readonly ScoreConfig[]) => {
  const done = reviewed(configs)
  const state = search.state ?? 'open'
  const { t, q, f } = search
  const where = (now: number) => [
    ...conditions(place, search, now),
    ...(done && state === 'open' ? [`NOT (${done})`] : []),
    ...(done && state === 'done' ? [done] : []),
  ]
  return infiniteQueryOptions({
    queryKey: ['review-rows', place, t, q, f, state, done],
    ...pagesInTime<Row>(({ now, cursor, signal }) => {
      const query = select({
        columns: COLUMNS,
        from: place.from,
        id: place.objectId,
        where: where(now),
        tail: `ORDER BY created DESC LIMIT ${PAGE}`,
      })
      return runQuery({ query, cursor }, signal)
    }),
    // A row stays in the list while it is being answered; coming back to the page asks anew.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
}

export type Progress = { total: number; done: number }

export const progressQuery = (place: Place, search: ReviewSearch, configs: readonly ScoreConfig[]) =>
  queryOptions({
    queryKey: ['review', 'progress', place, search.t, search.q, search.f, configs.map((config) => config.id)],
    queryFn: async ({ signal }) => {
      const done = reviewed(configs)
      const query = select({
        columns: `count(*) AS total, ${done ? `count_if(${done})` : '0'} AS done`,
        from: place.from,
        id: place.objectId,
        where: conditions(place, search),
      })
      return (await runQuery<Progress>({ query }, signal)).data[0] ?? { total: 0, done: 0 }
    },
    staleTime: 5_000,
  })
