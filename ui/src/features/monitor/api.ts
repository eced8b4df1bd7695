/** Reads of the monitor page. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { actsByLink, request } from '@/api/client'
import { runQuery } from '@/api/query'
import type { Answer } from '@/api/types'
import { bucket } from '@/lib/time-range'
import type { Chart, Grain } from './charts'
import {
  endsQuestion,
  listQuestion,
  MOST_NAMES,
  scoresQuestion,
  seriesQuestion,
  splitQuestion,
  valuesQuestion,
  type Divided,
  type Scope,
  type Value,
  type Window,
} from './questions'
import { readSeries, slots, type Row, type Series, type TotalRow } from './series'

export const MOST_LINES = 6
/** As many scores have a chart of their own where they are divided. */
export const MOST_SCORES = 6

/** What is asked of a board; whoever holds a link to one sends this, and the server makes the SQL of it. */
type BoardQuestion = { ask: 'ends' | 'series' | 'list'; charts?: string[]; unit?: string | null }

function answer<T>(
  sql: string,
  question: BoardQuestion,
  window: Window,
  signal: AbortSignal,
): Promise<Answer<T>> {
  if (!actsByLink()) return runQuery<T>({ query: sql }, signal)
  const body = { ...question, since: window.from, until: window.to }
  return request('/api/shared/charts', { method: 'POST', body, signal })
}

/** What was logged within this part of the time asked for, and nothing before, is shown at its own width. */
const YOUNG = 1 / 20

/** First and last moment in epoch milliseconds, and the width of the slots between, of which there are up to `most`; null when there is nothing. */
export type Ends = { first: number; last: number; unit: string; width: number }

export const endsQuery = (scope: Scope, window: Window, most = 60) =>
  queryOptions({
    queryKey: ['monitor', 'ends', scope, window, most],
    queryFn: async ({ signal }): Promise<Ends | null> => {
      const row = await outermost(scope, window, signal)
      if (!row) return null
      const last = window.to ? Date.parse(window.to) : row.last
      const asked = window.from ? Date.parse(window.from) : row.first
      // A project of today would be a sliver at the edge of its last 7 days.
      const late = !window.to && row.last - row.first < (last - asked) * YOUNG
      const young = late && !(await outermost(scope, { from: null, to: window.from }, signal))
      const first = young ? row.first : asked
      const { seconds, unit } = bucket(Math.max(60, (last - first) / 1000), most)
      return { first, last, unit, width: seconds * 1000 }
    },
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  })

/** Where `seriesQuery` keeps the chart of a score of its own. */
export function partOf(chart: Chart, score: string): string {
  return JSON.stringify([chart.id, score])
}

/** The first and last moment of what was logged in a time, in epoch milliseconds. */
async function outermost(scope: Scope, window: Window, signal: AbortSignal) {
  type Found = { first: string | null; last: string | null }
  const row = (await answer<Found>(endsQuestion(scope, window), { ask: 'ends' }, window, signal)).data[0]
  return row?.first && row.last ? { first: Date.parse(row.first), last: Date.parse(row.last) } : null
}

/** Series by chart id, for charts that can share one question; those of divided scores by `partOf` each. */
export const seriesQuery = (charts: readonly Chart[], scope: Scope, window: Window, ends: Ends) =>
  queryOptions({
    queryKey: ['monitor', 'series', charts, scope, window, ends.unit, ends.first, ends.last],
    queryFn: async ({ signal }): Promise<Record<string, Series>> => {
      const ids = charts.map((chart) => chart.id)
      const ask = async <T>(unit: string | null): Promise<T[]> => {
        const { query } = seriesQuestion(charts, scope, window, unit)
        return (await answer<T>(query, { ask: 'series', charts: ids, unit }, window, signal)).data
      }
      const [rows, totals] = await Promise.all([ask<Row>(ends.unit), ask<TotalRow>(null)])
      const { columns } = seriesQuestion(charts, scope, window, null)
      const { width } = ends
      const times = slots(rows, width, ends.first, ends.last)
      const { values: order, called } = scope.by ?? {}
      const read = (chart: Chart, score?: string): Series => {
        const ofScore = (row: TotalRow): boolean => score === undefined || row.name === score
        const found = {
          rows: rows.filter(ofScore),
          totals: totals.filter(ofScore),
          times,
          width,
          order,
          called,
        }
        return readSeries(chart, { ...found, columns: columns.get(chart.id) ?? [] })
      }
      return Object.fromEntries(
        charts.flatMap((chart) =>
          scope.scores
            ? scope.scores.map((score) => [partOf(chart, score), read(chart, score)])
            : [[chart.id, read(chart)]],
        ),
      )
    },
    staleTime: 30_000,
    placeholderData: keepPreviousData,
    retry: false,
  })

export type ListRow = { series?: Value | null } & Record<`c${number}`, number | null>

export const listQuery = (chart: Chart, scope: Scope, window: Window) =>
  queryOptions({
    queryKey: ['monitor', 'list', chart, scope, window],
    queryFn: async ({ signal }) =>
      (
        await answer<ListRow>(
          listQuestion(chart, scope, window),
          { ask: 'list', charts: [chart.id] },
          window,
          signal,
        )
      ).data,
    staleTime: 30_000,
    placeholderData: keepPreviousData,
    retry: false,
  })

export type SplitRow = { row: Value; series: Value } & Record<`c${number}`, number | null>

/** What the rows of a top list are in each value of the field that divides. */
export const splitQuery = (chart: Chart, scope: Divided, window: Window, names: readonly Value[]) =>
  queryOptions({
    queryKey: ['monitor', 'split', chart, scope, window, names],
    queryFn: async ({ signal }) =>
      (await runQuery<SplitRow>({ query: splitQuestion(chart, scope, window, names) }, signal)).data,
    enabled: names.length > 0,
    staleTime: 30_000,
    retry: false,
  })

/** Names of the scores of divided traces, most frequent first. */
export const scoresQuery = (chart: Chart, scope: Divided, window: Window) =>
  queryOptions({
    queryKey: ['monitor', 'scores', chart.where, scope, window],
    queryFn: async ({ signal }) => {
      const query = scoresQuestion(chart, scope, window)
      return (await runQuery<{ name: string }>({ query }, signal)).data.map(({ name }) => name)
    },
    staleTime: 30_000,
    retry: false,
  })

/** Values of a field, most frequent first. */
export const valuesQuery = (field: string | undefined, grain: Grain, scope: Scope, window: Window) =>
  queryOptions({
    queryKey: ['monitor', 'values', field, grain, scope, window],
    queryFn: async ({ signal }) => {
      const query = valuesQuestion(field!, grain, scope, window, MOST_NAMES)
      const found = (await runQuery<{ value: Value | null }>({ query }, signal)).data
      return found.flatMap(({ value }) => value ?? []) // none on a trace's own row: only spans below have the field
    },
    enabled: field !== undefined,
    staleTime: 30_000,
    retry: false,
  })
