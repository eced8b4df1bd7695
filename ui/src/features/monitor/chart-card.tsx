import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Ellipsis } from 'lucide-react'
import { Suspense, useState, type ReactNode } from 'react'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import { exactTime } from '@/lib/format'
import { intervalOf } from '@/lib/interval'
import { loadLater } from '@/lib/load-later'
import { useZone } from '@/lib/theme'
import { listQuery, type ListRow } from './api'
import { FAILED, type Chart, type Unit } from './charts'
import { changeOf, changeOfTotals, direction, type Change } from './change'
import { COLORS } from './colors'
import { measure } from './measure'
import type { Scope, Value, Window } from './questions'
import type { Line, Series, Total } from './series'

const Plot = loadLater(async () => (await import('./plot')).Plot)

export type Command = { label: string; run: () => void }

type CardProps = { chart: Chart; commands: readonly Command[]; note?: ReactNode; children: ReactNode }

function Card({ chart, commands, note, children }: CardProps) {
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
  /** Moments to mark, in epoch milliseconds. */
  marks?: readonly number[] | undefined
  onRange: (from: number, to: number) => void
  onPick: (from: number, to: number, value: Value | null) => void
  onZoomOut: () => void
}

/** A chart over time with what its lines add up to; the numbers follow the pointer. */
export function SeriesCard({ chart, commands, series, before, error, ...act }: SeriesProps) {
  const [slot, setSlot] = useState<number | null>(null)
  const [zone] = useZone()
  const at = slot === null ? undefined : series?.times[slot]
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
          <Legend chart={chart} series={series} before={before} slot={slot} />
          {series.lines.every(({ values }) => values.every((value) => value === null)) ? (
            <p className="flex h-[148px] items-center justify-center text-s text-ink-3">
              {t`Nothing in this time`}
            </p>
          ) : (
            <div className="px-1.5 pb-1.5">
              <Suspense fallback={<Skeleton className="h-[148px]" />}>
                <Plot
                  series={series}
                  before={chart.stacked ? null : before}
                  unit={chart.unit}
                  stacked={chart.stacked ?? false}
                  bars={counts || chart.unit === '$'}
                  label={describe(chart, series)}
                  marks={act.marks}
                  onHover={setSlot}
                  onRange={act.onRange}
                  onPick={(picked) => {
                    const from = series.times[picked]
                    if (from !== undefined) act.onPick(from, from + series.width, null)
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

type LegendProps = { chart: Chart; series: Series; before: Series | null; slot: number | null }

function Legend({ chart, series, before, slot }: LegendProps) {
  return (
    <ul className="flex min-h-6 flex-wrap items-baseline gap-x-3 px-3 text-s">
      {series.lines.map((line, i) => (
        <li key={`${String(line.value)} ${line.label}`} className="flex min-w-0 items-baseline gap-1.5">
          <span
            aria-hidden
            className="size-2 shrink-0 self-center rounded-full"
            style={{ background: `var(${COLORS[i % COLORS.length]})` }}
          />
          <span className="max-w-40 truncate text-ink-3">{line.label}</span>
          <b className="font-semibold tabular-nums">{measure(valueAt(line, slot), chart.unit)}</b>
          {slot === null ? <Was unit={chart.unit} change={changeOf(chart.unit, line, before)} /> : null}
        </li>
      ))}
    </ul>
  )
}

function valueAt(line: Line, slot: number | null): number | null {
  return slot === null ? line.total.value : (line.values[slot] ?? null)
}

/** What it was in the period before; an arrow where the interval of the difference leaves no doubt. */
function Was({ unit, change }: { unit: Unit; change: Change | null }) {
  if (!change) return null
  const before = measure(change.before, unit)
  const sure = direction(change)
  const [low = '', high = ''] = (change.interval ?? []).map((end) => measure(end, unit))
  const explained = !change.interval
    ? t`${before} in the period before`
    : sure
      ? t`${before} in the period before; the difference is between ${low} and ${high} (95 %)`
      : t`${before} in the period before; no evidence of a difference: between ${low} and ${high} (95 %)`
  return (
    <span title={explained} className="whitespace-nowrap text-ink-3 tabular-nums">
      {sure ? <span className="text-ink">{sure > 0 ? '▲' : '▼'} </span> : null}
      {t`was ${before}`}
    </span>
  )
}

function describe(chart: Chart, series: Series): string {
  const lines = series.lines.map((line) => `${line.label} ${measure(line.total.value, chart.unit)}`)
  return t`${chart.title} over time: ${lines.join(', ')}`
}

type ListProps = {
  chart: Chart
  commands: readonly Command[]
  scope: Scope
  window: Window
  /** Absent where rows lead nowhere. */
  onPick: ((value: Value) => void) | undefined
}

/** The rows of a top list, as bars; each leads to its rows. */
export function TopCard({ chart, commands, scope, window, onPick }: ListProps) {
  const { data, error } = useQuery(listQuery(chart, scope, window))
  const most = Math.max(1, ...(data ?? []).map((row) => row.c0 ?? 0))
  return (
    <Card chart={chart} commands={commands} note={chart.measures.map((item) => item.label).join(' · ')}>
      {error ? <Failure error={error} /> : null}
      {!data && !error ? <Skeleton className="m-3 h-[170px]" /> : null}
      {data && !error ? (
        <ol className="flex flex-col gap-0.5 px-3 pb-3">
          {data.length === 0 ? (
            <li className="flex h-[148px] items-center justify-center text-s text-ink-3">
              {t`Nothing in this time`}
            </li>
          ) : null}
          {data.map((row) => (
            <li key={String(row.series)}>
              <button
                type="button"
                disabled={!onPick}
                onClick={() => onPick?.(row.series ?? '')}
                className="relative flex h-6 w-full items-center gap-2 overflow-hidden rounded-s px-1.5 text-left text-s enabled:hover:bg-sunken"
              >
                <span
                  aria-hidden
                  className="absolute inset-y-0 left-0 bg-accent-soft"
                  style={{ width: `${((row.c0 ?? 0) / most) * 100}%` }}
                />
                <span className="relative min-w-0 flex-1 truncate">{String(row.series)}</span>
                {chart.measures.map((item, m) => {
                  const at = columnOf(chart, m)
                  const value = row[`c${at}`] ?? null
                  const failed = m > 0 && item.sql === FAILED
                  return failed && !value ? null : (
                    <span
                      key={item.label}
                      className={`relative tabular-nums ${failed ? 'text-worse' : m ? 'text-ink-3' : 'font-medium'}`}
                    >
                      {failed ? t`${measure(value, chart.unit)} failed` : measure(value, chart.unit)}
                    </span>
                  )
                })}
              </button>
            </li>
          ))}
        </ol>
      ) : null}
    </Card>
  )
}

type NumberProps = Omit<ListProps, 'onPick'> & {
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
  const interval = mean ? intervalOf(chart.unit === '%', row?.c0, row?.c1, row?.c2) : null
  const change = earlier
    ? changeOfTotals(chart.unit, totalOf(mean, row), totalOf(mean, before.data?.[0]))
    : null
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

function columnOf(chart: Chart, index: number): number {
  return chart.measures.slice(0, index).reduce((sum, item) => sum + (item.mean ? 3 : 1), 0)
}

function Failure({ error }: { error: Error }) {
  return (
    <p role="alert" className="px-3 py-4 text-s text-worse">
      {error.message}
    </p>
  )
}
