/** The SQL (BTQL for scores) behind a chart. Charts that ask the same rows are asked together, in one query. */
import { conjunction, literal } from '@/lib/sql'
import { grainFor, type Chart, type Grain, type Measure } from './charts'

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
  by?: Division | undefined
  /** Names of the scores asked for, where they are divided. */
  scores?: readonly string[]
}
export type Value = string | number | boolean
export type Divided = Scope & { by: Division }
export type Division = {
  field: string
  values: readonly Value[]
  called?: ReadonlyMap<Value, string> | undefined
}

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
  return [
    ...between(window),
    GRAIN_WHERE[grain] ?? '',
    scope.scoring || grain === 'scores' ? '' : NOT_SCORING,
    ...(scope.rows ? scope.where : ofTraces(scope, window)),
    scope.by && haveField(grain, scope.by.field) ? among(scope.by) : '',
    extra ?? '',
  ].filter(Boolean)
}

/** Whether rows of a grain have a field themselves; others belong to each value that their trace has. */
function haveField(grain: Grain, field: string): boolean {
  return grain === grainFor(field)
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

/** What to select from, and what the value of the field is called there. */
type Relation = { from: string; by: string }

/** Rows, one for each value where they are divided by a list; of `values` alone, if these are given. */
function divided(
  by: string,
  grain: Grain,
  projectId: string,
  filter: string,
  values?: readonly Value[],
): Relation {
  const from = `${source(grain, projectId)}${where(filter)}`
  if (by !== LIST) return { from, by }
  const only = values ? where(`tag IN (${listed(values)})`) : ''
  return { from: `(SELECT * FROM ${from}) UNPIVOT (tag FOR _ IN (${LIST}))${only}`, by: 'tag' }
}

/** Rows of a grain with the value of the field that they, or else their traces, have; `rows` is the field of a top list. */
function withValues(grain: Grain, scope: Divided, window: Window, filter: string, rows = ''): Relation {
  const { projectId, by } = scope
  if (haveField(grain, by.field)) {
    if (rows === LIST) return { ...divided(LIST, grain, projectId, filter), by: by.field }
    return divided(by.field, grain, projectId, filter, by.values)
  }
  const own = grain === 'scores' ? scored(projectId, filter) : divided(rows, grain, projectId, filter).from
  const joined = `(SELECT * FROM ${own}) JOIN (${tracesWith(scope, window)}) ON root_span_id = trace`
  return { from: joined, by: 'value_of_trace' }
}

/** A row for each score. */
function scored(projectId: string, filter: string): string {
  return `${source('scores', projectId)} UNPIVOT (value FOR name IN (scores))${where(conjunction([filter, 'value IS NOT NULL']))}`
}

/** Each trace of the time with each of the values that it has: of its root, or of its model calls. */
function tracesWith(scope: Divided, window: Window): string {
  const { by } = scope
  const grain = grainFor(by.field)
  const root = grain === 'traces' ? 'is_root' : ''
  const filter = conjunction(conditions(grain, { ...scope, where: [] }, window, root))
  const found = divided(by.field, 'spans', scope.projectId, filter, by.values)
  return `SELECT DISTINCT root_span_id AS trace, ${found.by} AS value_of_trace FROM ${found.from}`
}

function where(filter: string): string {
  return filter ? ` WHERE ${filter}` : ''
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
  const { grain, where: extra } = charts[0]!
  const expressions: string[] = []
  const columns = new Map(
    charts.map((chart) => [
      chart.id,
      chart.measures.map((measure) => measureColumns(measure).map((sql) => place(expressions, sql))),
    ]),
  )
  const values = expressions.map((sql, i) => `${sql} AS c${i}`).join(', ')
  const only = scope.scores ? `name IN (${listed(scope.scores)})` : ''
  const filter = conjunction([...conditions(grain, scope, window, extra), only])
  if (grain === 'scores' && !scope.by) {
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
  const { from, by } = isDivided(scope)
    ? withValues(grain, scope, window, filter)
    : divided('', grain, scope.projectId, filter)
  const groups = [
    ...(unit === null ? [] : [`date_trunc(${literal(unit)}, created) AS at`]),
    ...(grain === 'scores' ? ['name'] : []),
    ...(scope.by ? [`${by} AS series`] : []),
  ]
  const order = groups.length
    ? ` GROUP BY ${groups.map((_, i) => i + 1).join(', ')} ORDER BY 1 LIMIT 5000`
    : ''
  return { query: `SELECT ${[...groups, values].join(', ')} FROM ${from}${order}`, columns }
}

/** The scores that there are of divided traces, most frequent first. */
export function scoresQuestion(chart: Chart, scope: Divided, window: Window): string {
  const filter = conjunction(conditions('scores', scope, window, chart.where))
  const { from } = withValues('scores', scope, window, filter)
  return `SELECT name, count(*) AS n FROM ${from} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${MOST_NAMES}`
}

/** As many values or names are counted. */
export const MOST_NAMES = 100

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
  const values = valuesOf(chart)
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

export function isDivided(scope: Scope): scope is Divided {
  return scope.by !== undefined
}

/** Whether a top list is divided: by another field than the one that makes its rows. */
export function isSplit(chart: Chart, scope: Scope): scope is Divided {
  return (
    isDivided(scope) && chart.by !== scope.by.field && (chart.by !== undefined || chart.grain === 'scores')
  )
}

/** What the rows of a top list (those of `names` alone) are in each value of the field that divides: `row`, `series`, `c0`, … */
export function splitQuestion(
  chart: Chart,
  scope: Divided,
  window: Window,
  names?: readonly Value[],
): string {
  const field = chart.by ?? 'name'
  const filter = conjunction([
    ...conditions(chart.grain, scope, window, chart.where),
    names ? among({ field, values: names }) : `${field} IS NOT NULL`,
  ])
  const { from, by: series } = withValues(chart.grain, scope, window, filter, field)
  const row = field === LIST ? 'tag' : field
  return `SELECT ${row} AS row, ${series} AS series, ${valuesOf(chart)} FROM ${from} GROUP BY 1, 2 ORDER BY c0 DESC LIMIT 1000`
}

function valuesOf(chart: Chart): string {
  return chart.measures
    .flatMap(measureColumns)
    .map((sql, i) => `${sql} AS c${i}`)
    .join(', ')
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
  return `SELECT ${by} AS value, count(*) AS n FROM ${from} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${most}`
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
