import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { comparisonQuery, experimentsQuery } from '@/api/objects'
import type { Experiment } from '@/api/types'
import { Empty, ErrorState, WayBack } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { judgingSearch, type ExperimentSearch } from '@/lib/search-params'
import { useStable } from '@/lib/use-stable'
import { useProject } from '../projects/project-context'
import { MOST_BASELINES, NO_BASELINE } from './baselines'
import { ExperimentBody } from './experiment-body'
import { ExperimentHead } from './experiment-head'
import { useExperimentEvents } from './use-experiment-events'

/** One experiment, against a baseline when there is one. */
export function ExperimentPage() {
  const { project } = useProject()
  const { name } = useParams({ from: '/app/$org/p/$project/experiments/$name' })
  const { c } = useSearch({ from: '/app/$org/p/$project/experiments/$name' })
  const { data: experiments, error, refetch } = useQuery(experimentsQuery(project.id))
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!experiments) return <SkeletonRows label={t`Loading the experiment`} />
  const experiment =
    experiments.find((item) => item.name === name) ?? experiments.find((item) => item.id === name)
  if (!experiment)
    return (
      <Empty title={t`There is no experiment called “${name}”`} actions={<WayBack />}>
        {t`It may have been renamed or deleted.`}
      </Empty>
    )
  return (
    <LoadedExperiment experiment={experiment} experiments={experiments} to={baselineIds(c, experiments)} />
  )
}

/** Ids of the baselines an address names; names that are gone are left out, "none" asks for no baseline. */
function baselineIds(names: readonly string[] | undefined, experiments: readonly Experiment[]): string[] {
  if (names?.length === 1 && names[0] === NO_BASELINE) return [NO_BASELINE]
  const ids = names?.flatMap((name) => experiments.find((item) => item.name === name)?.id ?? [])
  return [...new Set(ids)].slice(0, MOST_BASELINES)
}

type LoadedProps = { experiment: Experiment; experiments: Experiment[]; to: readonly string[] }

function LoadedExperiment({ experiment, experiments, to }: LoadedProps) {
  const search = useSearch({ from: '/app/$org/p/$project/experiments/$name' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/experiments/$name' })
  const update = useStable(
    (changes: Partial<ExperimentSearch>, replace?: boolean) =>
      void navigate({
        search: (now: ExperimentSearch) => ({ ...now, ...changes }),
        replace: replace ?? false,
      }),
  )
  const {
    data: comparison,
    error,
    refetch,
  } = useQuery({
    ...comparisonQuery(experiment.id, to, judgingSearch(search)),
    // Another choice of baselines or rules replaces the comparison on show; another experiment starts afresh.
    placeholderData: (before) => (before?.experiment.id === experiment.id ? before : undefined),
  })
  useExperimentEvents(experiment.project_id)
  const full = search.full === '1' && search.r !== undefined
  return (
    <>
      {full ? null : (
        <ExperimentHead
          experiment={experiment}
          experiments={experiments}
          comparison={comparison}
          search={search}
          update={update}
        />
      )}
      {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {!comparison && !error ? <SkeletonRows label={t`Comparing`} /> : null}
      {comparison ? (
        <ExperimentBody
          key={experiment.id}
          experiment={experiment}
          comparison={comparison}
          search={search}
          update={update}
          full={full}
        />
      ) : null}
    </>
  )
}
