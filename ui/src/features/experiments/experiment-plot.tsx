import { plural, t } from '@lingui/core/macro'
import type { ComparedItem } from '@/api/types'
import { Button } from '@/components/ui/button'
import { count } from '@/lib/format'
import type { ExperimentsShown } from '@/lib/search-params'
import { scoresOf, type ExperimentRow } from './experiment-columns'
import { Plot } from './plot'
import type { Axis, Dot } from './scatter'
import { metricName, splitMetrics } from './verdict'

/** The numbers of experiments: means of every score, those of most runs first, then of duration, tokens, cost and the
 * like. */
export function axesOfRuns(rows: readonly ExperimentRow[]): Axis[] {
  const axes = new Map<string, Axis>()
  const add = (kind: 'scores' | 'metrics', { name, unit, direction }: ComparedItem): void => {
    const id = `${kind}.${name}`
    const shown = kind === 'scores' ? name : metricName(name)
    if (!axes.has(id)) axes.set(id, { id, name: shown, unit, better: direction })
  }
  const compared = rows.flatMap(({ comparison }) => comparison ?? [])
  for (const name of scoresOf(rows))
    for (const { scores } of compared) for (const item of scores) if (item.name === name) add('scores', item)
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
  return (
    <Plot
      axes={axesOfRuns(rows)}
      chosen={shown}
      onChoose={(changes) => update(changes, true)}
      dotsOf={(x, y) => dotsOfRuns(rows, x, y)}
      note={(drawn) =>
        drawn < rows.length
          ? t`${plural(drawn, { one: '# experiment', other: '# experiments' })} of ${count(rows.length)}, means with 95 % intervals; the dashed line joins those that no other beats on both`
          : t`${plural(drawn, { one: '# experiment', other: '# experiments' })}, means with 95 % intervals; the dashed line joins those that no other beats on both`
      }
      openKey={null}
      onOpen={(key) => {
        const row = rows.find(({ experiment }) => experiment.id === key)
        if (row) onOpen(row)
      }}
      empty={t`These experiments have no numbers yet.`}
    >
      {more ? <Button onClick={more}>{t`Read more`}</Button> : null}
    </Plot>
  )
}
