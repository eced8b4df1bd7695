/** Dataset rows: reads by SQL, writes through the insert endpoint. */
import { infiniteQueryOptions, keepPreviousData, queryOptions, type QueryClient } from '@tanstack/react-query'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import type { JsonObject, Json } from '@/lib/json'
import type { DatasetSearch } from '@/lib/search-params'
import { readSort } from '../logs/order'
import { select, textSearch } from '@/lib/sql'

const PAGE = 200

export type RowsFilter = Pick<DatasetSearch, 'q' | 'f' | 'o'>

/** Fields of a row that people edit. */
export type EditableField = 'input' | 'expected' | 'metadata' | 'tags'
export type RowEdit = { input?: Json; expected?: Json; metadata?: JsonObject | null; tags?: string[] | null }

function where({ q, f = [] }: RowsFilter): string[] {
  return [...f, ...(q ? [textSearch(q)] : [])]
}

/** Columns by which rows can be in order. */
export const SORTABLE = ['input', 'expected', 'created']

/** In the order of a column that has one, else newest first. */
function orderSql(o: string | undefined): string {
  const { id, descending } = readSort(o)
  const direction = descending ? 'DESC' : 'ASC'
  if (!SORTABLE.includes(id)) return 'created DESC'
  return id === 'created' ? `created ${direction}` : `${id} ${direction} NULLS LAST, created DESC`
}

/** Rows as people see them, newest first unless told. */
export function rowsSql(datasetId: string, filter: RowsFilter, tail = ''): string {
  return select({
    columns: 'id, span_id, root_span_id, created, _xact_id, input, expected, metadata, tags, origin',
    from: 'dataset',
    id: datasetId,
    where: where(filter),
    tail: `ORDER BY ${orderSql(filter.o)} ${tail}`,
  })
}

export const rowsQuery = (datasetId: string, filter: RowsFilter, version?: string) =>
  infiniteQueryOptions({
    queryKey: ['rows', datasetId, filter, version ?? null],
    queryFn: ({ pageParam, signal }) => {
      const query = rowsSql(datasetId, filter, `LIMIT ${PAGE}`)
      return runQuery<Row>({ query, cursor: pageParam, ...(version ? { version } : {}) }, signal)
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page): string | null => (page.data.length > 0 ? page.cursor : null),
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  })

export type DatasetHead = { rows: number; version: string | null; changed: string | null }

/** Number of rows and the newest transaction, which is the version of the dataset. */
export const headQuery = (datasetId: string, version?: string) =>
  queryOptions({
    queryKey: ['dataset-head', datasetId, version ?? null],
    queryFn: async ({ signal }): Promise<DatasetHead> => {
      const query = select({
        columns: 'count(*) AS rows, max(_xact_id) AS version, max(created) AS changed',
        from: 'dataset',
        id: datasetId,
      })
      const row = (
        await runQuery<{ rows: number; version: string | number | null; changed: string | null }>(
          { query, ...(version ? { version } : {}) },
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

/** Where a row keeps the split it belongs to: one of train, test and the like. Tags say everything else. */
export const SPLIT = 'metadata.split'

export const splitsQuery = (datasetId: string, version?: string) =>
  queryOptions({
    queryKey: ['dataset-splits', datasetId, version ?? null],
    queryFn: async ({ signal }) => {
      const query = select({
        columns: `${SPLIT} AS split, count(*) AS n`,
        from: 'dataset',
        id: datasetId,
        where: [`${SPLIT} IS NOT NULL`],
        tail: 'GROUP BY split ORDER BY n DESC, split LIMIT 12',
      })
      const asked = { query, ...(version ? { version } : {}) }
      const { data } = await runQuery<{ split: unknown; n: number }>(asked, signal)
      return data.flatMap(({ split, n }) => (typeof split === 'string' ? [{ split, n }] : []))
    },
    staleTime: 10_000,
  })

/** Everything read of a dataset, to be read again after a write. */
export function refreshDataset(client: QueryClient, datasetId: string): Promise<unknown> {
  const keys = ['rows', 'dataset-head', 'dataset-splits', 'dataset-versions', 'row-history', 'dataset-runs']
  return Promise.all(keys.map((key) => client.invalidateQueries({ queryKey: [key, datasetId] })))
}
