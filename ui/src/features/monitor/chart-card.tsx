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
import { evidenceOf, type Chart, type Unit } from './charts'
import { changeOf, changeOfTotals, direction, type Change } from './change'
import { colorAt } from './colors'
import { measure } from './measure'
import type { Scope, Window } from './questions'
import { tails, type Line, type Series, type Total } from './series'

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
          <Legend chart={chart} series={series} before={before} slot={slot} intervals={intervals} />
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

type LegendProps = {
  chart: Chart
  series: Series
  before: Series | null
  slot: number | null
  intervals: boolean
}

function Legend({ chart, series, before, slot, intervals }: LegendProps) {
  const short = tails(series.lines.map((line) => line.label))
  return (
    <ul className="flex min-h-6 flex-wrap items-baseline gap-x-3 px-3 text-s">
      {series.lines.map((line, i) => (
        <Dot
          key={`${String(line.value)} ${line.label}`}
          color={colorAt(line.color)}
          label={line.label}
          short={short[i]}
        >
          <b className="font-semibold whitespace-nowrap tabular-nums">
            {measure(valueAt(line, slot), chart.unit)}
          </b>
          {intervals ? <Interval line={line} slot={slot} unit={chart.unit} /> : null}
          {slot === null ? <Was unit={chart.unit} change={changeOf(line, before)} /> : null}
        </Dot>
      ))}
    </ul>
  )
}

/** Of a mean: between what and what it is, with 95 % confidence. */
function Interval({ line, slot, unit }: { line: Line; slot: number | null; unit: Unit }) {
  const { value, deviation, n } = line.total
  const whole = line.low && intervalOf(line.of, value, deviation, n)
  const [low, high] = slot === null ? (whole ?? []) : [line.low?.[slot], line.high?.[slot]]
  if (low == null || high == null) return null
  return (
    <span title={t`95 % interval`} className="text-xs whitespace-nowrap text-ink-3 tabular-nums">
      {measure(low, unit).replace(/ %$/, '')}–{measure(high, unit)}
    </span>
  )
}

type DotProps = {
  /** Its variable. */
  color: string
  label: string
  short?: string | undefined
  /** The label is said elsewhere for those who see. */
  hidden?: boolean
  children?: ReactNode
}

/** An item of a legend. */
export function Dot({ color, label, short = label, hidden = false, children }: DotProps) {
  return (
    <li title={label} className="flex max-w-full min-w-0 items-baseline gap-1.5">
      <span
        aria-hidden
        className="size-2 shrink-0 self-center rounded-full"
        style={{ background: `var(${color})` }}
      />
      <span className={hidden ? 'sr-only' : 'min-w-0 truncate text-ink-3'}>{hidden ? label : short}</span>
      {children}
    </li>
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
