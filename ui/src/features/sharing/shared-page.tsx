import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, type ReactNode } from 'react'
import { ApiError } from '@/api/client'
import type { Permissions } from '@/api/permissions'
import { comparisonQuery } from '@/api/objects'
import { sharedQuery, type Shared } from '@/api/shared-links'
import type { Experiment, Project } from '@/api/types'
import { SubHead } from '@/components/page'
import { RangeMenu } from '@/components/range-menu'
import { Empty, ErrorState } from '@/components/states'
import { SkeletonRows, ScriptedBadge } from '@/components/ui/bits'
import { ReadOnlyContext } from '@/lib/read-only'
import { judgingSearch, type SharedSearch } from '@/lib/search-params'
import { bounds } from '@/lib/time-range'
import { useStable } from '@/lib/use-stable'
import { scriptedQuery } from '../experiments/api'
import { ExperimentBody } from '../experiments/experiment-body'
import { sidesOf } from '../experiments/verdict'
import { AnyChart } from '../monitor/any-chart'
import { readChart } from '../monitor/charts'
import { useCharts } from '../monitor/use-charts'
import { ProjectContext } from '../projects/project-context'
import { Mark } from '../shell/mark'
import { TracePanel } from '../traces/trace-panel'

/** What a shared link shows: one experiment, trace or board, to be read by whoever has the link. */
export function SharedPage() {
  const { token } = useParams({ from: '/app/public/$token' })
  const { embed } = useSearch({ from: '/app/public/$token' })
  const { data: shared, error, refetch } = useQuery(sharedQuery(token))
  useUnlisted()
  if (error instanceof ApiError && error.status === 401) return <Ended />
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!shared) return <SkeletonRows label={t`Opening the link`} />
  const project: Project = { id: shared.project_id, org_id: '', name: '', created: '' }
  return (
    <ReadOnlyContext value={true}>
      <ProjectContext value={{ org: '', project, permissions: NOTHING }}>
        <Frame shared={shared} bare={embed === '1' && shared.kind === 'board'}>
          {shared.experiment ? <SharedExperiment shared={shared} experiment={shared.experiment} /> : null}
          {shared.trace ? <SharedTrace trace={shared.trace} /> : null}
          {shared.board ? <SharedBoard board={shared.board} projectId={shared.project_id} /> : null}
        </Frame>
      </ProjectContext>
    </ReadOnlyContext>
  )
}

/** Whoever has a link may change nothing. */
const NOTHING: Permissions = { object_type: 'project', object_id: '', role: 'guest', actions: {}, owners: [] }

/** Tells search engines that read pages with their scripts to leave this one out. */
function useUnlisted(): void {
  useEffect(() => {
    const tag = document.createElement('meta')
    tag.name = 'robots'
    tag.content = 'noindex, nofollow'
    document.head.append(tag)
    return () => tag.remove()
  }, [])
}

function Ended() {
  return (
    <main className="flex h-full flex-col">
      <Empty title={t`This link shows nothing`}>
        {t`It was revoked, has expired, or is not complete. Ask whoever sent it for a new one.`}
      </Empty>
    </main>
  )
}

/** `bare` is what stands in a frame of another page: nothing but the thing itself. */
function Frame({ shared, bare, children }: { shared: Shared; bare: boolean; children: ReactNode }) {
  const { t: range } = useSearch({ from: '/app/public/$token' })
  const navigate = useNavigate({ from: '/app/public/$token' })
  useEffect(() => {
    document.title = t`${shared.name} · Assay`
  }, [shared.name])
  return (
    <div className="flex h-full flex-col">
      {bare ? (
        <h1 className="sr-only">{shared.name}</h1>
      ) : (
        <header className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-b border-line px-3.5 py-1.5">
          <Mark />
          <h1 className="min-w-0 truncate font-semibold" title={shared.name}>
            {shared.name}
          </h1>
          {shared.experiment ? <Scripted experiment={shared.experiment} /> : null}
          <span className="min-w-0 flex-1" />
          {shared.board ? (
            <RangeMenu
              value={range}
              onChange={(next) => void navigate({ search: (now: SharedSearch) => ({ ...now, t: next }) })}
            />
          ) : null}
          <span className="rounded-s bg-sunken px-1.5 text-s text-ink-2">{t`Read-only, shared by link`}</span>
        </header>
      )}
      <main id="main" className="flex min-h-0 min-w-0 flex-1 flex-col">
        {children}
      </main>
    </div>
  )
}

