/** What a project did in a time and in the one just before, as numbers. */
import { t } from '@lingui/core/macro'
import { intervalOf, rateDifference } from '@/lib/interval'
import type { Chart, Unit } from '../monitor/charts'
import type { ListRow } from '../monitor/api'

/** The charts of the tiles; their measures are those of `TOTALS`, in its order. */
export const TILES: readonly Chart[] = [
  tile('traces', t`Traces`, '', { label: t`count`, sql: 'count(*)' }),
  tile('errors', t`Error rate`, '%', {
    label: t`failed`,
    sql: 'CASE WHEN metrics.errors > 0 THEN 1 ELSE 0 END',
    mean: true,
  }),
  tile('latency', t`Latency, p95`, 's', { label: t`p95`, sql: 'percentile(metrics.duration, 0.95)' }),
  tile('cost', t`Cost`, '$', { label: t`cost`, sql: 'sum(metrics.estimated_cost)' }),
]

/** All of them over the whole time, in one question. */
export const TOTALS: Chart = {
  id: 'totals',
  title: '',
  kind: 'number',
  grain: 'traces',
  unit: '',
  measures: TILES.flatMap((chart) => chart.measures),
}

function tile(id: string, title: string, unit: Unit, measure: Chart['measures'][number]): Chart {
  return { id, title, unit, kind: 'series', grain: 'traces', measures: [measure] }
}

export type Total = {
  value: number | null
  /** 95 % interval of a rate. */
  interval: [number, number] | null
  /** Against the time before: a share of it, or the points by which a rate moved. */
  change: number | null
  /** Whether a rate moved more than chance explains: its 95 % interval leaves out zero. */
  moved: 'up' | 'down' | null
}

const NONE: Total = { value: null, interval: null, change: null, moved: null }

/** The totals by tile; `before` is absent where there is no time before. */
export function readTotals(now: ListRow | undefined, before: ListRow | undefined): Record<string, Total> {
  if (!now) return Object.fromEntries(TILES.map(({ id }) => [id, NONE]))
  let at = 0
  return Object.fromEntries(
    TILES.map(({ id, measures: [measure] }) => {
      const column = at
      at += measure?.mean ? 3 : 1
      return [id, measure?.mean ? rate(column, now, before) : amount(column, now, before)]
    }),
  )
}

function amount(column: number, now: ListRow, before: ListRow | undefined): Total {
  const value = now[`c${column}`] ?? null
  const earlier = before?.[`c${column}`] ?? null
  return { ...NONE, value, change: value !== null && earlier ? value / earlier - 1 : null }
}

function rate(column: number, now: ListRow, before: ListRow | undefined): Total {
  const [value, n] = [now[`c${column}`] ?? null, now[`c${column + 2}`] ?? 0]
  const [earlier, m] = [before?.[`c${column}`] ?? null, before?.[`c${column + 2}`] ?? 0]
  const interval = intervalOf(true, value, null, n)
  if (value === null || earlier === null || !n || !m) return { ...NONE, value, interval }
  const [low, high] = rateDifference({ rate: value, n }, { rate: earlier, n: m })
  return { value, interval, change: value - earlier, moved: low > 0 ? 'up' : high < 0 ? 'down' : null }
}
