import { t } from '@lingui/core/macro'
import { useQueries, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { peopleQuery } from '@/api/people'
import { comparisonQuery, datasetsQuery, experimentsQuery } from '@/api/objects'
import type { Dataset, Experiment } from '@/api/types'
import { useAddressViews } from '@/components/address-views'
import { PageHead, Spacer } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { DataTable } from '@/components/table/data-table'
import type { Sort } from '@/components/table/head'
import { SkeletonRows } from '@/components/ui/bits'
import { experimentsShown, type ExperimentsSearch, type ExperimentsShown } from '@/lib/search-params'
import { useStable } from '@/lib/use-stable'
import { readSort, writeSort } from '../logs/order'
import { useProject } from '../projects/project-context'
import {
  CompactExperiment,
  experimentColumns,
  scoresOf,
  severalPeople,
  type ExperimentRow,
} from './experiment-columns'
import { dividers } from './divide'
import { inOrder, needsAll } from './experiment-order'
import { ExperimentPlot } from './experiment-plot'
import { gitLabel } from './git'
import { ListToolbar } from './list-toolbar'
import { MOST_DIVIDED, ScoreHistory } from './score-history'
import { Selection } from './selection'
import { useExperimentEvents } from './use-experiment-events'

const STEP = 40
const NO_DATASETS: Dataset[] = []

const FIRST_EXPERIMENT = (project: string): string => `from assay import Eval
from assay.scorers import ExactMatch

Eval(${JSON.stringify(project)}, data=[{"input": "1+1", "expected": "2"}], task=lambda q: str(eval(q)), scores=[ExactMatch])`

/** The experiments that the address asks for. */
export function listed(
  experiments: readonly Experiment[],
  { q, archived }: Pick<ExperimentsShown, 'q' | 'archived'>,
): Experiment[] {
  const words = q?.toLowerCase() ?? ''
  return experiments.filter(
    (item) =>
      Boolean(item.archived) === (archived === '1') &&
      [item.name, ...(item.tags ?? []), gitLabel(item)].some((text) => text.toLowerCase().includes(words)),
  )
}

/** The list's part of the address, its saved views, and how to change either. */
function useShown() {
  const { project } = useProject()
  const search = useSearch({ from: '/app/$org/p/$project/experiments' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/experiments' })
  const update = useStable(
    (changes: Partial<ExperimentsShown>, replace?: boolean) =>
      void navigate({
        search: (now: ExperimentsSearch) => ({ ...now, ...changes }),
        replace: replace ?? false,
      }),
  )
  const views = useAddressViews<ExperimentsShown>(
    { type: 'experiments', project: project.id, organization: project.org_id },
    search,
    experimentsShown,
    (next, replace) => void navigate({ search: next, replace }),
  )
  return { search, update, views }
}

/** The experiments with what came of them, as far as that has been read, and how to read on. */
function useRows(experiments: readonly Experiment[], o: string | undefined) {
  const [asked, setLoaded] = useState(STEP)
  const loaded = needsAll(o) ? experiments.length : asked
  const comparisons = useQueries({
    queries: experiments.slice(0, loaded).map((item) => comparisonQuery(item.id)),
  })
  const rows = useMemo(
    (): ExperimentRow[] =>
      experiments.map((experiment, i) => ({
        experiment,
        comparison: comparisons[i]?.data ?? null,
        failed: comparisons[i]?.isError ?? false,
      })),
    [experiments, comparisons],
  )
  const more = useStable(() => setLoaded(loaded + STEP))
  return { rows, more: loaded < experiments.length ? more : undefined }
}

/** Every experiment of the project with its means and the verdict against its baseline. */
export function ExperimentsPage() {
  const { org, project } = useProject()
  const navigate = useNavigate()
  const { search, update, views } = useShown()
  const { data: all, error, refetch } = useQuery(experimentsQuery(project.id))
  const { q, archived } = search
  const experiments = useMemo(() => listed(all ?? [], { q, archived }), [all, q, archived])
  const { rows, more } = useRows(experiments, search.o)
  const sorted = useMemo(() => inOrder(rows, search.o), [rows, search.o])
  useExperimentEvents(project.id)
  const { data: datasets } = useQuery(datasetsQuery(project.id))
  const { data: people } = useQuery({
    ...peopleQuery('project_logs', project.id),
    enabled: severalPeople(experiments),
  })
  const columns = useMemo(
    () => experimentColumns(rows, { datasets: datasets ?? NO_DATASETS, people: people ?? [] }),
    [rows, datasets, people],
  )
  const fields = useMemo(
    () => dividers(experiments.slice(0, MOST_DIVIDED), datasets ?? NO_DATASETS),
    [experiments, datasets],
  )
  const hidden = useMemo(() => new Set(search.hide?.split(',')), [search.hide])
  const show = (experiment: Experiment, baselines?: readonly Experiment[]): void =>
    void navigate({
      to: '/app/$org/p/$project/experiments/$name',
      params: { org, project: project.name, name: experiment.name },
      search: baselines ? { c: baselines.map((item) => item.name) } : {},
    })
  const open = useStable(({ experiment }: ExperimentRow) => show(experiment))
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const chosen = experiments.filter((item) => selected.has(item.id))
  const onEnd = useStable(() => more?.())
  const onSort = useStable((sort: Sort | undefined) => update({ o: writeSort(sort) }))
  return (
    <>
      <PageHead crumbs={[{ label: t`Experiments` }]}>
        <Spacer />
        <Selection
          projectId={project.id}
          chosen={chosen}
          onCompare={show}
          onDone={() => setSelected(new Set())}
        />
      </PageHead>
      {all?.length ? (
        <ListToolbar
          search={search}
          update={update}
          views={views}
          columns={columns}
          hidden={hidden}
          fields={fields}
          shown={experiments.length}
          archived={all.filter((item) => item.archived).length}
        />
      ) : null}
      {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {(!all || views.waiting) && !error ? <SkeletonRows label={t`Loading experiments`} /> : null}
      {all?.length === 0 ? (
        <Empty title={t`No experiments yet`} code={FIRST_EXPERIMENT(project.name)}>
          {t`An experiment runs your task over cases and scores each answer. Two of them make a comparison.`}
        </Empty>
      ) : null}
      {all?.length && experiments.length === 0 && !views.waiting ? (
        <NoneListed search={search} update={update} />
      ) : null}
      {experiments.length > 0 && !views.waiting ? (
        search.layout === 'plot' ? (
          <ExperimentPlot rows={rows} shown={search} update={update} onOpen={open} more={more} />
        ) : (
          <>
            <ScoreHistory rows={rows} by={search.by} datasets={datasets ?? NO_DATASETS} onOpen={open} />
            <DataTable
              label={t`Experiments`}
              rows={sorted}
              columns={columns}
              hidden={hidden}
              sort={readSort(search.o)}
              onSort={onSort}
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
        )
      ) : null}
    </>
  )
}

const rowKey = ({ experiment }: ExperimentRow): string => experiment.id

function noneLike({ archived, q }: ExperimentsShown): string {
  if (!q) return archived ? t`No archived experiments.` : t`No experiments.`
  return archived
    ? t`No archived experiments with “${q}” in name, tags or branch.`
    : t`No experiments with “${q}” in name, tags or branch.`
}

/** The project has experiments, but none like this. */
function NoneListed({
  search,
  update,
}: {
  search: ExperimentsShown
  update: (changes: Partial<ExperimentsShown>) => void
}) {
  return (
    <p className="px-3.5 py-8 text-ink-2">
      {noneLike(search)}{' '}
      <button
        type="button"
        onClick={() => update({ q: undefined, archived: undefined })}
        className="font-medium text-accent hover:underline"
      >
        {t`Show the others`}
      </button>
    </p>
  )
}
