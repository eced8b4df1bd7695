import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Fragment, useState } from 'react'
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
  const [more, setMore] = useState(false)
  const recent = rows.slice(0, MOST_RUNS).toReversed()
  const all = scoresOf(recent)
    .map((name) => ({ name, points: recent.flatMap((row) => pointOf(row, name)) }))
    .filter((chart) => chart.points.length > 1)
  if (all.length === 0) return null
  const charts = more ? all : all.slice(0, MOST_SCORES)
  return (
    <div className="shrink-0 border-b border-line px-3.5 py-2.5 max-sm:hidden">
      <div className="grid grid-cols-[repeat(auto-fill,minmax(240px,1fr))] gap-x-6 gap-y-2">
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
      {all.length > MOST_SCORES ? (
        <button
          type="button"
          onClick={() => setMore(!more)}
          className="mt-1 text-xs text-ink-3 hover:text-ink"
        >
          {more
            ? t`Fewer scores`
            : plural(all.length - MOST_SCORES, { one: '# more score', other: '# more scores' })}
        </button>
      ) : null}
    </div>
  )
}

const SCORING_CHANGED = new Set(['scorer_version_differs', 'judge_model_differs'])

/** What makes the mean of a run another question than that of the run before: other data, or another scorer. */
export function changedSince(before: ExperimentRow, now: ExperimentRow, score: string): string {
  const [old, own] = [before.experiment, now.experiment]
  const changes: string[] = []
  if (old.dataset_id && own.dataset_id && old.dataset_id !== own.dataset_id) changes.push(t`another dataset`)
  else if (old.dataset_version && own.dataset_version && old.dataset_version !== own.dataset_version)
    changes.push(t`the dataset changed`)
  const scoring = now.comparison?.warnings.some(
    ({ code, message }) => SCORING_CHANGED.has(code) && message.includes(`${score} (`),
  )
  if (scoring) changes.push(t`the scorer changed`)
  return changes.join(', ')
}

/** "nightly: 0.62 (0.55 … 0.70), n 240". */
function pointText(name: string, { mean, interval, n }: ComparedItem): string {
  const range = interval ? ` (${interval.map((end) => format.score(end)).join(' … ')})` : ''
  return t`${name}: ${format.score(mean)}${range}, n ${n}`
}

function pointOf(row: ExperimentRow, name: string): Point[] {
  const item = row.comparison?.scores.find((score) => score.name === name)
  return item && item.mean !== null ? [{ row, item, mean: item.mean }] : []
}

/** The values with a little room, to the next tenth: means that lie close together are told apart, too. */
export function reach(values: readonly number[]): [number, number] {
  const low = Math.floor(Math.min(...values) * 10 + 1e-9) / 10
  const high = Math.ceil(Math.max(...values) * 10 - 1e-9) / 10
  return low < high ? [low, high] : [low - 0.1, high + 0.1]
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
  const [low, high] = reach(values)
  const y = (value: number): number => PAD + (1 - (value - low) / (high - low)) * (HEIGHT - 2 * PAD)
  const x = (i: number): number =>
    PAD + (points.length === 1 ? 0.5 : i / (points.length - 1)) * (WIDTH - 2 * PAD)
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
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-16 min-w-0 flex-1 overflow-visible"
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
        {points.slice(1).map((point, i) => {
          const changed = changedSince(points[i]!.row, point.row, name)
          const at = (x(i) + x(i + 1)) / 2
          return changed ? (
            <line
              key={point.row.experiment.id}
              data-changed
              x1={at}
              x2={at}
              y1={0}
              y2={HEIGHT}
              strokeDasharray="3 3"
              className="stroke-warn"
              vectorEffect="non-scaling-stroke"
            >
              <title>{t`From ${point.row.experiment.name} on: ${changed}. Means left and right of this line answer different questions.`}</title>
            </line>
          ) : null
        })}
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
              strokeWidth={6}
              className="cursor-pointer stroke-ink-2 hover:stroke-accent"
              vectorEffect="non-scaling-stroke"
              onClick={() => onOpen(row)}
            >
              <title>{pointText(row.experiment.name, item)}</title>
            </line>
          </Fragment>
        ))}
      </svg>
    </div>
  )
}
