/** SQL over spans: POST /btql. */
import { request } from './client'
import type { Answer } from './types'

export type QueryRequest = { query: string; cursor?: string | null; version?: string | null }

export function runQuery<T>(
  { query, cursor, version }: QueryRequest,
  signal?: AbortSignal,
): Promise<Answer<T>> {
  const body = { query, fmt: 'json', ...(cursor ? { cursor } : {}), ...(version ? { version } : {}) }
  return request('/btql', { method: 'POST', body, ...(signal ? { signal } : {}) })
}
