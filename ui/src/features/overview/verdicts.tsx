import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { comparisonQuery, experimentsQuery } from '@/api/objects'
import type { ComparedItem, Comparison, Experiment } from '@/api/types'
import { Time } from '@/components/time'
import { Badge, Skeleton } from '@/components/ui/bits'
import { quantity, signed } from '@/lib/format'
import { RunState } from '../experiments/run-progress'
import { explain, metricName, splitMetrics, toneOf } from '../experiments/verdict'
import { useProject } from '../projects/project-context'
import { Section } from './section'

const MOST = 6
const MOST_BADGES = 5

/** Did it get better? The newest experiments, each with its verdicts against its baseline. */
export function Verdicts() {
  const { org, project } = useProject()
  const { data, error } = useQuery(experimentsQuery(project.id))
  const newest = (data ?? []).filter((item) => !item.archived).slice(0, MOST)
  const compared = useQueries({ queries: newest.map((item) => comparisonQuery(item.id)) })
  const params = { org, project: project.name }
  return (
    <Section
      title={t`Did it get better?`}
      more={{ label: t`All experiments`, to: '/app/$org/p/$project/experiments', params }}
    >
      {error ? (
        <p role="alert" className="px-3 py-4 text-s text-worse">
          {error.message}
        </p>
      ) : null}
      {!data && !error ? <Skeleton className="m-3 h-24" /> : null}
      {data && newest.length === 0 ? (
        <p className="px-3 py-6 text-ink-2">
          {t`No experiments yet: two runs over the same cases make a comparison.`}
        </p>
      ) : null}
      <ul>
        {newest.map((experiment, i) => (
          <li key={experiment.id} className="border-b border-line last:border-0">
            <Run experiment={experiment} comparison={compared[i]?.data} failed={compared[i]?.error ?? null} />
          </li>
        ))}
      </ul>
    </Section>
  )
}

type RunProps = { experiment: Experiment; comparison: Comparison | undefined; failed: Error | null }

function Run({ experiment, comparison, failed }: RunProps) {
  const { org, project } = useProject()
  const { progress } = experiment
  return (
    <Link
      to="/app/$org/p/$project/experiments/$name"
      params={{ org, project: project.name, name: experiment.name }}
      className="block px-3 py-2 hover:bg-panel"
    >
      <span className="flex items-baseline gap-2">
        <span className="min-w-0 truncate font-medium">{experiment.name}</span>
        <span className="min-w-0 flex-1 truncate text-xs text-ink-3">
          {comparison?.baseline ? <Trans>vs {comparison.baseline.name}</Trans> : null}
        </span>
        <span className="text-xs text-ink-3">
          {progress && progress.state !== 'finished' ? (
            <RunState experiment={experiment} />
          ) : (
            <Time iso={experiment.created} />
          )}
        </span>
      </span>
      <span className="mt-1 flex min-h-[18px] flex-wrap gap-1.5">
        {failed ? <span className="text-xs text-worse">{failed.message}</span> : null}
        {!comparison && !failed ? <Skeleton className="h-3 w-40" /> : null}
        {comparison ? <Badges comparison={comparison} /> : null}
      </span>
    </Link>
  )
}

/** What was decided first, then what was not; without a baseline the means. */
function Badges({ comparison }: { comparison: Comparison }) {
  const items = [...comparison.scores, ...splitMetrics(comparison.metrics).first]
  const judged = items.filter((item) => item.verdict !== null).toSorted((a, b) => weight(a) - weight(b))
  if (judged.length === 0) return <Means scores={comparison.scores} />
  const more = judged.length - MOST_BADGES
  return (
    <>
      {judged.slice(0, MOST_BADGES).map((item) => (
        <Badge key={item.name} tone={toneOf(item.verdict)} title={explain(item, comparison.level)}>
          <span className="font-normal">{metricName(item.name)}</span>{' '}
          {weight(item) === 0 ? signed(item.diff, item.unit) : item.verdict}
        </Badge>
      ))}
      {more > 0 ? (
        <span className="text-xs text-ink-3">{plural(more, { one: '# more', other: '# more' })}</span>
      ) : null}
    </>
  )
}

function weight(item: ComparedItem): number {
  return item.verdict === 'better' || item.verdict === 'worse' ? 0 : 1
}

function Means({ scores }: { scores: readonly ComparedItem[] }) {
  if (scores.length === 0) return <span className="text-xs text-ink-3">{t`no scores`}</span>
  return scores.slice(0, MOST_BADGES).map((item) => (
    <span key={item.name} className="text-xs text-ink-2 tabular-nums">
      {metricName(item.name)} <b className="font-semibold">{quantity(item.mean, item.unit)}</b>
    </span>
  ))
}
