import { t } from '@lingui/core/macro'
import { Link, type LinkProps } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { useMemo, type ReactNode } from 'react'
import { Skeleton } from '@/components/ui/bits'
import { cx } from '@/lib/cx'
import { upTo } from '@/lib/format'
import { intl } from '@/lib/i18n'
import { previous } from '@/lib/time-range'
import { listQuery } from '../monitor/api'
import type { Chart } from '../monitor/charts'
import { measure } from '../monitor/measure'
import type { Scope, Window } from '../monitor/questions'
import type { Series } from '../monitor/series'
import { useCharts } from '../monitor/use-charts'
import { useProject } from '../projects/project-context'
import { readTotals, TILES, TOTALS, type Total } from './totals'

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
  const before = useMemo(() => previous(window), [window])
  const now = useQuery(listQuery(TOTALS, scope, window))
  const then = useQuery({ ...listQuery(TOTALS, scope, before ?? window), enabled: before !== null })
  const lines = useCharts(TILES, scope, undefined, window, false)
  const totals = readTotals(now.data?.[0], before ? then.data?.[0] : undefined)
  return (
    <section
      aria-label={t`In this time`}
      className="grid grid-cols-[repeat(4,minmax(0,1fr))] gap-3 max-lg:grid-cols-[repeat(2,minmax(0,1fr))]"
    >
      {TILES.map((chart) => (
        <Tile
          key={chart.id}
          chart={chart}
          total={now.data ? totals[chart.id] : undefined}
          failed={now.error}
          series={lines.of(chart).series}
          search={{ t: range, ...ROWS[chart.id] }}
        />
      ))}
    </section>
  )
}

type TileProps = {
  chart: Chart
  total: Total | undefined
  failed: Error | null
  series: Series | undefined
  search: LinkProps['search']
}

function Tile({ chart, total, failed, series, search }: TileProps) {
  const { org, project } = useProject()
  return (
    <Link
      to="/app/$org/p/$project/logs"
      params={{ org, project: project.name }}
      search={search}
      className="flex min-w-0 flex-col rounded-l border border-line px-3 pt-2.5 pb-3 hover:border-line-strong hover:bg-panel"
    >
      <span className="text-s text-ink-2">{chart.title}</span>
      {failed ? <span className="text-s text-worse">{failed.message}</span> : null}
      {!total && !failed ? <Skeleton className="my-2 h-5 w-20" /> : null}
      {total ? (
        <>
          <span className="text-[22px] leading-8 font-semibold tabular-nums">
            {measure(total.value, chart.unit)}
          </span>
          <span className="flex min-h-4 flex-wrap gap-x-2 text-xs text-ink-3 tabular-nums">
            {total.interval ? (
              <span>{t`95 %: ${measure(total.interval[0], '%')} … ${measure(total.interval[1], '%')}`}</span>
            ) : null}
            <Change chart={chart} total={total} />
          </span>
        </>
      ) : null}
      <Spark series={series} unit={chart.unit} />
    </Link>
  )
}

/** By how much a number moved. Only a rate that moved more than chance explains has a colour. */
function Change({ chart, total }: { chart: Chart; total: Total }): ReactNode {
  const { change, moved } = total
  if (change === null) return null
  const rate = chart.unit === '%'
  const text = `${change < 0 ? '−' : '+'}${share(Math.abs(change))}`
  const tone = moved === 'up' ? 'text-worse' : moved === 'down' ? 'text-better' : ''
  const title = rate
    ? moved
      ? t`More than chance explains: the 95 % interval of the difference leaves out zero.`
      : t`No more than chance explains: the 95 % interval of the difference holds zero.`
    : t`Against the time of the same length just before`
  return (
    <span title={title} className={cx(moved && 'font-medium', tone)}>
      {rate ? t`${text} points on before` : t`${text} % on before`}
    </span>
  )
}

function share(value: number): string {
  const percent = value * 100
  return percent >= 1000
    ? Math.round(percent).toLocaleString(intl.numbers)
    : upTo(percent, percent < 10 ? 1 : 0)
}

const HEIGHT = 28

/** The course of a number as bars; says nothing that the page of charts does not say better. */
function Spark({ series, unit }: { series: Series | undefined; unit: string }) {
  const values = series?.lines[0]?.values ?? []
  const most = Math.max(...values.map((value) => value ?? 0), unit === '%' ? 0.01 : 0)
  return (
    <svg
      aria-hidden
      className="mt-auto w-full pt-1.5 text-line-strong"
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
