import { t } from '@lingui/core/macro'
import { useInfiniteQuery, type UseInfiniteQueryResult } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Case, CaseFilter, CasesPage, Comparison, Experiment, UnmatchedCase } from '@/api/types'
import { Empty, ErrorState } from '@/components/states'
import { DataTable } from '@/components/table/data-table'
import { SkeletonRows } from '@/components/ui/bits'
import { judgingSearch, type ExperimentSearch } from '@/lib/search-params'
import { usePhone } from '@/lib/use-media'
import { useStable } from '@/lib/use-stable'
import { useMay } from '../projects/project-context'
import { casesQuery } from './api'
import { NO_BASELINE } from './baselines'
import { caseColumns, CompactCase } from './case-columns'
import { CaseCounters } from './case-counters'
import { attempts, CompactAttempts, gridColumns } from './case-grid'
import { CaseSelection } from './case-selection'
import { CasePlot } from './case-plot'
import { CaseTrace } from './case-trace'
import { Details } from './details'
import { CompactAnswers, HumanMenu, useHumanScores, withHumanScores, type HumanScores } from './human-scores'
import { JudgingMenu } from './judging-menu'
import { LayoutMenu } from './layout-menu'
import { SliceMenu, slicePaths, Slices, valueOf } from './slices'
import { SummaryTable } from './summary-table'
import { Unmatched } from './unmatched'
import { sidesOf } from './verdict'
import { VerdictStrip } from './verdict-strip'
import { Warnings } from './warnings'

const NO_CASES: Case[] = []
const NO_PAGES: CasesPage[] = []
const NONE: ReadonlySet<string> = new Set()

type Props = {
  experiment: Experiment
  comparison: Comparison
  search: ExperimentSearch
  update: (changes: Partial<ExperimentSearch>, replace?: boolean) => void
  full: boolean
}

