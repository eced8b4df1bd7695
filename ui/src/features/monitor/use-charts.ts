import { useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { storedQuery } from '../prompts/list'
import {
  endsQuery,
  MOST_LINES,
  MOST_SCORES,
  partOf,
  scoresQuery,
  seriesQuery,
  valuesQuery,
  type Ends,
} from './api'
import { grainFor, PROMPT, type Chart } from './charts'
import { isDivided, together, type Scope, type Value, type Window } from './questions'
import type { Series } from './series'

export type Charted = {
  series: Series | undefined
  before: Series | null
  error: Error | null
  /** Of scores that are divided, each on its own, and the names of those that are not drawn. */
  apart?: { parts: Part[]; more: readonly string[] } | undefined
}
export type Part = { score: string; series: Series | undefined; before: Series | null }

export type Answers = {
  ends: Ends | null | undefined
  error: Error | null
  scope: Scope
  /** The period before, where it is asked for. */
  earlier: Window | null
  /** The field has no value here, so that nothing is divided. */
  undivided: boolean
  /** How many values the field has (up to `MOST_NAMES`), drawn or not. */
  found: number
  of: (chart: Chart) => Charted
}

/** Ask for all charts over time at once: one query for those of the same rows, one more for the period before. */
export function useCharts(
  charts: readonly Chart[],
  base: Scope,
  field: string | undefined,
  window: Window,
  prev: boolean,
): Answers {
  const ends = useQuery(endsQuery(base, window, field ? SLOTS_DIVIDED : undefined))
  const values = useQuery(valuesQuery(field, grainFor(field), base, window))
  const called = usePromptNames(base.projectId, field)
  const scope = useMemo(
    (): Scope => divide(base, field, values.data, called),
    [base, field, values.data, called],
  )
  const groups = useMemo(() => together(charts.filter((chart) => chart.kind === 'series')), [charts])
  const ready = Boolean(ends.data) && (!field || values.isSuccess || values.isError)
  const earlier = ends.data && prev ? shifted(ends.data) : null
  const scores = useScores(groups, scope, window, ready)
  const ask = (at: Ends | undefined, within: Window) =>
    groups.map((group, i) => {
      const named = scores[i]
      const own = named ? { ...scope, scores: named.drawn } : scope
      const enabled = ready && at !== undefined && (!named || named.drawn.length > 0)
      return { ...seriesQuery(group, own, within, at ?? NO_ENDS), enabled }
    })
  const now = useQueries({ queries: ask(ends.data ?? undefined, window) })
  const before = useQueries({ queries: ask(earlier?.ends, earlier?.window ?? window) })
  return {
    ends: ends.data,
    error: ends.error ?? values.error,
    scope,
    earlier: earlier?.window ?? null,
    undivided: Boolean(field) && values.data?.length === 0,
    found: values.data?.length ?? 0,
    of: (chart) => {
      const at = groups.findIndex((group) => group.includes(chart))
      const named = scores[at]
      const read = (key: string) => ({
        series: now[at]?.data?.[key],
        before: earlier ? (before[at]?.data?.[key] ?? null) : null,
      })
      const parts = named?.drawn.map((score) => ({ score, ...read(partOf(chart, score)) }))
      return {
        ...read(chart.id),
        error: named?.error ?? now[at]?.error ?? null,
        apart: named?.known ? { parts: parts ?? [], more: named.more } : undefined,
      }
    },
  }
}

/** Fewer than of whole charts: there are less values in each, and lines cross. */
const SLOTS_DIVIDED = 30

function divide(
  base: Scope,
  field: string | undefined,
  values: readonly Value[] | undefined,
  called: ReadonlyMap<Value, string> | undefined,
): Scope {
  if (!field || !values?.length) return base
  return { ...base, by: { field, values: values.slice(0, MOST_LINES), called } }
}

type Scores = { known: boolean; error: Error | null; drawn: string[]; more: string[] }

/** Of each group of charts that is about scores, when they are divided: which there are; else null. */
function useScores(
  groups: readonly Chart[][],
  scope: Scope,
  window: Window,
  ready: boolean,
): (Scores | null)[] {
  const by = isDivided(scope) ? scope : null
  const asked = by ? groups.filter(([chart]) => chart!.grain === 'scores') : []
  const found = useQueries({
    queries: asked.map(([chart]) => ({ ...scoresQuery(chart!, by!, window), enabled: ready })),
  })
  return groups.map((group) => {
    const one = found[asked.indexOf(group)]
    if (!one) return null
    const names = one.data ?? []
    return {
      known: one.isSuccess,
      error: one.error,
      drawn: names.slice(0, MOST_SCORES).toSorted(),
      more: names.slice(MOST_SCORES),
    }
  })
}

/** Names of prompts by their ids, when lines are those of prompts. */
function usePromptNames(
  projectId: string,
  field: string | undefined,
): ReadonlyMap<string, string> | undefined {
  const { data } = useQuery({ ...storedQuery(projectId), enabled: field === PROMPT })
  return useMemo(() => data && new Map(data.map(({ id, name }) => [id, name])), [data])
}

const NO_ENDS: Ends = { first: 0, last: 0, unit: '1 minute', width: 60_000 }

/** The time of the same length just before, in the same slots. */
function shifted(ends: Ends): { ends: Ends; window: Window } {
  const length = Math.ceil((ends.last - ends.first) / ends.width) * ends.width
  const moved = { ...ends, first: ends.first - length, last: ends.last - length }
  return {
    ends: moved,
    window: { from: new Date(moved.first).toISOString(), to: new Date(ends.first).toISOString() },
  }
}
