import { t } from '@lingui/core/macro'
import { Fragment } from 'react'
import type { ComparedItem } from '@/api/types'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import type { ExperimentRow } from './experiment-columns'

const WIDTH = 320
const PAD = 10
/** How far apart two points of one run stand, when it is in several lines. */
const ASIDE = 5

export type Point = { row: ExperimentRow; item: ComparedItem; mean: number }
/** `color` is a CSS value; without one the line is the only one. */
export type Line = { key: string; label: string; color?: string; points: Point[] }

type Props = {
  /** What the chart shows, for screen readers. */
  label: string
  lines: readonly Line[]
  /** The runs from left to right. */
  order: readonly ExperimentRow[]
  changed: (before: ExperimentRow, now: ExperimentRow) => string
  onOpen: (row: ExperimentRow) => void
}

/** Means of one score over the runs, oldest on the left, with their 95 % intervals; a line each part. */
export function HistoryChart({ label, lines, order, changed, onOpen }: Props) {
  const divided = lines.some(({ color }) => color)
  const height = divided ? 104 : 64
  const [low, high] = reach(
    lines.flatMap(({ points }) => points.flatMap(({ item, mean }) => item.interval ?? [mean])),
  )
  const y = (value: number): number => PAD + (1 - (value - low) / (high - low)) * (height - 2 * PAD)
  const x = placesOf(lines, order)
  return (
    <div className="flex gap-1.5">
      <span
        aria-hidden
        className="flex w-6 shrink-0 flex-col justify-between py-1 text-right text-[10px] leading-none text-ink-3 tabular-nums"
      >
        <span>{format.upTo(high, 2)}</span>
        <span>{format.upTo(low, 2)}</span>
      </span>
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="none"
        className={cx('min-w-0 flex-1 overflow-visible', divided ? 'h-26' : 'h-16')}
        role="img"
        aria-label={label}
      >
        {[low, high].map((value) => (
          <line
            key={value}
            x1={0}
            x2={WIDTH}
            y1={y(value)}
            y2={y(value)}
            className="stroke-line"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {lines.map((line) => (
          <DrawnLine
            key={line.key}
            line={line}
            x={(point) => x(line, point)}
            y={y}
            height={height}
            changed={changed}
            onOpen={onOpen}
          />
        ))}
      </svg>
    </div>
  )
}

type DrawnProps = Pick<Props, 'changed' | 'onOpen'> & {
  line: Line
  x: (point: Point) => number
  y: (value: number) => number
  height: number
}

function DrawnLine({ line: { key, label, color, points }, x, y, height, changed, onOpen }: DrawnProps) {
  const stroke = color ? { stroke: color } : undefined
  return (
    <g data-line={color ? key : undefined}>
      {points.slice(1).map((point, i) => {
        const before = points[i]!
        const what = changed(before.row, point.row)
        const from = point.row.experiment.name
        return (
          <Fragment key={point.row.experiment.id}>
            <line
              x1={x(before)}
              y1={y(before.mean)}
              x2={x(point)}
              y2={y(point.mean)}
              style={stroke}
              strokeDasharray={what && color ? '2 3' : undefined}
              className="stroke-line-strong"
              vectorEffect="non-scaling-stroke"
            />
            {what ? (
              <Mark
                at={(x(before) + x(point)) / 2}
                // Where lines are several, a mark is about its own and no other.
                within={color ? around((y(before.mean) + y(point.mean)) / 2) : [0, height]}
              >
                {color
                  ? t`${label}, from ${from} on: ${what}. Means of this line left and right of the mark answer different questions.`
                  : t`From ${from} on: ${what}. Means left and right of this line answer different questions.`}
              </Mark>
            ) : null}
          </Fragment>
        )
      })}
      {points.map((point) => (
        <Fragment key={point.row.experiment.id}>
          {point.item.interval ? (
            <line
              data-interval
              x1={x(point)}
              x2={x(point)}
              y1={y(point.item.interval[0])}
              y2={y(point.item.interval[1])}
              style={stroke}
              className={cx('stroke-ink-3', color && 'opacity-55')}
              vectorEffect="non-scaling-stroke"
            />
          ) : null}
          <line
            x1={x(point)}
            x2={x(point) + 0.01}
            y1={y(point.mean)}
            y2={y(point.mean)}
            strokeLinecap="round"
            strokeWidth={6}
            style={stroke}
            className="cursor-pointer stroke-ink-2 hover:stroke-accent"
            vectorEffect="non-scaling-stroke"
            onClick={() => onOpen(point.row)}
          >
            <title>{`${color ? `${label}\n` : ''}${pointText(point.row.experiment.name, point.item)}`}</title>
          </line>
        </Fragment>
      ))}
    </g>
  )
}

const MARK = 11
const around = (middle: number): [number, number] => [middle - MARK, middle + MARK]

function Mark({ at, within, children }: { at: number; within: [number, number]; children: string }) {
  return (
    <line
      data-changed
      x1={at}
      x2={at}
      y1={within[0]}
      y2={within[1]}
      strokeDasharray="3 3"
      className="stroke-warn"
      vectorEffect="non-scaling-stroke"
    >
      <title>{children}</title>
    </line>
  )
}

/** "nightly: 0.62 (0.55 … 0.70), n 240". */
function pointText(name: string, { mean, interval, n }: ComparedItem): string {
  const range = interval ? ` (${interval.map((end) => format.score(end)).join(' … ')})` : ''
  return t`${name}: ${format.score(mean)}${range}, n ${n}`
}

/** Where a point stands: each drawn run has a place of its own, shared by the lines it is in. */
function placesOf(lines: readonly Line[], order: readonly ExperimentRow[]) {
  const inLines = new Map<string, string[]>()
  for (const { key, points } of lines)
    for (const { row } of points)
      inLines.set(row.experiment.id, [...(inLines.get(row.experiment.id) ?? []), key])
  const drawn = order.filter(({ experiment }) => inLines.has(experiment.id))
  const places = new Map(drawn.map(({ experiment }, i) => [experiment.id, i]))
  return (line: Line, { row: { experiment } }: Point): number => {
    const part = drawn.length === 1 ? 0.5 : places.get(experiment.id)! / (drawn.length - 1)
    const keys = inLines.get(experiment.id)!
    return PAD + part * (WIDTH - 2 * PAD) + (keys.indexOf(line.key) - (keys.length - 1) / 2) * ASIDE
  }
}

/** The values with a little room, to the next tenth: means that lie close together are told apart, too. */
export function reach(values: readonly number[]): [number, number] {
  const low = Math.floor(Math.min(...values) * 10 + 1e-9) / 10
  const high = Math.ceil(Math.max(...values) * 10 - 1e-9) / 10
  return low < high ? [low, high] : [low - 0.1, high + 0.1]
}
