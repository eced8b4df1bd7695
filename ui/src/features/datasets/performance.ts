/** How each row of a dataset did in the experiments that ran over it. */
import { queryOptions } from '@tanstack/react-query'
import { runQuery } from '@/api/query'
import type { Experiment, Row } from '@/api/types'
import { literal } from '@/lib/sql'

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
export const runsQuery = (datasetId: string, experimentIds: readonly string[]) =>
  queryOptions({
    queryKey: ['dataset-runs', datasetId, experimentIds],
    queryFn: async ({ signal }) => {
      const query = runsSql(datasetId, experimentIds)
      const runs: (Run & { input: Row['input'] })[] = []
      let cursor: string | null = null
      do {
        const page: { data: typeof runs; cursor: string | null } = await runQuery({ query, cursor }, signal)
        runs.push(...page.data)
        cursor = page.data.length === PAGE && runs.length < MOST_RUNS ? page.cursor : null
      } while (cursor)
      return runs
    },
    enabled: experimentIds.length > 0,
    staleTime: 10_000,
  })

export function runsSql(datasetId: string, experimentIds: readonly string[]): string {
  const runs = `SELECT origin.id AS source, experiment_id, scores, error, root_span_id FROM experiment(${experimentIds.map(literal).join(', ')}, shape => 'summary')`
  return [
    'SELECT d.id AS row, d.input AS input, e.experiment_id AS experiment_id, e.scores AS scores, e.error AS error,',
    `e.root_span_id AS root_span_id FROM (${runs}) AS e`,
    `JOIN dataset(${literal(datasetId)}) AS d ON e.source = d.id ORDER BY e.root_span_id LIMIT ${PAGE}`,
  ].join(' ')
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

/** Mean of one score in a cell, or of all; null when there is none. */
export function cellMean(cell: Cell | undefined, score: string | null): number | null {
  if (!cell) return null
  const values = score === null ? Object.values(cell.scores).flat() : (cell.scores[score] ?? [])
  return mean(values)
}

/** Mean over the experiments, each counting once. */
export function rowMean(result: RowResult, score: string | null): number | null {
  return mean(
    [...result.cells.values()].map((cell) => cellMean(cell, score)).filter((value) => value !== null),
  )
}

/** Whether repetitions of the row in one experiment disagree. */
export function isFlaky(result: RowResult, score: string | null): boolean {
  return [...result.cells.values()].some((cell) =>
    Object.entries(cell.scores).some(
      ([name, values]) => (score === null || score === name) && new Set(values).size > 1,
    ),
  )
}

function mean(values: readonly number[]): number | null {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null
}

/** Hardest first; rows without a value last. */
export function hardestFirst(results: readonly RowResult[], score: string | null): RowResult[] {
  const rank = (result: RowResult): number => rowMean(result, score) ?? Number.POSITIVE_INFINITY
  return results.toSorted((a, b) => rank(a) - rank(b) || a.row.id.localeCompare(b.row.id))
}
