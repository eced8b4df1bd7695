/** Rows that stand for several traces: sessions, users, or the values of any field. */
import { t } from '@lingui/core/macro'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { pagesInTime, runQuery } from '@/api/query'
import type { LogsShown, RowType } from '@/lib/search-params'
import { conjunction, literal, path, select } from '@/lib/sql'
import { bounds, rangeConditions } from '@/lib/time-range'
import { conditions, type LogsFilter } from './api'

/** Fields that applications keep a session or a user in; the one that occurs most is taken. */
const CANDIDATES: Record<'sessions' | 'users', readonly string[]> = {
  sessions: [
    'session_id',
    'sessionId',
    'session',
    'conversation_id',
    'conversationId',
    'thread_id',
    'chat_id',
  ],
  users: ['user_id', 'userId', 'user', 'user_email', 'customer_id', 'end_user'],
}

export const GROUP_NOUNS: Record<Exclude<RowType, 'spans'>, [one: string, many: string]> = {
  sessions: [t`session`, t`sessions`],
  users: [t`user`, t`users`],
  groups: [t`group`, t`groups`],
}

export function isGrouped(view: RowType | undefined): view is Exclude<RowType, 'spans'> {
  return view !== undefined && view !== 'spans'
}

/** The field of the sessions or users of a project: the likeliest that its spans have, null when they have none. */
export const groupFieldQuery = (projectId: string, view: RowType | undefined, range: string | undefined) =>
  queryOptions({
    queryKey: ['group-field', projectId, view, range],
    queryFn: async ({ signal }): Promise<string | null> => {
      const fields = CANDIDATES[view as 'sessions' | 'users'].map((name) => path('metadata', name))
      const columns = fields.map((field, i) => `count(${field}) AS n${i}`).join(', ')
      const where = rangeConditions(bounds(range))
      const query = select({ columns, from: 'project_logs', id: projectId, where })
      const counts = (await runQuery<Record<string, number>>({ query }, signal)).data[0] ?? {}
      const found = fields.map((field, i) => ({ field, n: counts[`n${i}`] ?? 0 }))
      const best = found.toSorted((a, b) => b.n - a.n)[0]!
      return best.n > 0 ? best.field : null
    },
    enabled: view === 'sessions' || view === 'users',
    staleTime: 60_000,
  })

/** `value` of the field, and totals of the traces of which a span has it: seconds, tokens, dollars, mean scores `s0` … */
export type GroupRow = {
  value: unknown
  traces: number
  errors: number
  duration: number | null
  tokens: number | null
  cost: number | null
  first: string
  last: string
} & Record<`s${number}`, number | null>

export type GroupsRead = Omit<LogsFilter, 'view'> &
  Pick<LogsShown, 'sort'> & { by: string; scores: readonly string[] }

/**
 * The groups of traces. A trace belongs to each value that one of its spans has, as a filter on that value finds it;
 * one that has none belongs to no group.
 */
export function groupsSql(
  projectId: string,
  { by, scores, sort, ...filter }: GroupsRead,
  now?: number,
): string {
  const { from } = bounds(filter.t, now)
  // A span may begin after its trace: the end of the range bounds traces alone.
  const some = conjunction([...rangeConditions({ from, to: null }), `(${by}) IS NOT NULL`])
  const values = `SELECT root_span_id, (${by}) AS value FROM project_logs(${literal(projectId)}) WHERE ${some} GROUP BY 1, 2`
  const traces = select({
    columns: 'root_span_id, created, metrics, scores',
    from: 'project_logs',
    id: projectId,
    shape: 'summary',
    where: conditions(filter, now),
  })
  const columns = [
    'v.value AS value',
    'count(*) AS traces',
    'count_if(t.metrics.errors > 0) AS errors',
    'sum(t.metrics.duration) AS duration',
    'sum(t.metrics.total_tokens) AS tokens',
    'sum(t.metrics.estimated_cost) AS cost',
    ...scores.map((name, i) => `avg(t.${path('scores', name)}) AS s${i}`),
    'min(t.created) AS first',
    'max(t.created) AS last',
  ]
  const joined = `(${values}) AS v JOIN (${traces}) AS t ON v.root_span_id = t.root_span_id`
  return `SELECT ${columns.join(', ')} FROM ${joined} GROUP BY 1 ORDER BY ${sort ?? 'last'} DESC, 1`
}

const PAGE = 100

export const groupsQuery = (projectId: string, read: GroupsRead | null) =>
  infiniteQueryOptions({
    queryKey: ['groups', projectId, read],
    ...pagesInTime<GroupRow>(({ now, cursor, signal }) =>
      runQuery({ query: `${groupsSql(projectId, read!, now)} LIMIT ${PAGE}`, cursor }, signal),
    ),
    enabled: read !== null,
    staleTime: 15_000,
    placeholderData: keepPreviousData,
    retry: false,
  })

/** The filter that finds the traces of a group; null for values that SQL cannot name. */
export function groupFilter(by: string, value: unknown): string | null {
  const nameable = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return nameable ? `any_span(${by} = ${literal(value)})` : null
}
