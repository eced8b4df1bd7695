/** What is done to several traces at once. */
import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { runQuery } from '@/api/query'
import { literal, select } from '@/lib/sql'
import { changeAll, type Changes } from '../review/answers'

type Counted = { traces: number; spans: number }

const inTraces = (rootSpanIds: readonly string[]): string =>
  `root_span_id IN (${rootSpanIds.map(literal).join(', ')})`

/** The SQL that reads selected rows whole: traces as one row each, or spans by their ids. */
export function selectedSql(projectId: string, spans: boolean, ids: readonly string[]): string {
  const where = [spans ? `id IN (${ids.map(literal).join(', ')})` : inTraces(ids)]
  const shape = spans ? 'spans' : 'summary'
  return select({ from: 'project_logs', id: projectId, shape, where, tail: 'ORDER BY created DESC' })
}

/** How much would go with these traces. */
export const extentQuery = (projectId: string, rootSpanIds: readonly string[]) =>
  queryOptions({
    queryKey: ['extent', projectId, rootSpanIds],
    queryFn: async ({ signal }): Promise<Counted> => {
      const columns = 'count(DISTINCT root_span_id) AS traces, count(*) AS spans'
      const query = select({ columns, from: 'project_logs', id: projectId, where: [inTraces(rootSpanIds)] })
      return (await runQuery<Counted>({ query }, signal)).data[0]!
    },
    gcTime: 0,
  })

/** The changes that delete every span of the traces. */
export async function deletions(projectId: string, rootSpanIds: readonly string[]): Promise<Changes> {
  const query = select({
    columns: 'id',
    from: 'project_logs',
    id: projectId,
    where: [inTraces(rootSpanIds)],
    tail: 'ORDER BY created LIMIT 1000',
  })
  const ids: string[] = []
  for (let cursor: string | null = null; ;) {
    const page: { data: { id: string }[]; cursor: string | null } = await runQuery<{ id: string }>({
      query,
      cursor,
    })
    ids.push(...page.data.map((row) => row.id))
    cursor = page.cursor
    if (!cursor || page.data.length === 0) break
  }
  return ids.map((rowId) => ({ rowId, what: { _object_delete: true } as const }))
}

/** Delete every span of the traces; how many there were. */
export async function deleteTraces(projectId: string, rootSpanIds: readonly string[]): Promise<number> {
  const changes = await deletions(projectId, rootSpanIds)
  await changeAll({ from: 'project_logs', objectId: projectId }, changes)
  return changes.length
}

const SHOWING_LOGS = new Set([
  'logs',
  'histogram',
  'facet',
  'groups',
  'trace',
  'span',
  'newest',
  'thread',
  'review',
])

/** Reads again whatever shows logs. */
export function useLogsRefresh(): () => Promise<void> {
  const client = useQueryClient()
  return () =>
    client.invalidateQueries({ predicate: ({ queryKey }) => SHOWING_LOGS.has(String(queryKey[0])) })
}
