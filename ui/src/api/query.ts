/** SQL over spans: POST /btql. */
import { request } from './client'
import type { Answer } from './types'

/** `version` reads as of a transaction; `audit` makes every version a row, with `audit_data`. */
export type QueryRequest = { query: string; cursor?: string | null; version?: string | null; audit?: boolean }

export function runQuery<T>(
  { query, cursor, version, audit }: QueryRequest,
  signal?: AbortSignal,
): Promise<Answer<T>> {
  const body = {
    query,
    fmt: 'json',
    ...(cursor ? { cursor } : {}),
    ...(version ? { version } : {}),
    ...(audit ? { audit_log: true } : {}),
  }
  return request('/btql', { method: 'POST', body, ...(signal ? { signal } : {}) })
}

/** A page, and the moment (epoch milliseconds) at which the first of its pages was read. */
export type PageInTime<T> = Answer<T> & { now: number }
type Next = { cursor: string; now: number }

/**
 * Pages of a query whose text depends on the time, such as "the last hour": what follows the first page asks at the
 * moment of the first, as a cursor holds only for the text it came with.
 */
export function pagesInTime<T>(
  ask: (page: { now: number; cursor: string | null; signal: AbortSignal }) => Promise<Answer<T>>,
) {
  return {
    queryFn: async ({ pageParam, signal }: { pageParam: Next | null; signal: AbortSignal }) => {
      const { now, cursor } = pageParam ?? { now: Date.now(), cursor: null }
      return { ...(await ask({ now, cursor, signal })), now }
    },
    initialPageParam: null as Next | null,
    getNextPageParam: ({ data, cursor, now }: PageInTime<T>): Next | null =>
      data.length > 0 && cursor ? { cursor, now } : null,
  }
}
