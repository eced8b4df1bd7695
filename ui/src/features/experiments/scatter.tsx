import { t } from '@lingui/core/macro'
import type { Interval } from '@/api/types'
import { quantity } from '@/lib/format'
import { usePhone } from '@/lib/use-media'
import { front } from './pareto'

/** `across` and `up` are intervals of the two numbers, where they have one. */
export type Dot = {
  key: string
  label: string
  x: number
  y: number
  across?: Interval | null
  up?: Interval | null
}
/** `better` is which way is good, where that is known. */
export type Axis = { id: string; name: string; unit: string; better?: 'higher' | 'lower' }

const WIDE = [960, 460] as const
const NARROW = [380, 300] as const
const LEFT = 64
const BOTTOM = 34
const PAD = 14
/** Of so many dots each has its name beside it; of more, only the one pointed at. */
const MOST_NAMED = 12
const LONGEST_NAME = 28
/** About how wide one is. */
const LETTER = 6.2

/** Least and greatest value with a little room; never of no width. */
export function extent(values: readonly number[]): [number, number] {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low > high) return [0, 1]
  const room = (high - low) * 0.04 || Math.abs(high) * 0.1 || 0.5
  return [low - room, high + room]
}

/** Any two numbers against each other; a dot names itself when pointed at and opens what it stands for. */
export function Scatter({
  dots,
  x,
  y,
  openKey,
  onOpen,
}: {
  dots: readonly Dot[]
  x: Axis
  y: Axis
  openKey: string | null
  onOpen: (key: string) => void
}) {
  const [width, height] = usePhone() ? NARROW : WIDE
  const [left, right] = extent(dots.flatMap((dot) => dot.across ?? [dot.x]))
  const [low, high] = extent(dots.flatMap((dot) => dot.up ?? [dot.y]))
  const across = (value: number): number => LEFT + ((value - left) / (right - left)) * (width - LEFT - PAD)
  const up = (value: number): number =>
    height - BOTTOM - ((value - low) / (high - low)) * (height - BOTTOM - PAD)
  const unbeaten = front(dots, x, y)
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      role="group"
      aria-label={t`${y.name} over ${x.name}, ${dots.length} dots`}
      className="max-h-[60vh] w-full text-[11px]"
    >
      {ticks(left, right).map((value) => (
        <g key={value}>
          <line x1={across(value)} x2={across(value)} y1={PAD} y2={height - BOTTOM} className="stroke-line" />
          <text x={across(value)} y={height - BOTTOM + 15} textAnchor="middle" className="fill-ink-3">
            {quantity(value, x.unit)}
          </text>
        </g>
      ))}
      {ticks(low, high).map((value) => (
        <g key={value}>
          <line x1={LEFT} x2={width - PAD} y1={up(value)} y2={up(value)} className="stroke-line" />
          <text x={LEFT - 8} y={up(value) + 4} textAnchor="end" className="fill-ink-3">
            {quantity(value, y.unit)}
          </text>
        </g>
      ))}
      <g aria-hidden>
        {dots.map((dot) => (
          <g key={dot.key} className="stroke-ink-3/60">
            {dot.across ? (
              <line
                x1={across(dot.across[0])}
                x2={across(dot.across[1])}
                y1={up(dot.y)}
                y2={up(dot.y)}
                data-interval="across"
              />
            ) : null}
            {dot.up ? (
              <line
                x1={across(dot.x)}
                x2={across(dot.x)}
                y1={up(dot.up[0])}
                y2={up(dot.up[1])}
                data-interval="up"
              />
            ) : null}
          </g>
        ))}
      </g>
      {unbeaten.length > 1 ? (
        <polyline
          data-front={unbeaten.length}
          points={unbeaten.map((dot) => `${across(dot.x)},${up(dot.y)}`).join(' ')}
          className="fill-none stroke-accent"
          strokeDasharray="4 3"
        />
      ) : null}
      <g aria-hidden className="fill-ink-2">
        {namesBeside(
          dots.map((dot) => ({ ...dot, x: across(dot.x), y: up(dot.y) })),
          width,
        ).map((name) => (
          <text key={name.key} x={name.x} y={name.y}>
            {name.text}
          </text>
        ))}
      </g>
      <g>
        {dots.map((dot) => (
          <circle
            key={dot.key}
            cx={across(dot.x)}
            cy={up(dot.y)}
            r={dot.key === openKey ? 7 : 5}
            role="button"
            tabIndex={0}
            aria-label={`${dot.label}: ${numberText(x, dot.x)}, ${numberText(y, dot.y)}`}
            onClick={() => onOpen(dot.key)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') onOpen(dot.key)
            }}
            className={
              dot.key === openKey
                ? 'cursor-pointer fill-accent'
                : 'cursor-pointer fill-ink-2/45 outline-none hover:fill-accent focus-visible:fill-accent'
            }
          >
            <title>{`${dot.label}\n${numberText(x, dot.x, dot.across)}\n${numberText(y, dot.y, dot.up)}`}</title>
          </circle>
        ))}
      </g>
    </svg>
  )
}

const wide = (text: string): number => text.length * LETTER

type Name = { key: string; text: string; x: number; y: number }

/** Where the names of few dots stand: above or below them, and left out where neither place is free. */
export function namesBeside(dots: readonly Pick<Dot, 'key' | 'label' | 'x' | 'y'>[], width: number): Name[] {
  const placed: Name[] = []
  if (dots.length > MOST_NAMED) return placed
  for (const { key, label, x, y } of dots) {
    const text = label.length > LONGEST_NAME ? `${label.slice(0, LONGEST_NAME)}…` : label
    const start = x + 9 + wide(text) > width ? x - 9 - wide(text) : x + 9
    const free = [y - 6, y + 14].find((line) =>
      placed.every(
        (other) =>
          Math.abs(other.y - line) > 12 || other.x > start + wide(text) || start > other.x + wide(other.text),
      ),
    )
    if (free !== undefined) placed.push({ key, text, x: start, y: free })
  }
  return placed
}

/** "Duration 1.2 s (1.1 s … 1.3 s)". */
function numberText({ name, unit }: Axis, value: number, interval?: Interval | null): string {
  const range = interval?.map((end) => quantity(end, unit)).join(' … ')
  return `${name} ${quantity(value, unit)}${range ? ` (${range})` : ''}`
}

/** Round values within an axis, about five of them. */
export function ticks(from: number, to: number): number[] {
  const rough = (to - from) / 5
  const size = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((one) => one >= rough) ?? 10 * size
  const first = Math.ceil(from / step)
  const last = Math.floor(to / step)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  )
}

/** Chooses a number by name. */
export function AxisSelect({
  label,
  axes,
  value,
  onChange,
}: {
  label: string
  axes: readonly Axis[]
  value: string
  onChange: (id: string) => void
}) {
  return (
    <label className="flex items-center gap-1.5 text-s text-ink-3">
      {label}
      <select
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="field h-7 px-1.5 text-ink"
      >
        {axes.map((axis) => (
          <option key={axis.id} value={axis.id}>
            {axis.name}
          </option>
        ))}
      </select>
    </label>
  )
}
