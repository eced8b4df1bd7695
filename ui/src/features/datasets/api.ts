/** Dataset rows: reads by SQL, writes through the insert endpoint. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import type { JsonObject, Json } from '@/lib/json'
import type { DatasetSearch } from '@/lib/search-params'
import { select, textSearch } from '@/lib/sql'

const PAGE = 200

export type RowsFilter = Pick<DatasetSearch, 'q' | 'f'>

/** Fields of a row that people edit. */
export type EditableField = 'input' | 'expected' | 'metadata' | 'tags'
export type RowEdit = { input?: Json; expected?: Json; metadata?: JsonObject | null; tags?: string[] | null }

function where({ q, f = [] }: RowsFilter): string[] {
  return [...f, ...(q ? [textSearch(q)] : [])]
}

export const rowsQuery = (datasetId: string, filter: RowsFilter) =>
  infiniteQueryOptions({
    queryKey: ['rows', datasetId, filter],
    queryFn: ({ pageParam, signal }) => {
      const columns = 'id, span_id, root_span_id, created, _xact_id, input, expected, metadata, tags, origin'
      const query = select({
        columns,
        from: 'dataset',
        id: datasetId,
        where: where(filter),
        tail: `ORDER BY created DESC LIMIT ${PAGE}`,
      })
      return runQuery<Row>({ query, cursor: pageParam }, signal)
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page): string | null => (page.data.length > 0 ? page.cursor : null),
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  })

export type DatasetHead = { rows: number; version: string | null; changed: string | null }

/** Number of rows and the newest transaction, which is the version of the dataset. */
export const headQuery = (datasetId: string) =>
  queryOptions({
    queryKey: ['dataset-head', datasetId],
    queryFn: async ({ signal }): Promise<DatasetHead> => {
      const query = select({
        columns: 'count(*) AS rows, max(_xact_id) AS version, max(created) AS changed',
        from: 'dataset',
        id: datasetId,
      })
      const row = (
        await runQuery<{ rows: number; version: string | number | null; changed: string | null }>(
          { query },
          signal,
        )
      ).data[0]
      return {
        rows: row?.rows ?? 0,
        version: row?.version == null ? null : String(row.version),
        changed: row?.changed ?? null,
      }
    },
    staleTime: 10_000,
  })
