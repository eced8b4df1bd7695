/** Versions of a dataset: the transactions that wrote it, their names, the way back, and what two of them differ in. */
import { queryOptions } from '@tanstack/react-query'
import { request } from '@/api/client'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import { literal, select } from '@/lib/sql'
import { ordered } from '@/lib/xact'
import { classify, type Difference } from './difference'

/** `written` and `deleted` count the rows of the transaction. */
export type Version = { xact: string; written: number; deleted: number }
export type Snapshot = { id: string; name: string; description?: string | null; xact_id: string }

const MOST_VERSIONS = 500
export const MOST_COMPARED = 2_000

export const versionsQuery = (datasetId: string) =>
  queryOptions({
    queryKey: ['dataset-versions', datasetId],
    queryFn: async ({ signal }): Promise<Version[]> => {
      const query = select({
        columns: "_xact_id, count(*) AS n, count_if(audit_data.action = 'delete') AS gone",
        from: 'dataset',
        id: datasetId,
        tail: `GROUP BY _xact_id ORDER BY _xact_id DESC LIMIT ${MOST_VERSIONS}`,
      })
      const { data } = await runQuery<{ _xact_id: string; n: number; gone: number }>(
        { query, audit: true },
        signal,
      )
      return data.map(({ _xact_id, n, gone }) => ({ xact: _xact_id, written: n - gone, deleted: gone }))
    },
    staleTime: 10_000,
  })

export const snapshotsQuery = (datasetId: string) =>
  queryOptions({
    queryKey: ['snapshots', datasetId],
    queryFn: async ({ signal }) => {
      const params = { dataset_id: datasetId, limit: 1000 }
      return (await request<{ objects: Snapshot[] }>('/v1/dataset_snapshot', { params, signal })).objects
    },
    staleTime: 10_000,
  })

/** Name a version; refused when the name is that of another one. */
export function createSnapshot(datasetId: string, name: string, xact: string): Promise<unknown> {
  const body = { dataset_id: datasetId, dataset_snapshot_name: name, xact_id: xact }
  return request('/api/dataset_snapshot/register', { method: 'POST', body })
}

export function deleteSnapshot(id: string): Promise<unknown> {
  return request(`/v1/dataset_snapshot/${id}`, { method: 'DELETE' })
}

export type Preview = { rows_to_restore: number; rows_to_delete: number }

export const restorePreviewQuery = (datasetId: string, version: string) =>
  queryOptions({
    queryKey: ['restore-preview', datasetId, version],
    queryFn: ({ signal }) =>
      request<Preview>(`/v1/dataset/${datasetId}/restore/preview`, {
        method: 'POST',
        body: { version },
        signal,
      }),
    staleTime: 0,
    gcTime: 0,
  })

export function restoreVersion(
  datasetId: string,
  version: string,
): Promise<{ xact_id: string | null; rows_restored: number; rows_deleted: number }> {
  return request(`/v1/dataset/${datasetId}/restore`, { method: 'POST', body: { version } })
}

/** Every version of one row, newest first. */
export const rowHistoryQuery = (datasetId: string, rowId: string) =>
  queryOptions({
    queryKey: ['row-history', datasetId, rowId],
    queryFn: async ({ signal }) => {
      const query = select({
        columns: 'id, _xact_id, input, expected, metadata, tags, origin, audit_data',
        from: 'dataset',
        id: datasetId,
        where: [`id = ${literal(rowId)}`],
        tail: 'ORDER BY _xact_id DESC LIMIT 200',
      })
      return (await runQuery<PastRow>({ query, audit: true }, signal)).data
    },
    staleTime: 0,
  })

export type PastRow = Pick<Row, 'id' | '_xact_id' | 'input' | 'expected' | 'metadata' | 'tags' | 'origin'> & {
  audit_data: { action: 'upsert' | 'delete' | 'comment' } | null
}

/** What changed from one version to another, the older one first whichever way round they are given. */
export const differenceQuery = (datasetId: string, a: string, b: string) =>
  queryOptions({
    queryKey: ['dataset-difference', datasetId, a, b],
    queryFn: async ({ signal }): Promise<Difference> => {
      const [older, newer] = ordered(a, b)
      const touched = select({
        columns: 'id',
        from: 'dataset',
        id: datasetId,
        where: [`_xact_id > ${older} AND _xact_id <= ${newer}`],
        tail: `GROUP BY id ORDER BY id LIMIT ${MOST_COMPARED + 1}`,
      })
      const { data } = await runQuery<{ id: string }>({ query: touched, audit: true }, signal)
      const ids = data.slice(0, MOST_COMPARED).map(({ id }) => id)
      const [before, after] = await Promise.all([
        rowsAt(datasetId, older, ids, signal),
        rowsAt(datasetId, newer, ids, signal),
      ])
      return { ...classify(before, after), cut: data.length > MOST_COMPARED }
    },
    staleTime: Number.POSITIVE_INFINITY,
  })

async function rowsAt(
  datasetId: string,
  version: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Row[]> {
  if (ids.length === 0) return []
  const query = select({
    columns: 'id, _xact_id, input, expected, metadata, tags',
    from: 'dataset',
    id: datasetId,
    where: [`id IN (${ids.map(literal).join(', ')})`],
    tail: `LIMIT ${MOST_COMPARED}`,
  })
  return (await runQuery<Row>({ query, version }, signal)).data
}
