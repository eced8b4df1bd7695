import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import { Suspense, useMemo, useState, type ReactNode } from 'react'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { exactTime } from '@/lib/format'
import { intervalOf } from '@/lib/interval'
import { loadLater } from '@/lib/load-later'
import { useZone } from '@/lib/theme'
import { listQuery, type ListRow } from './api'
import { evidenceOf, type Chart } from './charts'
import { changeOfTotals } from './change'
import { Legend, Was } from './legend'
import { measure } from './measure'
import type { Scope, Window } from './questions'
import type { Series, Total } from './series'

const Plot = loadLater(async () => (await import('./plot')).Plot)

export type Command = { label: string; run: () => void }

type CardProps = { chart: Chart; commands: readonly Command[]; note?: ReactNode; children: ReactNode }

export function Card({ chart, commands, note, children }: CardProps) {
  return (
    <figure className="flex min-w-0 flex-col rounded-l border border-line bg-bg" aria-label={chart.title}>
      <figcaption className="flex min-h-9 items-center gap-2 px-3 pt-1.5">
        <span className="min-w-0 truncate font-medium">{chart.title}</span>
        <span className="min-w-0 flex-1 truncate text-right text-xs text-ink-3 tabular-nums">{note}</span>
        {commands.length ? (
          <Menu
            align="end"
            trigger={
              <Button
                variant="ghost"
                icon={<Ellipsis size={14} aria-hidden />}
                aria-label={t`${chart.title}: what to do with it`}
                className="-mr-1.5"
              />
            }
          >
            {commands.map(({ label, run }) => (
              <MenuItem key={label} onSelect={run}>
                {label}
              </MenuItem>
            ))}
          </Menu>
        ) : null}
      </figcaption>
      {children}
    </figure>
  )
}

type SeriesProps = {
  chart: Chart
  commands: readonly Command[]
  series: Series | undefined
  before: Series | null
  error: Error | null
  /** Say the 95 % interval of each mean, which bands that overlap do not tell. */
  intervals?: boolean
  /** Moments to mark, in epoch milliseconds. */
  marks?: readonly number[] | undefined
  onRange: (from: number, to: number) => void
  onPick: (from: number, to: number) => void
  onZoomOut: () => void
}

/** A chart over time with what its lines add up to; the numbers follow the pointer. */
export function SeriesCard({
  chart,
  commands,
  series,
  before,
  error,
  intervals = false,
  ...act
}: SeriesProps) {
  const [slot, setSlot] = useState<number | null>(null)
  const [zone] = useZone()
  const [alone, setAlone] = useState<string | null>(null)
  const drawn = useMemo(() => only(series, alone), [series, alone])
  const at = slot === null ? undefined : series?.times[slot]
  const empty = series?.lines.every(({ values }) => values.every((value) => value === null)) ?? true
  const counts = chart.measures.every(({ sql, mean }) => !mean && sql.startsWith('count('))
  return (
    <Card
      chart={chart}
      commands={commands}
      note={at === undefined ? null : exactTime(new Date(at).toISOString(), zone).slice(5, 16)}
    >
      {error ? <Failure error={error} /> : null}
      {!series && !error ? <Skeleton className="m-3 h-[170px]" /> : null}
      {series && !error ? (
        <>
          <Legend
            chart={chart}
            series={series}
            before={before}
            slot={slot}
            intervals={intervals}
            alone={alone}
            onAlone={empty ? undefined : setAlone}
          />
          {empty ? (
            <p className="flex h-[148px] items-center justify-center text-s text-ink-3">
              {t`Nothing in this time`}
            </p>
          ) : (
            <div className="px-1.5 pb-1.5">
              <Suspense fallback={<Skeleton className="h-[148px]" />}>
                <Plot
                  series={drawn ?? series}
                  before={chart.stacked ? null : before}
                  unit={chart.unit}
                  stacked={chart.stacked ?? false}
                  bars={counts || chart.unit === '$'}
                  label={describe(chart, drawn ?? series)}
                  marks={act.marks}
                  onHover={setSlot}
                  onRange={act.onRange}
                  onPick={(picked) => {
                    const from = series.times[picked]
                    if (from !== undefined) act.onPick(from, from + series.width)
                  }}
                  onZoomOut={act.onZoomOut}
                />
              </Suspense>
            </div>
          )}
        </>
      ) : null}
    </Card>
  )
}

/** The one line that was picked in the legend, if it is there. */
function only(series: Series | undefined, alone: string | null): Series | undefined {
  const lines = series?.lines.filter(({ label }) => label === alone)
  return series && lines?.length ? { ...series, lines } : series
}

function describe(chart: Chart, series: Series): string {
  const lines = series.lines.map((line) => `${line.label} ${measure(line.total.value, chart.unit)}`)
  return t`${chart.title} over time: ${lines.join(', ')}`
}

type NumberProps = {
  chart: Chart
  commands: readonly Command[]
  scope: Scope
  window: Window
  /** The period before, when it is shown. */
  earlier: Window | null
  /** Absent where it leads nowhere. */
  onOpen: (() => void) | undefined
}

function totalOf(mean: boolean, row: ListRow | undefined): Total {
  return {
    value: row?.c0 ?? null,
    deviation: mean ? (row?.c1 ?? null) : null,
    n: mean ? (row?.c2 ?? null) : null,
  }
}

/** One number over the whole time, with its interval when it is a mean. */
export function NumberCard({ chart, commands, scope, window, earlier, onOpen }: NumberProps) {
  const { data, error } = useQuery(listQuery(chart, scope, window))
  const before = useQuery({ ...listQuery(chart, scope, earlier ?? window), enabled: earlier !== null })
  const row = data?.[0]
  const mean = chart.measures[0]?.mean ?? false
  const of = evidenceOf(chart, chart.measures[0]!)
  const interval = mean ? intervalOf(of, row?.c0, row?.c1, row?.c2) : null
  const change = earlier ? changeOfTotals(of, totalOf(mean, row), totalOf(mean, before.data?.[0])) : null
  return (
    <Card chart={chart} commands={commands}>
      {error ? <Failure error={error} /> : null}
      {!data && !error ? <Skeleton className="m-3 h-16" /> : null}
      {data && !error ? (
        <p className="px-3 pt-2 pb-4">
          <button
            type="button"
            disabled={!onOpen}
            onClick={onOpen}
            title={onOpen && t`See the traces behind it`}
            className="rounded-s text-[32px] leading-10 font-semibold tabular-nums enabled:hover:underline"
          >
            {measure(row?.c0, chart.unit)}
          </button>
          {interval ? (
            <span className="ml-2 text-s text-ink-3 tabular-nums">
              {measure(interval[0], chart.unit)} … {measure(interval[1], chart.unit)}
            </span>
          ) : null}
          {change ? (
            <span className="ml-2 text-s">
              <Was unit={chart.unit} change={change} />
            </span>
          ) : null}
        </p>
      ) : null}
    </Card>
  )
}

export function Failure({ error }: { error: Error }) {
  return (
    <p role="alert" className="px-3 py-4 text-s text-worse">
      {error.message}
    </p>
  )
}