/** Verdicts above the cases, and the trace of a case beside them. */
export function ExperimentBody({ experiment, comparison, search, update, full }: Props) {
  const filter: CaseFilter = search.filter ?? 'all'
  const score = search.score ?? null
  const judging = judgingSearch(search)
  const to = useMemo(() => {
    const ids = sidesOf(comparison).map(({ baseline }) => baseline.id)
    return ids.length > 0 ? ids : [NO_BASELINE] // nothing would mean: the one the server chooses
  }, [comparison])
  const part = useMemo(
    () => (search.slice && search.part ? { slice: search.slice, value: valueOf(search.part) } : undefined),
    [search.slice, search.part],
  )
  const cases = useInfiniteQuery(
    casesQuery({ experimentId: experiment.id, to, filter, score, cluster: search.cluster, part }),
  )
  const rows = useMemo(() => cases.data?.pages.flatMap((page) => page.cases) ?? NO_CASES, [cases.data])
  const human = useHumanScores(experiment.id, cases.data?.pages ?? NO_PAGES, search.ask)
  const paths = useMemo(() => slicePaths(rows), [rows])
  const openCase = search.r ? rows.find((item) => runsIn(item, search.r!)) : undefined
  const [selected, setSelected] = useState<ReadonlySet<string>>(NONE)
  const chosen = rows.filter((item) => selected.has(caseKey(item)))
  const reviews = useMay('experiment', 'update')
  const close = (): void =>
    update({ r: undefined, s: undefined, side: undefined, both: undefined, full: undefined })
  const phone = usePhone()
  const layout = search.layout ?? 'list'
  const table = layout === 'list' || layout === 'grid'
  const summary = (
    <>
      <Warnings comparison={comparison} />
      {layout === 'summary' ? null : (
        <VerdictStrip
          comparison={comparison}
          cluster={search.cluster}
          score={score}
          short={layout === 'plot' && comparison.baseline !== null}
          onScore={(name) => update({ score: name ?? undefined })}
        />
      )}
      {search.slice ? (
        <Slices
          comparison={comparison}
          judging={judging}
          slice={search.slice}
          part={search.part}
          onPart={(next) => update({ part: next })}
          onClose={() => update({ slice: undefined, part: undefined })}
        />
      ) : null}
      <CaseCounters
        comparison={comparison}
        counts={cases.data?.pages[0]?.counts}
        filter={filter}
        score={score}
        onFilter={(next) => update({ filter: next === 'all' ? undefined : next })}
      >
        <SliceMenu
          paths={paths}
          slice={search.slice}
          onSlice={(slice) => update({ slice, part: undefined })}
        />
        <JudgingMenu
          comparison={comparison}
          judging={judging}
          paths={paths}
          onJudging={(changes) => update(changes)}
        />
        {table ? <HumanMenu human={human} onAsk={(ask) => update({ ask })} /> : null}
        <LayoutMenu
          layout={layout}
          onLayout={(next) => update({ layout: next === 'list' ? undefined : next })}
        />
      </CaseCounters>
    </>
  )
  const more = useStable(() => void cases.fetchNextPage())
  const openUnmatched = (item: UnmatchedCase): void =>
    update({ r: item.root_span_id, side: item.side === 'baseline' ? 'baseline' : undefined, s: undefined })
  const unmatched = table && filter === 'unmatched' && comparison.unmatched.length > 0
  // In the table while its rows are read, too: moved there afterwards it would lose an open menu.
  const lead = phone && table && !unmatched && (cases.isPending || rows.length > 0)
  return (
    <div className="flex min-h-0 flex-1">
      {full ? null : (
        <div className="relative flex min-h-0 min-w-0 flex-1 flex-col max-sm:overflow-y-auto">
          {lead ? null : summary}
          {cases.error ? <ErrorState error={cases.error} retry={() => void cases.refetch()} /> : null}
          {layout === 'summary' ? <SummaryTable comparison={comparison} /> : null}
          {layout === 'plot' && cases.data ? (
            <CasePlot
              comparison={comparison}
              rows={rows}
              total={cases.data.pages[0]?.counts[filter] ?? 0}
              search={search}
              update={update}
              more={cases.hasNextPage && !cases.isFetchingNextPage ? more : undefined}
            />
          ) : null}
          {unmatched ? <Unmatched comparison={comparison} cases={rows} onOpen={openUnmatched} /> : null}
          {table && !unmatched ? (
            <CaseTable
              comparison={comparison}
              cases={cases}
              rows={rows}
              human={human}
              openCase={openCase}
              search={search}
              update={update}
              onClose={close}
              lead={lead ? summary : undefined}
              {...(reviews ? { selected, onSelect: setSelected } : {})}
            />
          ) : null}
          {chosen.length && table && !unmatched ? (
            <CaseSelection comparison={comparison} chosen={chosen} onClear={() => setSelected(NONE)} />
          ) : null}
        </div>
      )}
      {search.panel === 'details' && !search.r ? (
        <Details
          experiment={experiment}
          comparison={comparison}
          score={score}
          cluster={search.cluster}
          onClose={() => update({ panel: undefined })}
        />
      ) : null}
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

/** Whether the trace is one of the case: any trial, or its counterpart in a baseline. */
function runsIn(item: Case, rootSpanId: string): boolean {
  return (
    item.runs.some((run) => run.root_span_id === rootSpanId) ||
    attempts(item).some((attempt) => attempt?.root_span_id === rootSpanId)
  )
}

type TableProps = Pick<Props, 'comparison' | 'search' | 'update'> & {
  cases: Pick<
    UseInfiniteQueryResult,
    'isPending' | 'error' | 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'
  >
  rows: readonly Case[]
  human: HumanScores
  openCase: Case | undefined
  onClose: () => void
  lead: React.ReactNode
  selected?: ReadonlySet<string>
  onSelect?: (keys: ReadonlySet<string>) => void
}

function CaseTable({ comparison, cases, rows, human, openCase, search, update, ...table }: TableProps) {
  const { onClose, lead, selected, onSelect } = table
  const narrow = search.r !== undefined
  const diff = search.diff !== 'off'
  const grid = search.layout === 'grid'
  const openSide = useStable((item: Case, side: number) => update(traceOf(item, side), Boolean(search.r)))
  const columns = useMemo(
    () => (grid ? gridColumns(comparison, rows, openSide) : caseColumns(comparison, rows, { diff, narrow })),
    [comparison, rows, diff, narrow, grid, openSide],
  )
  const shown = useMemo(() => withHumanScores(columns, human), [columns, human])
  const onEnd = useStable(() => {
    if (cases.hasNextPage && !cases.isFetchingNextPage) void cases.fetchNextPage()
  })
  if (cases.isPending && !lead) return <SkeletonRows label={t`Loading cases`} />
  if (rows.length === 0 && !cases.isPending) {
    return cases.error ? null : (
      <NoCases filter={search.filter ?? 'all'} onAll={() => update({ filter: undefined })} />
    )
  }
  return (
    <DataTable
      label={t`Cases`}
      rows={rows}
      columns={shown}
      rowKey={caseKey}
      storageKey={grid ? 'cases.grid' : 'cases'}
      rowHeight={44}
      wrap
      lead={lead}
      renderCompact={(item) => (
        <div className="space-y-1.5">
          {grid ? (
            <CompactAttempts item={item} comparison={comparison} />
          ) : (
            <CompactCase item={item} comparison={comparison} diff={diff} />
          )}
          <CompactAnswers item={item} human={human} />
        </div>
      )}
      openKey={openCase ? caseKey(openCase) : null}
      onOpen={(item) => openSide(item, 0)}
      onClose={onClose}
      {...(selected && onSelect ? { selected, onSelect } : {})}
      onEnd={onEnd}
      footer={
        cases.isPending ? (
          <SkeletonRows label={t`Loading cases`} />
        ) : cases.isFetchingNextPage ? (
          <SkeletonRows rows={3} label={t`Loading more`} />
        ) : (
          <div className="h-6" />
        )
      }
    />
  )
}

/** The address of a case's trace: in the experiment (0), or in one of the baselines. */
function traceOf(item: Case, side: number): Partial<ExperimentSearch> {
  const root = attempts(item)[side]?.root_span_id ?? undefined
  return { r: root, side: side === 0 ? undefined : side === 1 ? 'baseline' : `${side}`, s: undefined }
}

const caseKey = (item: Case): string => item.row_id ?? item.baseline?.row_id ?? item.key

function NoCases({ filter, onAll }: { filter: CaseFilter; onAll: () => void }) {
  if (filter !== 'all') {
    return (
      <p className="px-3.5 py-8 text-ink-2">
        {t`No cases here.`}{' '}
        <button type="button" onClick={onAll} className="font-medium text-accent hover:underline">
          {t`Show all cases`}
        </button>
      </p>
    )
  }
  return (
    <Empty title={t`No cases yet`} code={FIRST_CASE}>
      {t`The experiment exists, but none of its cases has been logged. They appear here as they finish.`}
    </Empty>
  )
}

const FIRST_CASE = `experiment = assay.init_experiment(project, name)
experiment.log(input="1+1", output="2", expected="2", scores={"Exact": 1})`
