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
