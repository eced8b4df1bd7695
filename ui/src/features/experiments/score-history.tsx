import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useState } from 'react'
import type { Dataset } from '@/api/types'
import * as format from '@/lib/format'
import { COLORS } from '../monitor/colors'
import { changesIn } from './changed'
import { dividerOf, partsBy, type Part, type Parts } from './divide'
import { scoresOf, type ExperimentRow } from './experiment-columns'
import { HistoryChart, type Line, type Point } from './history-chart'

const MOST_RUNS = 24
const MOST_SCORES = 4
/** Lines of several need more runs to be lines. */
export const MOST_DIVIDED = 40

type Props = {
  /** Newest first. */
  rows: readonly ExperimentRow[]
  /** The field whose values have a line each; undefined: one line of all runs. */
  by: string | undefined
  datasets: readonly Dataset[]
  onOpen: (row: ExperimentRow) => void
}

/** Each score over the last experiments, oldest on the left, with 95 % intervals; a line each value of a field. */
export function ScoreHistory({ rows, by, datasets, onOpen }: Props) {
  const [more, setMore] = useState(false)
  const recent = rows.slice(0, by ? MOST_DIVIDED : MOST_RUNS).toReversed()
  const parts = by ? partsBy(recent, by, datasets) : null
  const all = scoresOf(recent)
    .map((name) => ({ name, lines: linesOf(recent, parts, name) }))
    .filter(({ lines }) => runsIn(lines) > 1)
  if (all.length === 0) return null
  const charts = more ? all : all.slice(0, MOST_SCORES)
  return (
    <div className="shrink-0 border-b border-line px-3.5 py-2.5 max-sm:hidden">
      {parts && by ? <Legend by={by} parts={parts} /> : null}
      <div className="grid grid-cols-[repeat(auto-fill,minmax(240px,1fr))] gap-x-6 gap-y-2">
        {charts.map(({ name, lines }) => (
          <figure key={name} className="min-w-0">
            <figcaption className="flex items-baseline justify-between gap-2 text-xs text-ink-3">
              <span className="truncate">{name}</span>
              <span>
                {by ? (
                  plural(runsIn(lines), { one: '# run', other: '# runs' })
                ) : (
                  <Trans>
                    {runsIn(lines)} runs, {format.score(lines[0]?.points[0]?.mean)} →{' '}
                    {format.score(lines[0]?.points.at(-1)?.mean)}
                  </Trans>
                )}
              </span>
            </figcaption>
            <HistoryChart
              label={chartLabel(name, lines, by)}
              lines={lines}
              order={recent}
              changed={changesIn(rows, name)}
              onOpen={onOpen}
            />
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

/** Which colour is which value, and which values are not drawn. */
function Legend({ by, parts: { shown, without, more } }: { by: string; parts: Parts }) {
  const { label } = dividerOf(by)
  const entries = [...shown, ...(without ? [without] : [])]
  return (
    <ul
      aria-label={t`Lines by ${label}`}
      className="mb-1.5 flex flex-wrap items-baseline gap-x-3.5 gap-y-0.5 text-xs text-ink-2"
    >
      {entries.map((part) => (
        <li key={part.key} className="flex min-w-0 items-baseline gap-1.5" title={part.label}>
          <span
            aria-hidden
            className="h-0.5 w-3 shrink-0 self-center rounded-full"
            style={{ background: colorOf(part, shown) }}
          />
          <span className="max-w-56 truncate">{part.label}</span>
          <span className="text-ink-3 tabular-nums">{part.rows.length}</span>
        </li>
      ))}
      {more.length ? (
        <li className="text-ink-3" title={more.join(', ')}>
          {plural(more.length, {
            one: 'and # more value, not drawn',
            other: 'and # more values, not drawn',
          })}
        </li>
      ) : null}
    </ul>
  )
}

function colorOf(part: Part, shown: readonly Part[]): string {
  const at = shown.indexOf(part)
  return at === -1 ? 'var(--ink)' : `var(${COLORS[at]})`
}

/** The lines of a score: of all runs, or of each part that has any. */
function linesOf(recent: readonly ExperimentRow[], parts: Parts | null, name: string): Line[] {
  if (!parts) return [{ key: '', label: '', points: pointsOf(recent, name) }]
  const { shown, without } = parts
  return [...shown, ...(without ? [without] : [])]
    .map((part) => ({
      key: part.key,
      label: part.label,
      color: colorOf(part, shown),
      points: pointsOf(part.rows, name),
    }))
    .filter(({ points }) => points.length > 0)
}

function pointsOf(rows: readonly ExperimentRow[], name: string): Point[] {
  return rows.flatMap((row) => {
    const item = row.comparison?.scores.find((score) => score.name === name)
    return item && item.mean !== null ? [{ row, item, mean: item.mean }] : []
  })
}

/** Runs that are drawn; one with several tags counts once. */
function runsIn(lines: readonly Line[]): number {
  return new Set(lines.flatMap(({ points }) => points.map(({ row }) => row.experiment.id))).size
}

/** What a chart shows, in words: from which mean to which each line goes. */
function chartLabel(name: string, lines: readonly Line[], by: string | undefined): string {
  const over = t`${name} over ${runsIn(lines)} experiments`
  if (!by) return over
  const ways = lines.map(
    ({ label, points }) =>
      `${label} ${points.length > 1 ? `${format.score(points[0]?.mean)} → ` : ''}${format.score(points.at(-1)?.mean)}`,
  )
  const { label } = dividerOf(by)
  return t`${over} by ${label}: ${ways.join(', ')}`
}
