import { useQueries, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { storedQuery } from '../prompts/list'
import { endsQuery, seriesQuery, valuesQuery, type Ends } from './api'
import { grainFor, PROMPT, type Chart } from './charts'
import { together, type Scope, type Window } from './questions'
import type { Series } from './series'

export type Charted = { series: Series | undefined; before: Series | null; error: Error | null }

export type Answers = {
  ends: Ends | null | undefined
  error: Error | null
  scope: Scope
  /** The period before, where it is asked for. */
  earlier: Window | null
  /** The field has no value here, so that nothing is divided. */
  undivided: boolean
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
  const ends = useQuery(endsQuery(base, window))
  const values = useQuery(valuesQuery(field, grainFor(field), base, window))
  const called = usePromptNames(base.projectId, field)
  const scope = useMemo(
    (): Scope =>
      field && values.data?.length ? { ...base, by: { field, values: values.data, called } } : base,
    [base, field, values.data, called],
  )
  const groups = useMemo(() => together(charts.filter((chart) => chart.kind === 'series')), [charts])
  const ready = Boolean(ends.data) && (!field || values.isSuccess || values.isError)
  const earlier = ends.data && prev ? shifted(ends.data) : null
  const now = useQueries({
    queries: groups.map((group) => ({
      ...seriesQuery(group, scope, window, ends.data ?? NO_ENDS),
      enabled: ready,
    })),
  })
  const before = useQueries({
    queries: groups.map((group) => ({
      ...seriesQuery(group, scope, earlier?.window ?? window, earlier?.ends ?? NO_ENDS),
      enabled: ready && earlier !== null,
    })),
  })
  return {
    ends: ends.data,
    error: ends.error ?? values.error,
    scope,
    earlier: earlier?.window ?? null,
    undivided: Boolean(field) && values.data?.length === 0,
    of: (chart) => {
      const at = groups.findIndex((group) => group.includes(chart))
      return {
        series: now[at]?.data?.[chart.id],
        before: earlier ? (before[at]?.data?.[chart.id] ?? null) : null,
        error: now[at]?.error ?? null,
      }
    },
  }
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
