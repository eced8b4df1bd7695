import { useQueries, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { comparisonQuery, datasetsQuery, experimentsQuery } from '@/api/objects'
import type { Experiment } from '@/api/types'
import { PageHead, Spacer } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { DataTable } from '@/components/table/data-table'
import { SkeletonRows } from '@/components/ui/bits'
import { plural } from '@/lib/format'
import { useStable } from '@/lib/use-stable'
import { useProject } from '../projects/project-context'
import { CompactExperiment, experimentColumns, scoresOf, type ExperimentRow } from './experiment-columns'
import { ScoreHistory } from './score-history'
import { Selection } from './selection'
import { useExperimentEvents } from './use-experiment-events'

const STEP = 40

const FIRST_EXPERIMENT = (project: string): string => `from assay import Eval
from assay.scorers import ExactMatch

Eval(${JSON.stringify(project)}, data=[{"input": "1+1", "expected": "2"}], task=lambda q: str(eval(q)), scores=[ExactMatch])`

/** Every experiment of the project with its means and the verdict against its baseline. */
export function ExperimentsPage() {
  const { org, project } = useProject()
  const navigate = useNavigate()
  const { data: experiments, error, refetch } = useQuery(experimentsQuery(project.id))
  const [loaded, setLoaded] = useState(STEP)
  useExperimentEvents(project.id)
  const comparisons = useQueries({
    queries: (experiments ?? []).slice(0, loaded).map((item) => comparisonQuery(item.id)),
  })
  const rows = useMemo(
    (): ExperimentRow[] =>
      (experiments ?? []).map((experiment, i) => ({
        experiment,
        comparison: comparisons[i]?.data ?? null,
        failed: comparisons[i]?.isError ?? false,
      })),
    [experiments, comparisons],
  )
  const { data: datasets } = useQuery(datasetsQuery(project.id))
  const columns = useMemo(() => experimentColumns(rows, datasets ?? []), [rows, datasets])
  const open = useStable(
    ({ experiment }: ExperimentRow) =>
      void navigate({
        to: '/app/$org/p/$project/experiments/$name',
        params: { org, project: project.name, name: experiment.name },
      }),
  )
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const chosen = (experiments ?? []).filter((item) => selected.has(item.id))
  const compare = (experiment: Experiment, baselines: readonly Experiment[]): void =>
    void navigate({
      to: '/app/$org/p/$project/experiments/$name',
      params: { org, project: project.name, name: experiment.name },
      search: { c: baselines.map((item) => item.name) },
    })
  const onEnd = useStable(() => {
    if (experiments && loaded < experiments.length) setLoaded(loaded + STEP)
  })
  return (
    <>
      <PageHead crumbs={[{ label: 'Experiments' }]}>
        <Spacer />
        <Selection
          projectId={project.id}
          chosen={chosen}
          onCompare={compare}
          onDone={() => setSelected(new Set())}
        />
        {experiments?.length && chosen.length === 0 ? (
          <span className="text-s text-ink-3">{plural(experiments.length, 'experiment')}</span>
        ) : null}
      </PageHead>
      {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {!experiments && !error ? <SkeletonRows label="Loading experiments" /> : null}
      {experiments?.length === 0 ? (
        <Empty title="No experiments yet" code={FIRST_EXPERIMENT(project.name)}>
          An experiment runs your task over cases and scores each answer. Two of them make a comparison.
        </Empty>
      ) : null}
      {experiments?.length ? (
        <>
          <ScoreHistory rows={rows} onOpen={open} />
          <DataTable
            label="Experiments"
            rows={rows}
            columns={columns}
            rowKey={rowKey}
            storageKey="experiments"
            rowHeight={40}
            onOpen={open}
            selected={selected}
            onSelect={setSelected}
            onEnd={onEnd}
            renderCompact={(row) => <CompactExperiment row={row} scores={scoresOf(rows)} />}
          />
        </>
      ) : null}
    </>
  )
}

const rowKey = ({ experiment }: ExperimentRow): string => experiment.id
