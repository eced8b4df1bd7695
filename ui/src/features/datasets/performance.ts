/** How each row of a dataset did in the experiments that ran over it. */
import { queryOptions } from '@tanstack/react-query'
import { runQuery } from '@/api/query'
import type { AggregateSql } from '@/api/project-scores'
import type { Experiment, Row } from '@/api/types'
import { literal, path } from '@/lib/sql'

export const MOST_EXPERIMENTS = 8
export const MOST_RUNS = 50_000
const PAGE = 5_000

export type Run = {
  row: string
  experiment_id: string
  scores: Record<string, number | null> | null
  error: unknown
  root_span_id: string
}
/** What counts: one score or, null, all of them, each so that more is better (`1 − x` where less is). */
export type Measure = { score: string | null; lower: ReadonlySet<string> }
/** From here on a score passes, as everywhere. */
const PASS = 0.5

export type Cell = { runs: number; errors: number; scores: Record<string, number[]>; root: string }
export type RowResult = { row: Pick<Row, 'id' | 'input'>; cells: Map<string, Cell> }

/** The newest experiments that ran over the dataset. */
export function experimentsOver(datasetId: string, experiments: readonly Experiment[]): Experiment[] {
  return experiments
    .filter((experiment) => experiment.dataset_id === datasetId)
    .toSorted((a, b) => b.created.localeCompare(a.created))
    .slice(0, MOST_EXPERIMENTS)
}

/** The first `MOST_RUNS` runs of rows: experiments joined with the dataset over where their cases come from. */
export const runsQuery = (
  datasetId: string,
  experimentIds: readonly string[],
  aggregates: readonly AggregateSql[] | undefined,
) =>
  queryOptions({
    queryKey: ['dataset-runs', datasetId, experimentIds, aggregates],
    queryFn: async ({ signal }) => {
      const query = runsSql(datasetId, experimentIds, aggregates)
      const runs: (Run & { input: Row['input'] })[] = []
      let cursor: string | null = null
      do {
        const page: { data: typeof runs; cursor: string | null } = await runQuery({ query, cursor }, signal)
        runs.push(...page.data)
        cursor = page.data.length === PAGE && runs.length < MOST_RUNS ? page.cursor : null
      } while (cursor)
      return runs.map((run) => ({ ...run, scores: allScores(run, aggregates) }))
    },
    enabled: experimentIds.length > 0 && aggregates !== undefined,
    staleTime: 10_000,
  })

export function runsSql(
  datasetId: string,
  experimentIds: readonly string[],
  aggregates: readonly AggregateSql[] = [],
): string {
  const made = aggregates.map(({ name, sql }) => ({ sql, as: path(`scores.${name}`) }))
  const columns = [
    'origin.id AS source, experiment_id, scores, error, root_span_id',
    ...made.map(({ sql, as }) => `${sql} AS ${as}`),
  ]
  const runs = `SELECT ${columns.join(', ')} FROM experiment(${experimentIds.map(literal).join(', ')}, shape => 'summary')`
  return [
    'SELECT d.id AS row, d.input AS input, e.experiment_id AS experiment_id, e.scores AS scores, e.error AS error,',
    ...made.map(({ as }) => `e.${as} AS ${as},`),
    `e.root_span_id AS root_span_id FROM (${runs}) AS e`,
    `JOIN dataset(${literal(datasetId)}) AS d ON e.source = d.id ORDER BY e.root_span_id LIMIT ${PAGE}`,
  ].join(' ')
}

/** The scores of a run with the aggregates that were read beside them; one that was logged keeps its name. */
export function allScores(run: Run, aggregates: readonly AggregateSql[] = []): Run['scores'] {
  const read = run as unknown as Record<string, unknown>
  const made = aggregates.flatMap(({ name }) => {
    const value = read[`scores.${name}`]
    return typeof value === 'number' ? [[name, value] as const] : []
  })
  return { ...Object.fromEntries(made), ...run.scores }
}

/** Runs by row and experiment. */
export function byRow(runs: readonly (Run & { input?: Row['input'] })[]): RowResult[] {
  const rows = new Map<string, RowResult>()
  for (const run of runs) {
    const result = rows.get(run.row) ?? { row: { id: run.row, input: run.input as never }, cells: new Map() }
    const cell = result.cells.get(run.experiment_id) ?? {
      runs: 0,
      errors: 0,
      scores: {},
      root: run.root_span_id,
    }
    cell.runs += 1
    if (run.error != null) cell.errors += 1
    for (const [name, value] of Object.entries(run.scores ?? {}))
      if (value !== null) (cell.scores[name] ??= []).push(value)
    result.cells.set(run.experiment_id, cell)
    rows.set(run.row, result)
  }
  return [...rows.values()]
}

/** Mean of what counts in a cell; null when there is none. */
export function cellMean(cell: Cell | undefined, { score, lower }: Measure): number | null {
  if (!cell) return null
  if (score !== null) return mean(cell.scores[score] ?? [])
  return mean(
    Object.entries(cell.scores).flatMap(([name, values]) =>
      lower.has(name) ? values.map((value) => 1 - value) : values,
    ),
  )
}

/** Mean over the experiments, each counting once. */
export function rowMean(result: RowResult, measure: Measure): number | null {
  return mean(
    [...result.cells.values()].map((cell) => cellMean(cell, measure)).filter((value) => value !== null),
  )
}

/** In how many of the experiments that repeated the row the repetitions disagree about passing. */
export function flakiness({ cells }: RowResult, { score }: Measure): { flaky: number; of: number } {
  const repeated = [...cells.values()].map((cell) =>
    Object.entries(cell.scores)
      .filter(([name, values]) => (score === null || score === name) && values.length > 1)
      .map(([, values]) => new Set(values.map((value) => value >= PASS)).size > 1),
  )
  const counted = repeated.filter((scores) => scores.length)
  return { flaky: counted.filter((scores) => scores.includes(true)).length, of: counted.length }
}

function mean(values: readonly number[]): number | null {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null
}

/** Hardest first: the lowest mean, or the highest of a score of which less is better; rows without a value last. */
export function hardestFirst(results: readonly RowResult[], measure: Measure): RowResult[] {
  const turned = measure.score !== null && measure.lower.has(measure.score) ? -1 : 1
  const ranked = results.map((result) => ({ result, value: rowMean(result, measure) }))
  const rank = (value: number | null): number => (value === null ? Number.POSITIVE_INFINITY : turned * value)
  return ranked
    .toSorted((a, b) => rank(a.value) - rank(b.value) || a.result.row.id.localeCompare(b.result.row.id))
    .map(({ result }) => result)
}
