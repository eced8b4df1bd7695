import { t } from '@lingui/core/macro'
import { Link, type LinkProps } from '@tanstack/react-router'
import { useMemo } from 'react'
import { Skeleton } from '@/components/ui/bits'
import { cx } from '@/lib/cx'
import { upTo } from '@/lib/format'
import { intl } from '@/lib/i18n'
import { intervalOf } from '@/lib/interval'
import { changeOf, direction, type Change } from '../monitor/change'
import type { Chart, Measure, Unit } from '../monitor/charts'
import { measure } from '../monitor/measure'
import type { Scope, Window } from '../monitor/questions'
import type { Line } from '../monitor/series'
import { useCharts, type Charted } from '../monitor/use-charts'
import { useProject } from '../projects/project-context'

const TILES: readonly Chart[] = [
  tile('traces', t`Traces`, '', { label: t`count`, sql: 'count(*)' }),
  tile('errors', t`Error rate`, '%', {
    label: t`failed`,
    sql: 'CASE WHEN metrics.errors > 0 THEN 1 ELSE 0 END',
    mean: true,
  }),
  tile('latency', t`Latency, p95`, 's', { label: t`p95`, sql: 'percentile(metrics.duration, 0.95)' }),
  tile('cost', t`Cost`, '$', { label: t`cost`, sql: 'sum(metrics.estimated_cost)' }),
]

function tile(id: string, title: string, unit: Unit, one: Measure): Chart {
  return { id, title, unit, kind: 'series', grain: 'traces', measures: [one] }
}

/** Where a tile leads: the logs that stand behind its number. */
const ROWS: Record<string, { o?: string; f?: string[] }> = {
  errors: { f: ['metrics.errors > 0'] },
  latency: { o: '-duration' },
  cost: { o: '-cost' },
}

/** What the project did in the time shown: four numbers, how they ran, and how they compare with the time before. */
export function Tiles({ range, window }: { range: string | undefined; window: Window }) {
  const { project } = useProject()
  const scope = useMemo((): Scope => ({ projectId: project.id, where: [], scoring: false }), [project.id])
  const charts = useCharts(TILES, scope, undefined, window, window.from !== null)
  return (
    <section
      aria-label={t`In this time`}
      className="grid grid-cols-[repeat(4,minmax(0,1fr))] gap-3 max-lg:grid-cols-[repeat(2,minmax(0,1fr))]"
    >
      {TILES.map((chart) => (
        <Tile
          key={chart.id}
          chart={chart}
          charted={charts.of(chart)}
          search={{ t: range, ...ROWS[chart.id] }}
        />
      ))}
    </section>
  )
}

type TileProps = { chart: Chart; charted: Charted; search: LinkProps['search'] }

function Tile({ chart, charted: { series, before, error }, search }: TileProps) {
  const { org, project } = useProject()
  const line = series?.lines[0]
  return (
    <Link
      to="/app/$org/p/$project/logs"
      params={{ org, project: project.name }}
      search={search}
      className="flex min-h-32 min-w-0 flex-col rounded-l border border-line px-3 pt-2.5 pb-3 hover:border-line-strong hover:bg-panel"
    >
      <span className="text-s text-ink-2">{chart.title}</span>
      {error ? <span className="text-s text-worse">{error.message}</span> : null}
      {!series && !error ? <Skeleton className="my-2 h-5 w-20" /> : null}
      {line ? <Numbers chart={chart} line={line} change={changeOf(line, before)} /> : null}
      <Spark values={line?.values ?? []} least={chart.unit === '%' ? 0.01 : 0} />
    </Link>
  )
}

function Numbers({ chart, line, change }: { chart: Chart; line: Line; change: Change | null }) {
  const rate = chart.unit === '%'
  const { value, deviation, n } = line.total
  const interval = rate ? intervalOf('rate', value, deviation, n) : null
  return (
    <>
      <span className="text-[22px] leading-8 font-semibold tabular-nums">{measure(value, chart.unit)}</span>
      <span className="flex min-h-4 flex-wrap gap-x-2 text-xs text-ink-3 tabular-nums">
        {interval ? (
          <span>{t`95 %: ${measure(interval[0], '%')} … ${measure(interval[1], '%')}`}</span>
        ) : null}
        {change && rate ? <Points change={change} /> : null}
        {change && !rate ? <Share change={change} /> : null}
      </span>
    </>
  )
}

/** By how much a rate moved. Only one that moved more than chance explains has a colour. */
function Points({ change }: { change: Change }) {
  const moved = direction(change)
  const tone = { '1': 'font-medium text-worse', '-1': 'font-medium text-better', '0': '' }[`${moved}`]
  const title = moved
    ? t`More than chance explains: the 95 % interval of the difference leaves out zero.`
    : t`No more than chance explains: the 95 % interval of the difference holds zero.`
  return (
    <span title={title} className={cx(tone)}>
      {t`${percent(change.by)} points on before`}
    </span>
  )
}

/** By how much of what it was a number moved; nothing where it was nothing. */
function Share({ change: { by, before } }: { change: Change }) {
  if (!before) return null
  return (
    <span
      title={t`Against the time of the same length just before`}
    >{t`${percent(by / before)} % on before`}</span>
  )
}

function percent(value: number): string {
  const size = Math.abs(value * 100)
  const text = size >= 1000 ? Math.round(size).toLocaleString(intl.numbers) : upTo(size, size < 10 ? 1 : 0)
  return /[1-9]/.test(text) ? `${value < 0 ? '−' : '+'}${text}` : '±0'
}

const HEIGHT = 28

/** The course of a number as bars; says nothing that the page of charts does not say better. */
function Spark({ values, least }: { values: readonly (number | null)[]; least: number }) {
  const most = Math.max(...values.map((value) => value ?? 0), least)
  return (
    <svg
      aria-hidden
      className="mt-auto w-full text-line-strong"
      height={HEIGHT}
      viewBox={`0 0 ${Math.max(1, values.length)} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      {values.map((value, i) => {
        const height = value && most ? Math.max(1, (value / most) * HEIGHT) : 0
        return (
          <rect
            key={i}
            x={i + 0.1}
            y={HEIGHT - height}
            width={0.8}
            height={height}
            className="fill-current"
          />
        )
      })}
    </svg>
  )
}
