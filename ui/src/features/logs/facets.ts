/** Facets: fields found in the newest spans, how often their values occur, and the filters a click makes. */
import { t } from '@lingui/core/macro'
import { queryOptions } from '@tanstack/react-query'
import { ASSIGNED } from '@/api/people'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import { isObject, type Json } from '@/lib/json'
import { allowedValues, literal, path, select, withinSpan } from '@/lib/sql'
import { bounds, rangeConditions } from '@/lib/time-range'
import { conditions, type LogsFilter } from './api'
import { metadataPaths, scoreNames } from './discover'

export type Facet = {
  field: string
  label: string
  /** Whose assignments are asked for. */
  userId?: string
  kind: 'values' | 'tags' | 'score' | 'error' | 'assigned'
}
/** To whom rows are assigned: to the reader, or to anybody. */
export function assignedFacet(userId: string): Facet & { userId: string } {
  return { field: ASSIGNED, label: t`Assigned`, kind: 'assigned', userId }
}

/** One line of a facet: the predicate on a span that it stands for, and how many traces (or spans) have it. */
export type FacetRow = { label: string; sql: string; n: number }

export const FEW = 6
export const MANY = 50
const MODEL = path('metadata', 'model')

function ofValues(field: string, label: string): Facet {
  return { field, label, kind: 'values' }
}

/**
 * How many values a field has in these rows: few make a choice, as many as rows are ids. One alone is none to choose
 * from: it stands after all choices and before the ids.
 */
function variety(rows: readonly Pick<Row, 'metadata'>[], keys: readonly string[]): number {
  const found = rows.map((row) =>
    keys.reduce<Json | undefined>((at, key) => (isObject(at) ? at[key] : undefined), {
      metadata: row.metadata,
    }),
  )
  const values = new Set(found.filter((value) => value !== undefined && value !== null)).size
  return values > 1 ? values : rows.length - 0.5
}

/** The fields worth a facet, those that nearly every project has first, then metadata, the easiest choices first. */
export function facetsOf(rows: readonly Pick<Row, 'metadata' | 'scores' | 'tags'>[]): Facet[] {
  const metadata = metadataPaths(rows)
  return [
    { field: 'error', label: t`Error`, kind: 'error' },
    ofValues('span_attributes.name', t`Name`),
    ofValues('span_attributes.type', t`Type`),
    ...(metadata.some((keys) => path(...keys) === MODEL) ? [ofValues(MODEL, t`Model`)] : []),
    ...(rows.some((row) => row.tags?.length)
      ? [{ field: 'tags', label: t`Tags`, kind: 'tags' } as const]
      : []),
    ...scoreNames(rows).map((name): Facet => ({ field: path('scores', name), label: name, kind: 'score' })),
    ...metadata
      .filter((keys) => path(...keys) !== MODEL)
      .toSorted((a, b) => variety(rows, a) - variety(rows, b))
      .map((keys) => ofValues(path(...keys), path(...keys))),
  ]
}

/** Whether a filter is about this field alone, so that the facet stands for it. */
export function isAbout(filter: string, facet: Facet): boolean {
  const inner = withinSpan(filter.replace(/^\s*not\s+/i, '')).trim()
  if (facet.kind === 'values') return allowedValues(inner)?.field === facet.field
  return inner.startsWith(`${facet.field} `) && !/\b(or|not\s+in)\b/i.test(inner)
}

/** The filter of a predicate: of traces it must hold for one of their spans, whichever. */
export function filterFor(sql: string, view: LogsFilter['view']): string {
  if (view === 'spans') return sql
  const without = /^NOT\s+(.*)$/s.exec(sql)
  return without ? `NOT any_span(${without[1]!})` : `any_span(${sql})`
}

/** The filters after a click on a line: values of one field add up to a choice, other lines come and go alone. */
export function toggled(
  filters: readonly string[],
  facet: Facet,
  sql: string,
  view: LogsFilter['view'],
): string[] {
  if (facet.kind !== 'values') {
    const own = filterFor(sql, view)
    const others = filters.filter((filter) => filter !== own && filter !== sql)
    return others.length < filters.length ? others : [...clearOf(filters, facet), own]
  }
  const at = filters.findIndex((filter) => allowedValues(filter)?.field === facet.field)
  const value = allowedValues(sql)!.values[0]!
  if (at === -1) return [...filters, filterFor(sql, view)]
  const chosen = allowedValues(filters[at]!)!.values
  const next = chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]
  const kept = filters.filter((_, i) => i !== at)
  return next.length
    ? [...kept.slice(0, at), filterFor(choice(facet.field, next), view), ...kept.slice(at)]
    : kept
}

/** Tags add up; of an error or a range of a score there is one. */
function clearOf(filters: readonly string[], facet: Facet): string[] {
  return facet.kind === 'tags' ? [...filters] : filters.filter((filter) => !isAbout(filter, facet))
}

function choice(field: string, values: readonly string[]): string {
  return values.length === 1 ? `${field} = ${values[0]!}` : `${field} IN (${values.join(', ')})`
}

