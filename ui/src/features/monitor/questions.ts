/** The SQL (BTQL for scores) behind a chart. Charts that ask the same rows are asked together, in one query. */
import { conjunction, literal } from '@/lib/sql'
import type { Chart, Grain, Measure } from './charts'

export type Window = { from: string | null; to: string | null }

/** Everything the page's address says that narrows or divides what charts show. */
export type Scope = {
  projectId: string
  where: readonly string[]
  /** `where` picks the rows a chart counts themselves; else it picks traces, as in the logs, and all of their rows. */
  rows?: boolean
  /** Count the work of scorers, too. */
  scoring: boolean
  /** Field whose values become lines, the values shown, and what people call them where that is something else. */
  by?:
    { field: string; values: readonly Value[]; called?: ReadonlyMap<Value, string> | undefined } | undefined
}
export type Value = string | number | boolean

const NOT_SCORING = "span_attributes.purpose IS DISTINCT FROM 'scorer'"

const GRAIN_WHERE: Record<Grain, string | null> = {
  traces: null,
  calls: "span_attributes.type = 'llm'",
  tools: "span_attributes.type = 'tool'",
  scores: null,
  spans: null,
}

/** Columns of one measure: its value, or mean, deviation and number of values. */
export function measureColumns({ sql, mean }: Measure): string[] {
  return mean ? [`avg(${sql})`, `stddev(${sql})`, `count(${sql})`] : [sql]
}

export function conditions(grain: Grain, scope: Scope, window: Window, extra?: string): string[] {
  const scores = grain === 'scores'
  return [
    ...between(window),
    GRAIN_WHERE[grain] ?? '',
    scope.scoring || scores ? '' : NOT_SCORING,
    ...(scope.rows ? scope.where : ofTraces(scope, window)),
    scope.by && !scores ? among(scope.by) : '',
    extra ?? '',
  ].filter(Boolean)
}

/** The filters of the page as one about traces: a span that fulfils them may be another than those counted. */
function ofTraces(scope: Scope, window: Window): string[] {
  if (scope.where.length === 0) return []
  const filter = conjunction([...between(window), ...scope.where])
  return [`root_span_id IN (SELECT root_span_id FROM ${source('traces', scope.projectId)} WHERE ${filter})`]
}

function between(window: Window): string[] {
  return [
    window.from ? `created >= '${window.from}'` : '',
    window.to ? `created < '${window.to}'` : '',
  ].filter(Boolean)
}

function among({ field, values }: { field: string; values: readonly Value[] }): string {
  if (field === LIST) return values.map((value) => `${LIST} INCLUDES ${literal(value)}`).join(' OR ')
  return `${field} IN (${listed(values)})`
}

function listed(values: readonly Value[]): string {
  return values.map(literal).join(', ')
}

/** The field that holds a list: a row belongs to each of its values. */
export const LIST = 'tags'

/** Rows to ask, one for each value where they are divided by a list, and what the value is called there. */
function divided(by: string, grain: Grain, projectId: string, filter: string): { from: string; by: string } {
  const from = source(grain, projectId)
  const where = filter ? ` WHERE ${filter}` : ''
  if (by !== LIST) return { from: `${from}${where}`, by }
  return { from: `(SELECT * FROM ${from}${where}) UNPIVOT (tag FOR _ IN (${LIST}))`, by: 'tag' }
}

function source(grain: Grain, projectId: string): string {
  return `project_logs(${literal(projectId)}${grain === 'traces' ? ", shape => 'summary'" : ''})`
}

export type Question = { query: string; columns: Map<string, number[][]> }

/**
 * One question for all charts over time of one grain and predicate; `columns` says where each measure's values are.
 * Without a unit of time it asks for one row over the whole time (for each line).
 */
