import { t } from '@lingui/core/macro'
import { infiniteQueryOptions, keepPreviousData, queryOptions, type QueryClient } from '@tanstack/react-query'
import { request, requestRaw } from '@/api/client'
import { comparisonQuery, fetchCases, type CasesArguments } from '@/api/objects'
import { aggregateSqls, projectScoresQuery, type AggregateSql, type ProjectScore } from '@/api/project-scores'
import { runQuery } from '@/api/query'
import type { Comparison, Experiment, Plan, Reliability, Row } from '@/api/types'
import type { Json } from '@/lib/json'
import { saveAs } from '@/lib/save'
import { literal, path, select } from '@/lib/sql'
import { NOTES } from '../review/answers'
import type { Answered } from '../review/use-review'
import { SCRIPTED_SQL } from '../traces/tree'
import { NO_BASELINE } from './baselines'

export const casesQuery = (query: Omit<CasesArguments, 'cursor'>) =>
  infiniteQueryOptions({
    queryKey: ['cases', query.experimentId, query.to, query.filter, query.score, query.cluster, query.part],
    queryFn: ({ pageParam, signal }) => fetchCases({ ...query, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page): string | null => (page.cases.length > 0 ? page.cursor : null),
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  })

/** How many cases would find a partner if the value at a path paired them. */
export const pairingQuery = (experimentId: string, to: string, key: string) =>
  queryOptions({
    queryKey: ['comparison', experimentId, [to], 'pairing', key],
    queryFn: async ({ signal }) => {
      const params = { to, key }
      return (await request<Comparison>(`/v1/experiment/${experimentId}/compare`, { params, signal })).cases
    },
    staleTime: 30_000,
  })

/** What a run like this one could show, by the pairs with a baseline. */
export const planQuery = (experimentId: string, to: string, cluster: string | undefined) =>
  queryOptions({
    queryKey: ['plan', experimentId, [to], cluster],
    queryFn: ({ signal }) =>
      request<Plan>(`/v1/experiment/${experimentId}/plan`, { params: { to, cluster }, signal }),
    staleTime: 30_000,
  })

/** Chances over several trials, and the cases that waver. */
export const reliabilityQuery = (experimentId: string, score: string | null, cluster: string | undefined) =>
  queryOptions({
    queryKey: ['reliability', experimentId, score, cluster],
    queryFn: ({ signal }) =>
      request<Reliability>(`/v1/experiment/${experimentId}/reliability`, {
        params: { score, cluster, label: 'flaky', limit: 20 },
        signal,
      }),
    staleTime: 30_000,
  })

/** Inputs of root rows by row id. */
export const inputsQuery = (experimentId: string, rowIds: readonly string[]) =>
  queryOptions({
    queryKey: ['inputs', experimentId, rowIds],
    queryFn: async ({ signal }) => {
      const where = [`id IN (${rowIds.map(literal).join(', ')})`]
      const query = select({ columns: 'id, input', from: 'experiment', id: experimentId, where })
      const { data } = await runQuery<Pick<Row, 'id' | 'input'>>({ query }, signal)
      return new Map(data.map((row) => [row.id, row.input ?? null]))
    },
    enabled: rowIds.length > 0,
    staleTime: 60_000,
  })

/** What people said of at most a thousand rows: by the scores of the rows themselves, their notes and what was expected. */
export const answersQuery = (experimentId: string, rowIds: readonly string[]) =>
  queryOptions({
    queryKey: ['answers', experimentId, rowIds],
    queryFn: async ({ signal }) => {
      const where = [`id IN (${rowIds.map(literal).join(', ')})`]
      const notes = `${path('metadata', NOTES)} AS notes`
      const columns = `id, scores, expected, ${notes}`
      const query = select({ columns, from: 'experiment', id: experimentId, where })
      const { data } = await runQuery<Answered & { notes: Json }>({ query }, signal)
      return data.map(({ notes: said, ...row }): Answered => ({ ...row, metadata: { [NOTES]: said } }))
    },
    staleTime: 10_000,
  })

/** How many answers were taken over from an earlier run. */
export const reusedQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ['reused', experimentId],
    queryFn: async ({ signal }) => {
      const query = select({
        columns: 'count(*) AS n',
        from: 'experiment',
        id: experimentId,
        where: ['is_root', 'metrics.reused IS NOT NULL'],
      })
      return (await runQuery<{ n: number }>({ query }, signal)).data[0]?.n ?? 0
    },
    staleTime: 30_000,
  })

export const EXPORTS = [
  { fmt: 'csv', label: t`Cases as CSV` },
  { fmt: 'jsonl', label: t`Cases as JSON lines` },
  { fmt: 'parquet', label: t`Cases as Parquet` },
] as const

const EXPORTED = 'id, root_span_id, created, input, output, expected, error, scores'

/**
 * The root rows of an experiment with the scores of their traces: aggregates as columns of their own, and in a table
 * (CSV) every score, since one cell of all of them helps nobody there. A score that was logged keeps its name.
 */
export function exportSql(
  experimentId: string,
  fmt: string,
  logged: readonly string[],
  aggregates: readonly AggregateSql[],
): string {
  const columns = [
    ...(fmt === 'csv' ? logged.map((name) => ({ name, sql: path('scores', name) })) : []),
    ...aggregates.filter(({ name }) => !logged.includes(name)),
  ].map(({ name, sql }) => `${sql} AS ${path(`scores.${name}`)}`)
  return select({
    columns: [EXPORTED, ...columns, 'metrics, metadata, tags, origin'].join(', '),
    from: 'experiment',
    id: experimentId,
    shape: 'summary',
  })
}

/** The same for an experiment whose comparison is known: which of its scores were logged, and which are computed. */
export function exportOf(found: Comparison, scores: readonly ProjectScore[], fmt: string): string {
  const aggregates = aggregateSqls(scores)
  const computed = new Set(aggregates.map(({ name }) => name))
  const taken = (name: string): boolean =>
    found.warnings.some(
      ({ code, message }) => code === 'aggregate_name_taken' && message.includes(` ${name} `),
    )
  const own = found.scores.filter(({ mean }) => mean !== null).map(({ name }) => name)
  const logged = own.filter((name) => !computed.has(name) || taken(name))
  return exportSql(found.experiment.id, fmt, logged, aggregates)
}

/** Saves them as a file. */
export async function download(
  client: QueryClient,
  experiment: Experiment,
  fmt: (typeof EXPORTS)[number]['fmt'],
): Promise<void> {
  const [found, scores] = await Promise.all([
    client.fetchQuery(comparisonQuery(experiment.id, [NO_BASELINE])),
    client.fetchQuery(projectScoresQuery(experiment.project_id)),
  ])
  const query = exportOf(found, scores, fmt)
  const response = await requestRaw('/btql', { method: 'POST', body: { query, fmt } })
  saveAs(await response.blob(), `${experiment.name}.${fmt}`)
}

/** Whether any answer in the experiment came from the scripted model. */
export const scriptedQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ['scripted-experiment', experimentId],
    queryFn: async ({ signal }) => {
      const query = select({
        columns: 'id',
        from: 'experiment',
        id: experimentId,
        where: [SCRIPTED_SQL],
        tail: 'LIMIT 1',
      })
      return (await runQuery({ query }, signal)).data.length > 0
    },
    staleTime: 60_000,
  })
