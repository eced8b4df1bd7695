import type { ComparedItem } from '@/api/types'
import { Button } from '@/components/ui/button'
import { count, plural } from '@/lib/format'
import type { ExperimentsShown } from '@/lib/search-params'
import type { ExperimentRow } from './experiment-columns'
import { AxisSelect, Scatter, type Axis, type Dot } from './scatter'
import { metricName, splitMetrics } from './verdict'

/** The numbers of experiments: means of every score, then of duration, tokens, cost and the like. */
export function axesOfRuns(rows: readonly ExperimentRow[]): Axis[] {
  const axes = new Map<string, Axis>()
  const add = (kind: 'scores' | 'metrics', { name, unit }: ComparedItem): void => {
    const id = `${kind}.${name}`
    if (!axes.has(id)) axes.set(id, { id, name: kind === 'scores' ? name : metricName(name), unit })
  }
  const compared = rows.flatMap(({ comparison }) => comparison ?? [])
  for (const { scores } of compared) for (const item of scores) add('scores', item)
  for (const { metrics } of compared) {
    const { first, rest } = splitMetrics(metrics)
    for (const item of [...first, ...rest]) add('metrics', item)
  }
  return [...axes.values()]
}

/** The experiments that have both means. */
export function dotsOfRuns(rows: readonly ExperimentRow[], x: string, y: string): Dot[] {
  return rows.flatMap((row) => {
    const [across, up] = [itemOf(row, x), itemOf(row, y)]
    if (across?.mean == null || up?.mean == null) return []
    const { id, name } = row.experiment
    return [{ key: id, label: name, x: across.mean, y: up.mean, across: across.interval, up: up.interval }]
  })
}

function itemOf({ comparison }: ExperimentRow, axis: string): ComparedItem | undefined {
  const at = axis.indexOf('.')
  const items = axis.slice(0, at) === 'scores' ? comparison?.scores : comparison?.metrics
  return items?.find(({ name }) => name === axis.slice(at + 1))
}

type Props = {
  rows: readonly ExperimentRow[]
  shown: ExperimentsShown
  update: (changes: Partial<ExperimentsShown>, replace?: boolean) => void
  onOpen: (row: ExperimentRow) => void
  /** Reads further experiments; undefined when all are read. */
  more: (() => void) | undefined
}

/** Any two means of the experiments against each other, each a point with its intervals. */
export function ExperimentPlot({ rows, shown, update, onOpen, more }: Props) {
  const axes = axesOfRuns(rows)
  const pick = (id: string | undefined, otherwise: Axis | undefined): Axis | undefined =>
    axes.find((axis) => axis.id === id) ?? otherwise
  const x = pick(shown.x, axes.find((axis) => axis.id === 'metrics.duration') ?? axes[1] ?? axes[0])
  const y = pick(shown.y, axes[0])
  if (!x || !y) return <p className="px-3.5 py-8 text-ink-2">These experiments have no numbers yet.</p>
  const dots = dotsOfRuns(rows, x.id, y.id)
  return (
    <figure aria-label="Plot" className="min-h-0 flex-1 overflow-y-auto px-3.5 py-3">
      <figcaption className="mb-2 flex flex-wrap items-center gap-3">
        <AxisSelect label="Up" axes={axes} value={y.id} onChange={(id) => update({ y: id }, true)} />
        <AxisSelect label="Across" axes={axes} value={x.id} onChange={(id) => update({ x: id }, true)} />
        <span className="text-s text-ink-3">
          {plural(dots.length, 'experiment')}
          {dots.length < rows.length ? ` of ${count(rows.length)}` : ''}, means with 95 % intervals
        </span>
        {more ? <Button onClick={more}>Read more</Button> : null}
      </figcaption>
      <Scatter
        dots={dots}
        x={x}
        y={y}
        openKey={null}
        onOpen={(key) => {
          const row = rows.find(({ experiment }) => experiment.id === key)
          if (row) onOpen(row)
        }}
      />
    </figure>
  )
}