export function seriesQuestion(
  charts: readonly Chart[],
  scope: Scope,
  window: Window,
  unit: string | null,
): Question {
  const grain = charts[0]!.grain
  const where = charts[0]!.where
  const expressions: string[] = []
  const columns = new Map(
    charts.map((chart) => [
      chart.id,
      chart.measures.map((measure) => measureColumns(measure).map((sql) => place(expressions, sql))),
    ]),
  )
  const values = expressions.map((sql, i) => `${sql} AS c${i}`).join(', ')
  const filter = conjunction(conditions(grain, scope, window, where))
  if (grain === 'scores') {
    const query = [
      `from: project_logs(${literal(scope.projectId)})`,
      'unpivot: scores as (name, value)',
      unit === null
        ? 'dimensions: name as series'
        : `dimensions: date_trunc(${literal(unit)}, created) as at, name as series`,
      `measures: ${values}`,
      `filter: ${conjunction([filter, 'value IS NOT NULL'])}`,
      unit === null ? 'sort: series' : 'sort: at',
      'limit: 5000',
    ].join(' | ')
    return { query, columns }
  }
  const { from, by } = divided(scope.by?.field ?? '', grain, scope.projectId, filter)
  const only = scope.by && by !== scope.by.field ? ` WHERE ${by} IN (${listed(scope.by.values)})` : ''
  const groups = [
    ...(unit === null ? [] : [`date_trunc(${literal(unit)}, created) AS at`]),
    ...(scope.by ? [`${by} AS series`] : []),
  ]
  const order = groups.length
    ? ` GROUP BY ${groups.map((_, i) => i + 1).join(', ')} ORDER BY 1 LIMIT 5000`
    : ''
  return { query: `SELECT ${[...groups, values].join(', ')} FROM ${from}${only}${order}`, columns }
}

function place(expressions: string[], sql: string): number {
  const known = expressions.indexOf(sql)
  return known === -1 ? expressions.push(sql) - 1 : known
}

/** The rows of a top list, most first; or, without a field, one row: a number. */
export function listQuestion(chart: Chart, scope: Scope, window: Window): string {
  const narrowed = { ...scope, by: undefined }
  const filter = conjunction([
    ...conditions(chart.grain, narrowed, window, chart.where),
    chart.kind === 'top' && chart.by ? `${chart.by} IS NOT NULL` : '',
  ])
  const values = chart.measures
    .flatMap(measureColumns)
    .map((sql, i) => `${sql} AS c${i}`)
    .join(', ')
  if (chart.grain === 'scores') {
    const parts = [
      `from: project_logs(${literal(scope.projectId)})`,
      'unpivot: scores as (name, value)',
      chart.kind === 'top' ? `dimensions: ${chart.by ?? 'name'} as series` : '',
      `measures: ${values}`,
      `filter: ${conjunction([filter, 'value IS NOT NULL'])}`,
      chart.kind === 'top' ? 'sort: c0 desc' : '',
      'limit: 10',
    ]
    return parts.filter(Boolean).join(' | ')
  }
  const { from, by } = divided(chart.by ?? '', chart.grain, scope.projectId, filter)
  if (chart.kind === 'number' || !chart.by) return `SELECT ${values} FROM ${from}`
  return `SELECT ${by} AS series, ${values} FROM ${from} GROUP BY 1 ORDER BY c0 DESC LIMIT 10`
}

/** The most frequent values of a field among the rows of a grain. */
export function valuesQuestion(
  field: string,
  grain: Grain,
  scope: Scope,
  window: Window,
  most: number,
): string {
  const filter = conjunction([
    ...conditions(grain, { ...scope, by: undefined }, window),
    `${field} IS NOT NULL`,
  ])
  const { from, by } = divided(field, grain, scope.projectId, filter)
  return `SELECT ${by} AS value, count(*) AS n FROM ${from} GROUP BY 1 ORDER BY n DESC LIMIT ${most}`
}

/** First and last moment there is anything to see. */
export function endsQuestion(scope: Scope, window: Window): string {
  const filter = conjunction(conditions('spans', { ...scope, by: undefined, scoring: true }, window))
  return `SELECT min(created) AS first, max(created) AS last FROM ${source('spans', scope.projectId)}${filter ? ` WHERE ${filter}` : ''}`
}

/** Charts over time that can share a question, in the order of their first member. */
export function together(charts: readonly Chart[]): Chart[][] {
  const groups = new Map<string, Chart[]>()
  for (const chart of charts) {
    const key = `${chart.grain}\n${chart.where ?? ''}`
    groups.set(key, [...(groups.get(key) ?? []), chart])
  }
  return [...groups.values()]
}