/** Whether a line is what the filters ask for. */
export function isChosen(filters: readonly string[], facet: Facet, sql: string): boolean {
  if (facet.kind !== 'values')
    return filters.some((filter) => filter === sql || filter === filterFor(sql, undefined))
  const value = allowedValues(sql)!.values[0]!
  return filters.some((filter) => {
    const allowed = allowedValues(filter)
    return allowed?.field === facet.field && allowed.values.includes(value)
  })
}

/** Lines of a facet under all filters but those it stands for, most frequent first. */
export const facetQuery = (projectId: string, filter: LogsFilter, facet: Facet, most: number) => {
  // Tags narrow down together, values of another field are alternatives.
  const own = (sql: string): boolean => facet.kind !== 'tags' && isAbout(sql, facet)
  const others = { ...filter, f: (filter.f ?? []).filter((sql) => !own(sql)) }
  return queryOptions({
    queryKey: ['facet', projectId, others, facet, most],
    queryFn: ({ signal }) => fetchFacet(projectId, others, facet, most, signal),
    staleTime: 30_000,
  })
}

async function fetchFacet(
  projectId: string,
  filter: LogsFilter,
  facet: Facet,
  most: number,
  signal: AbortSignal,
): Promise<FacetRow[]> {
  const from = { from: 'project_logs', id: projectId } as const
  const where = within(projectId, filter)
  const unit = filter.view === 'spans' ? 'id' : 'root_span_id'
  const n = `count(DISTINCT ${unit})`
  const lines = linesOf(facet, filter.view)
  if (lines) {
    const columns = lines.map(({ test }, i) => `count(DISTINCT CASE WHEN ${test} THEN ${unit} END) AS n${i}`)
    const query = select({ ...from, columns: columns.join(', '), where })
    const counts = (await runQuery<Record<string, number>>({ query }, signal)).data[0] ?? {}
    return lines.flatMap(({ label, sql }, i) => {
      const found = counts[`n${i}`] ?? 0
      return found ? [{ label, sql, n: found }] : []
    })
  }
  const tags = facet.kind === 'tags'
  const tail = `GROUP BY 1 ORDER BY n DESC, 1 LIMIT ${most}`
  const query = tags
    ? `SELECT value, ${n} AS n FROM project_logs(${literal(projectId)}) UNPIVOT (value FOR _ IN (tags))${where.length ? ` WHERE ${where.map((sql) => `(${sql})`).join(' AND ')}` : ''} ${tail}`
    : select({
        ...from,
        columns: `${facet.field} AS value, ${n} AS n`,
        where: [...where, `${facet.field} IS NOT NULL`],
        tail,
      })
  const { data } = await runQuery<{ value: unknown; n: number }>({ query }, signal)
  return data.flatMap(({ value, n: found }) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? [
          {
            label: String(value),
            sql: `${facet.field} ${tags ? 'INCLUDES' : '='} ${literal(value)}`,
            n: found,
          },
        ]
      : [],
  )
}

/** Spans of the traces that a filter finds: a facet may live on another span than the one that fulfils it. */
function within(projectId: string, filter: LogsFilter): string[] {
  const times = rangeConditions(bounds(filter.t))
  if (filter.view === 'spans') return conditions(filter)
  if (!filter.q && !filter.f?.length) return times
  const traces = select({
    columns: 'root_span_id',
    from: 'project_logs',
    id: projectId,
    shape: 'summary',
    where: conditions(filter),
  })
  return [...times, `root_span_id IN (${traces})`]
}

/** The lines of a facet that has the same ones whatever is in the rows. */
function linesOf(facet: Facet, view: LogsFilter['view']) {
  if (facet.kind === 'score') return scoreLines(facet.field)
  if (facet.kind === 'error') return errorLines(view)
  if (facet.kind !== 'assigned') return null
  return [
    line(t`to me`, `${ASSIGNED} INCLUDES ${literal(facet.userId ?? '')}`),
    line(t`to anybody`, `${ASSIGNED} IS NOT NULL`),
  ]
}

const STEPS = [0, 0.2, 0.4, 0.6, 0.8] as const

function line(label: string, sql: string) {
  return { label, sql, test: sql }
}

/** Fifths of the range of a score, and what lies outside. */
function scoreLines(field: string): { label: string; sql: string; test: string }[] {
  return [
    line('below 0', `${field} < 0`),
    ...STEPS.map((from, i) => {
      const to = STEPS[i + 1]
      return to === undefined
        ? line(`${from} – 1`, `${field} >= ${from} AND ${field} <= 1`)
        : line(`${from} – ${to}`, `${field} >= ${from} AND ${field} < ${to}`)
    }),
    line('above 1', `${field} > 1`),
  ]
}

function errorLines(view: LogsFilter['view']): { label: string; sql: string; test: string }[] {
  const failed = 'error IS NOT NULL'
  const fine = view === 'spans' ? 'error IS NULL' : `NOT ${failed}`
  return [
    { label: t`with an error`, sql: failed, test: failed },
    { label: t`without an error`, sql: fine, test: filterFor(fine, view) },
  ]
}
