import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import type { ComparedItem, Comparison } from '@/api/types'
import { Badge } from '@/components/ui/bits'
import { quantity, signed } from '@/lib/format'
import { term } from '@/lib/terms'
import { useProject } from '../projects/project-context'
import { basis, explain, metricName, sidesOf, splitMetrics, toneOf } from './verdict'

/** Experiments as rows, numbers as columns: means, and how sure the page's experiment differs from each. */
export function SummaryTable({ comparison }: { comparison: Comparison }) {
  const { first } = splitMetrics(comparison.metrics)
  const columns = [...comparison.scores, ...first]
  return (
    <div className="min-h-0 flex-1 overflow-auto">
      <table aria-label={t`Summary`} className="w-full border-collapse">
        <thead className="bg-panel text-left text-s text-ink-3">
          <tr>
            <th scope="col" className="px-3.5 py-1.5 font-normal">
              {t`Experiment`}
            </th>
            {columns.map((item) => (
              <th key={item.name} scope="col" className="px-3 py-1.5 font-normal">
                {metricName(item.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr className="border-t border-line">
            <th scope="row" className="max-w-56 truncate px-3.5 py-2 text-left font-semibold">
              {comparison.experiment.name}
            </th>
            {columns.map((item) => (
              <td key={item.name} className="px-3 py-2 align-top whitespace-nowrap tabular-nums">
                <Mean value={item.mean} interval={item.interval} unit={item.unit} />
              </td>
            ))}
          </tr>
          {sidesOf(comparison).map(({ baseline, scores, metrics }) => (
            <tr key={baseline.id} data-against={baseline.name} className="border-t border-line">
              <th scope="row" className="max-w-56 truncate px-3.5 py-2 text-left font-medium">
                <ExperimentLink name={baseline.name} />
              </th>
              {columns.map((item) => (
                <td key={item.name} className="px-3 py-2 align-top whitespace-nowrap tabular-nums">
                  <Against
                    item={[...scores, ...metrics].find((one) => one.name === item.name)}
                    level={comparison.level}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="px-3.5 py-2 text-s text-ink-3">
        <Trans>
          Under each mean: how much {comparison.experiment.name} is above or below it, over the cases both
          have.
        </Trans>
      </p>
    </div>
  )
}

function ExperimentLink({ name }: { name: string }) {
  const { org, project } = useProject()
  return (
    <Link
      to="/app/$org/p/$project/experiments/$name"
      params={{ org, project: project.name, name }}
      className="hover:text-accent"
    >
      {name}
    </Link>
  )
}

function Mean({
  value,
  interval,
  unit,
}: {
  value: number | null
  interval: ComparedItem['interval']
  unit: string
}) {
  return (
    <>
      <span className="font-medium">{quantity(value, unit)}</span>
      {interval ? (
        <span className="ml-1.5 text-xs whitespace-nowrap text-ink-3">
          ±{quantity((interval[1] - interval[0]) / 2, unit)}
        </span>
      ) : null}
    </>
  )
}

function Against({ item, level }: { item: ComparedItem | undefined; level: number }) {
  if (!item) return <span className="text-ink-3">–</span>
  return (
    <>
      <Mean value={item.baseline_mean} interval={item.baseline_interval} unit={item.unit} />
      {item.diff === null || !item.verdict ? null : (
        <span className="mt-0.5 flex items-center gap-1.5" title={`${explain(item, level)} ${basis(item)}`}>
          <span className="text-s text-ink-2">{signed(item.diff, item.unit)}</span>
          <Badge tone={toneOf(item.verdict)}>{term(item.verdict)}</Badge>
        </span>
      )}
    </>
  )
}
