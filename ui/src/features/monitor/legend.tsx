import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'
import { cx } from '@/lib/cx'
import { intervalOf } from '@/lib/interval'
import { changeOf, direction, type Change } from './change'
import type { Chart, Unit } from './charts'
import { colorAt } from './colors'
import { measure } from './measure'
import { tails, type Line, type Series } from './series'

type LegendProps = {
  chart: Chart
  series: Series
  before: Series | null
  slot: number | null
  intervals: boolean
  /** The line that is drawn alone, and how to draw one so; absent where nothing is drawn. */
  alone: string | null
  onAlone: ((label: string | null) => void) | undefined
}

/** The lines of a chart with their numbers. Where there are several, pressing one draws it alone. */
export function Legend({ chart, series, before, slot, intervals, alone, onAlone }: LegendProps) {
  const press = series.lines.length > 1 ? onAlone : undefined
  const there = series.lines.some(({ label }) => label === alone)
  const short = tails(series.lines.map((line) => line.label))
  return (
    <ul className="flex min-h-6 flex-wrap items-baseline gap-x-3 px-3 text-s">
      {series.lines.map((line, i) => (
        <Dot
          key={`${String(line.value)} ${line.label}`}
          color={colorAt(line.color)}
          label={line.label}
          short={short[i]}
          pressed={there ? line.label === alone : undefined}
          onPress={press && (() => press(line.label === alone ? null : line.label))}
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
  /** Whether it is the one that is picked; undefined where none is. */
  pressed?: boolean | undefined
  onPress?: (() => void) | undefined
  children?: ReactNode
}

/** An item of a legend. */
export function Dot({ color, label, short = label, hidden = false, pressed, onPress, children }: DotProps) {
  const content = (
    <>
      <span
        aria-hidden
        className="size-2 shrink-0 self-center rounded-full border-2"
        style={{
          borderColor: `var(${color})`,
          background: pressed === false ? 'transparent' : `var(${color})`,
        }}
      />
      <span className={hidden ? 'sr-only' : 'min-w-0 truncate text-ink-3'}>{hidden ? label : short}</span>
      {children}
    </>
  )
  const shape = 'flex max-w-full min-w-0 items-baseline gap-1.5'
  if (!onPress)
    return (
      <li title={label} className={shape}>
        {content}
      </li>
    )
  return (
    <li title={label} className="-mx-1 flex max-w-full min-w-0">
      <button
        type="button"
        aria-pressed={pressed ?? false}
        onClick={onPress}
        className={cx(shape, 'rounded-s px-1 hover:bg-sunken', pressed && 'bg-sunken')}
      >
        {content}
      </button>
    </li>
  )
}

function valueAt(line: Line, slot: number | null): number | null {
  return slot === null ? line.total.value : (line.values[slot] ?? null)
}

/** What it was in the period before; an arrow where the interval of the difference leaves no doubt. */
export function Was({ unit, change }: { unit: Unit; change: Change | null }) {
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
