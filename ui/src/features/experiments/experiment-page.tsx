import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { comparisonQuery, experimentsQuery } from '@/api/objects'
import type { Case, CaseFilter, Comparison, Experiment } from '@/api/types'
import { Empty, ErrorState } from '@/components/states'
import { DataTable } from '@/components/table/data-table'
import { SkeletonRows } from '@/components/ui/bits'
import type { ExperimentSearch } from '@/lib/search-params'
import { usePhone } from '@/lib/use-media'
import { useStable } from '@/lib/use-stable'
import { useProject } from '../projects/project-context'
import { casesQuery } from './api'
import { caseColumns, CompactCase } from './case-columns'
import { CaseCounters } from './case-counters'
import { CaseTrace } from './case-trace'
import { ExperimentHead } from './experiment-head'
import { useExperimentEvents } from './use-experiment-events'
import { VerdictStrip } from './verdict-strip'
import { Warnings } from './warnings'

const NO_CASES: Case[] = []

/** One experiment, against a baseline when there is one. */
export function ExperimentPage() {
  const { project } = useProject()
  const { name } = useParams({ from: '/app/$org/p/$project/experiments/$name' })
  const { c } = useSearch({ from: '/app/$org/p/$project/experiments/$name' })
  const { data: experiments, error, refetch } = useQuery(experimentsQuery(project.id))
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!experiments) return <SkeletonRows label="Loading the experiment" />
  const experiment =
    experiments.find((item) => item.name === name) ?? experiments.find((item) => item.id === name)
  if (!experiment)
    return (
      <Empty title={`There is no experiment called “${name}”`}>It may have been renamed or deleted.</Empty>
    )
  const baseline = c ? (experiments.find((item) => item.name === c)?.id ?? null) : null
  return <LoadedExperiment experiment={experiment} experiments={experiments} baselineId={baseline} />
}

type LoadedProps = { experiment: Experiment; experiments: Experiment[]; baselineId: string | null }

function LoadedExperiment({ experiment, experiments, baselineId }: LoadedProps) {
  const search = useSearch({ from: '/app/$org/p/$project/experiments/$name' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/experiments/$name' })
  const update = useStable(
    (changes: Partial<ExperimentSearch>, replace?: boolean) =>
      void navigate({
        search: (now: ExperimentSearch) => ({ ...now, ...changes }),
        replace: replace ?? false,
      }),
  )
  const { data: comparison, error, refetch } = useQuery(comparisonQuery(experiment.id, baselineId))
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
      {!comparison && !error ? <SkeletonRows label="Comparing" /> : null}
      {comparison ? (
        <Body
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

type BodyProps = {
  experiment: Experiment
  comparison: Comparison
  search: ExperimentSearch
  update: (changes: Partial<ExperimentSearch>, replace?: boolean) => void
  full: boolean
}

function Body({ experiment, comparison, search, update, full }: BodyProps) {
  const filter: CaseFilter = search.filter ?? 'all'
  const score = search.score ?? null
  const cases = useInfiniteQuery(
    casesQuery({ experimentId: experiment.id, to: comparison.baseline?.id ?? null, filter, score }),
  )
  const rows = useMemo(() => cases.data?.pages.flatMap((page) => page.cases) ?? NO_CASES, [cases.data])
  const narrow = search.r !== undefined
  const diff = search.diff !== 'off'
  const columns = useMemo(
    () => caseColumns(comparison, rows, { diff, narrow }),
    [comparison, rows, diff, narrow],
  )
  const openCase = search.r
    ? rows.find((item) => item.root_span_id === search.r || item.baseline?.root_span_id === search.r)
    : undefined
  const open = useStable((item: Case) =>
    update(
      {
        r: item.root_span_id ?? item.baseline?.root_span_id ?? undefined,
        side: item.root_span_id ? undefined : 'baseline',
        s: undefined,
      },
      Boolean(search.r),
    ),
  )
  const onEnd = useStable(() => {
    if (cases.hasNextPage && !cases.isFetchingNextPage) void cases.fetchNextPage()
  })
  const close = (): void => update({ r: undefined, s: undefined, side: undefined, full: undefined })
  const phone = usePhone()
  const summary = (
    <>
      <Warnings comparison={comparison} />
      <VerdictStrip
        comparison={comparison}
        score={score}
        onScore={(name) => update({ score: name ?? undefined })}
      />
      <CaseCounters
        comparison={comparison}
        counts={cases.data?.pages[0]?.counts}
        filter={filter}
        score={score}
        onFilter={(next) => update({ filter: next === 'all' ? undefined : next })}
      />
    </>
  )
  return (
    <div className="flex min-h-0 flex-1">
      {full ? null : (
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          {phone && rows.length ? null : summary}
          {cases.error ? <ErrorState error={cases.error} retry={() => void cases.refetch()} /> : null}
          {cases.isPending ? <SkeletonRows label="Loading cases" /> : null}
          {cases.data && rows.length === 0 ? (
            <NoCases filter={filter} onAll={() => update({ filter: undefined })} />
          ) : null}
          {rows.length ? (
            <DataTable
              label="Cases"
              rows={rows}
              columns={columns}
              rowKey={caseKey}
              storageKey="cases"
              rowHeight={44}
              wrap
              lead={phone ? summary : undefined}
              renderCompact={(item) => <CompactCase item={item} comparison={comparison} diff={diff} />}
              openKey={openCase ? caseKey(openCase) : null}
              onOpen={open}
              onClose={close}
              onEnd={onEnd}
              footer={
                cases.isFetchingNextPage ? (
                  <SkeletonRows rows={3} label="Loading more" />
                ) : (
                  <div className="h-6" />
                )
              }
            />
          ) : null}
        </div>
      )}
      {search.r ? (
        <CaseTrace
          experiment={experiment}
          comparison={comparison}
          item={openCase}
          search={search}
          update={update}
          onClose={close}
        />
      ) : null}
    </div>
  )
}

const caseKey = (item: Case): string => item.row_id ?? item.baseline?.row_id ?? item.key

function NoCases({ filter, onAll }: { filter: CaseFilter; onAll: () => void }) {
  if (filter !== 'all') {
    return (
      <p className="px-3.5 py-8 text-ink-2">
        No cases here.{' '}
        <button type="button" onClick={onAll} className="font-medium text-accent hover:underline">
          Show all cases
        </button>
      </p>
    )
  }
  return (
    <Empty title="No cases yet">
      The experiment exists, but none of its cases has been logged. They appear here as they finish.
    </Empty>
  )
}
