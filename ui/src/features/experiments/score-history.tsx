import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Fragment } from 'react'
import type { ComparedItem } from '@/api/types'
import * as format from '@/lib/format'
import { scoresOf, type ExperimentRow } from './experiment-columns'

const MOST_RUNS = 24
const MOST_SCORES = 4
const WIDTH = 320
const HEIGHT = 64
const PAD = 10

type Point = { row: ExperimentRow; item: ComparedItem; mean: number }

/** Each score over the last experiments, oldest on the left, with 95 % intervals. */
export function ScoreHistory({
  rows,
  onOpen,
}: {
  rows: readonly ExperimentRow[]
  onOpen: (row: ExperimentRow) => void
}) {
  const recent = rows.slice(0, MOST_RUNS).toReversed()
  const charts = scoresOf(recent)
    .slice(0, MOST_SCORES)
    .map((name) => ({ name, points: recent.flatMap((row) => pointOf(row, name)) }))
    .filter((chart) => chart.points.length > 1)
  if (charts.length === 0) return null
  return (
    <div className="grid shrink-0 grid-cols-[repeat(auto-fill,minmax(240px,380px))] gap-x-6 gap-y-2 border-b border-line px-3.5 py-2.5 max-sm:hidden">
      {charts.map(({ name, points }) => (
        <figure key={name} className="min-w-0">
          <figcaption className="flex items-baseline justify-between gap-2 text-xs text-ink-3">
            <span className="truncate">{name}</span>
            <span>
              <Trans>
                {points.length} runs, {format.score(points[0]?.mean)} → {format.score(points.at(-1)?.mean)}
              </Trans>
            </span>
          </figcaption>
          <Chart name={name} points={points} onOpen={onOpen} />
        </figure>
      ))}
    </div>
  )
}

function pointOf(row: ExperimentRow, name: string): Point[] {
  const item = row.comparison?.scores.find((score) => score.name === name)
  return item && item.mean !== null ? [{ row, item, mean: item.mean }] : []
}

function Chart({
  name,
  points,
  onOpen,
}: {
  name: string
  points: Point[]
  onOpen: (row: ExperimentRow) => void
}) {
  const values = points.flatMap(({ item, mean }) => item.interval ?? [mean])
  const low = Math.min(0, ...values)
  const high = Math.max(1, ...values)
  const y = (value: number): number => PAD + (1 - (value - low) / (high - low)) * (HEIGHT - 2 * PAD)
  const x = (i: number): number =>
    PAD + (points.length === 1 ? 0.5 : i / (points.length - 1)) * (WIDTH - 2 * PAD)
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className="h-16 w-full overflow-visible"
      role="img"
      aria-label={t`${name} over ${points.length} experiments`}
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
      <polyline
        points={points.map(({ mean }, i) => `${x(i)},${y(mean)}`).join(' ')}
        fill="none"
        className="stroke-line-strong"
        vectorEffect="non-scaling-stroke"
      />
      {points.map(({ row, item, mean }, i) => (
        <Fragment key={row.experiment.id}>
          {item.interval ? (
            <line
              x1={x(i)}
              x2={x(i)}
              y1={y(item.interval[0])}
              y2={y(item.interval[1])}
              className="stroke-ink-3"
              vectorEffect="non-scaling-stroke"
            />
          ) : null}
          <line
            x1={x(i)}
            x2={x(i) + 0.01}
            y1={y(mean)}
            y2={y(mean)}
            strokeLinecap="round"
            strokeWidth={7}
            className="cursor-pointer stroke-ink-2 hover:stroke-accent"
            vectorEffect="non-scaling-stroke"
            onClick={() => onOpen(row)}
          >
            <title>{`${row.experiment.name}: ${format.score(mean)}`}</title>
          </line>
        </Fragment>
      ))}
    </svg>
  )
}
