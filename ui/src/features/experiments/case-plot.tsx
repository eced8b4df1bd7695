import { plural, t } from '@lingui/core/macro'
import { useEffect } from 'react'
import type { Case, Comparison } from '@/api/types'
import type { ExperimentSearch } from '@/lib/search-params'
import { count } from '@/lib/format'
import { oneLine } from '@/lib/json'
import { Plot } from './plot'
import type { Axis, Dot } from './scatter'
import { metricName, splitMetrics } from './verdict'

/** Most cases a plot draws. */
export const MOST_DOTS = 2000

/** The numbers of a case that can be plotted: its scores, then duration, tokens, cost and the like. */
export function axesOf(comparison: Comparison): Axis[] {
  const { first, rest } = splitMetrics(comparison.metrics)
  return [
    ...comparison.scores.map(({ name, unit }) => ({ id: `scores.${name}`, name, unit })),
    ...[...first, ...rest].map(({ name, unit }) => ({ id: `metrics.${name}`, name: metricName(name), unit })),
  ]
}

/** The cases that have both numbers. */
export function dotsOf(cases: readonly Case[], x: string, y: string): Dot[] {
  return cases.flatMap((item) => {
    const [across, up] = [numberOf(item, x), numberOf(item, y)]
    if (across === null || up === null || !item.root_span_id) return []
    return [{ key: item.root_span_id, label: oneLine(item.input, 120), x: across, y: up }]
  })
}

function numberOf(item: Case, axis: string): number | null {
  const at = axis.indexOf('.')
  const values = axis.slice(0, at) === 'scores' ? item.scores : item.metrics
  return values[axis.slice(at + 1)]?.value ?? null
}

type Props = {
  comparison: Comparison
  rows: readonly Case[]
  total: number
  search: ExperimentSearch
  update: (changes: Partial<ExperimentSearch>, replace?: boolean) => void
  /** Fetches the next page; undefined when there is none or one is on its way. */
  more: (() => void) | undefined
}

/** Any two numbers of the cases against each other. */
export function CasePlot({ comparison, rows, total, search, update, more }: Props) {
  const axes = axesOf(comparison)
  const wanted = rows.length < MOST_DOTS ? more : undefined
  useEffect(() => wanted?.(), [wanted])
  return (
    <Plot
      axes={axes}
      chosen={search}
      onChoose={(changes) => update(changes, true)}
      dotsOf={(x, y) => dotsOf(rows, x, y)}
      note={(drawn) =>
        drawn < total
          ? t`${plural(drawn, { one: '# case', other: '# cases' })} of ${count(total)}`
          : plural(drawn, { one: '# case', other: '# cases' })
      }
      openKey={search.side ? null : (search.r ?? null)}
      onOpen={(key) => update({ r: key, s: undefined, side: undefined }, Boolean(search.r))}
      empty={t`These cases have no numbers yet.`}
    />
  )
}