function Scripted({ experiment }: { experiment: Experiment }) {
  const { data } = useQuery(scriptedQuery(experiment.id))
  return data ? <ScriptedBadge /> : null
}

function useUpdate() {
  const navigate = useNavigate({ from: '/app/public/$token' })
  return useStable(
    (changes: Partial<SharedSearch>, replace?: boolean) =>
      void navigate({ search: (now: SharedSearch) => ({ ...now, ...changes }), replace: replace ?? false }),
  )
}

function SharedExperiment({ shared, experiment }: { shared: Shared; experiment: Experiment }) {
  const search = useSearch({ from: '/app/public/$token' })
  const update = useUpdate()
  const to = shared.baseline_ids.length ? shared.baseline_ids : ['none']
  const {
    data: comparison,
    error,
    refetch,
  } = useQuery({
    ...comparisonQuery(experiment.id, to, judgingSearch(search)),
    placeholderData: (before) => before,
  })
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!comparison) return <SkeletonRows label={t`Comparing`} />
  const names = sidesOf(comparison).map(({ baseline }) => baseline.name)
  return (
    <>
      {names.length ? (
        <SubHead className="text-ink-2">
          <Trans>vs {names.join(', ')}</Trans>
        </SubHead>
      ) : null}
      <ExperimentBody
        experiment={experiment}
        comparison={comparison}
        search={search}
        update={update}
        full={search.full === '1' && search.r !== undefined}
      />
    </>
  )
}

function SharedTrace({ trace }: { trace: NonNullable<Shared['trace']> }) {
  const search = useSearch({ from: '/app/public/$token' })
  const update = useUpdate()
  const { object_type: from, object_id: objectId, root_span_id: rootSpanId } = trace
  return (
    <div className="flex min-h-0 flex-1">
      <TracePanel
        traceRef={{ from, objectId, rootSpanId }}
        search={{ ...search, full: '1' }}
        onSearch={(changes) => update(changes, true)}
      />
    </div>
  )
}

const nothing = (): void => undefined

function SharedBoard({ board, projectId }: { board: NonNullable<Shared['board']>; projectId: string }) {
  const { t: range } = useSearch({ from: '/app/public/$token' })
  const update = useUpdate()
  const window = useMemo(() => bounds(range), [range])
  const scope = useMemo(() => ({ projectId, where: [], scoring: false }), [projectId])
  const charts = useMemo(() => board.charts.map(readChart).filter((chart) => chart !== null), [board.charts])
  const answers = useCharts(charts, scope, undefined, window, false)
  return (
    <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
      {answers.error ? <ErrorState error={answers.error} /> : null}
      {answers.ends === undefined && !answers.error ? <SkeletonRows label={t`Loading charts`} /> : null}
      {answers.ends === null ? <Empty title={t`Nothing in this time`} /> : null}
      {answers.ends ? (
        <div className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,380px),1fr))] gap-3 p-3.5 max-sm:p-3">
          {charts.map((chart) => (
            <AnyChart
              key={chart.id}
              chart={chart}
              commands={[]}
              answers={answers}
              window={window}
              onRange={(from, to) =>
                update({ t: `${new Date(from).toISOString()}..${new Date(to).toISOString()}` })
              }
              onZoomOut={() => update({ t: undefined })}
              onSlot={nothing}
            />
          ))}
        </div>
      ) : null}
    </div>
  )
}
