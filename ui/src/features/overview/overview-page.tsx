import { t } from '@lingui/core/macro'
import { useQueries, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useMemo } from 'react'
import { comparisonQuery, datasetsQuery, experimentsQuery } from '@/api/objects'
import { CodeMenu } from '@/components/code-menu'
import { PageHead, Spacer } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { shellQuote } from '@/lib/literals'
import { bounds } from '@/lib/time-range'
import { CompactExperiment, scoresOf } from '../experiments/experiment-columns'
import { AnyChart } from '../monitor/any-chart'
import { overview } from '../monitor/charts'
import { useCharts } from '../monitor/use-charts'
import { projectPath, useProject } from '../projects/project-context'
import { Block } from './block'
import { FirstSteps } from './first-steps'
import { Datasets, Failures, Queues } from './lists'

const SHOWN = new Set(['requests', 'errors', 'latency', 'cost'])
const MOST_RUNS = 4

/** The project on one page: what it served, what failed, whether it got better, and what waits for people. */
export function OverviewPage() {
  const { org, project } = useProject()
  const navigate = useNavigate()
  const charts = useMemo(() => overview(undefined).filter(({ id }) => SHOWN.has(id)), [])
  const window = useMemo(() => bounds(undefined), [])
  const scope = useMemo(() => ({ projectId: project.id, where: [], scoring: false }), [project.id])
  const answers = useCharts(charts, scope, undefined, window, false)
  const experiments = useQuery(experimentsQuery(project.id))
  const datasets = useQuery(datasetsQuery(project.id))
  const error = answers.error ?? experiments.error ?? datasets.error
  const known = answers.ends !== undefined && experiments.data && datasets.data
  const nothing = known && answers.ends === null && !experiments.data.length && !datasets.data.length
  const to = (page: 'logs' | 'monitor', from: number, until: number): void =>
    void navigate({
      to: projectPath(org, project.name, page),
      search: { t: `${new Date(from).toISOString()}..${new Date(until).toISOString()}` },
    })
  return (
    <>
      <PageHead
        crumbs={[{ label: t`Overview` }]}
        after={<span className="min-w-0 shrink-[99] truncate text-ink-3">{project.description}</span>}
      >
        <Spacer />
        <CodeMenu
          title={t`This project`}
          read={{ path: `/v1/project/${project.id}`, name: 'project' }}
          cli={`assay projects view ${shellQuote(project.name)}\n`}
        />
      </PageHead>
      {error ? <ErrorState error={error} /> : null}
      {known || error ? null : <SkeletonRows label={t`Loading the overview`} />}
      {nothing ? <FirstSteps /> : null}
      {known && !nothing ? (
        <div className="min-h-0 flex-1 overflow-y-auto">
          <div className="grid grid-cols-3 items-start gap-3 p-3.5 max-lg:grid-cols-1 max-sm:p-3">
            <Block title={t`Last 7 days`} to="monitor" more={t`Monitor`} className="lg:col-span-2">
              {answers.ends ? (
                <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
                  {charts.map((chart) => (
                    <AnyChart
                      key={chart.id}
                      chart={chart}
                      commands={[]}
                      answers={answers}
                      window={window}
                      onRange={(from, until) => to('monitor', from, until)}
                      onZoomOut={() => undefined}
                      onSlot={(from, until) => to('logs', from, until)}
                    />
                  ))}
                </div>
              ) : (
                <p className="text-ink-3">{t`Nothing was logged in the last 7 days.`}</p>
              )}
            </Block>
            <div className="space-y-3">
              <Failures />
              <Queues />
            </div>
            <Runs />
            <Datasets />
          </div>
        </div>
      ) : null}
    </>
  )
}

/** The newest experiments with their verdicts. */
function Runs() {
  const { org, project } = useProject()
  const { data } = useQuery(experimentsQuery(project.id))
  const newest = (data ?? []).filter(({ archived }) => !archived).slice(0, MOST_RUNS)
  const comparisons = useQueries({ queries: newest.map(({ id }) => comparisonQuery(id)) })
  const rows = newest.map((experiment, i) => ({
    experiment,
    comparison: comparisons[i]?.data ?? null,
    failed: comparisons[i]?.isError ?? false,
  }))
  const scores = scoresOf(rows)
  return (
    <Block title={t`Experiments`} to="experiments" more={t`All experiments`} className="lg:col-span-2">
      {rows.length ? (
        <ul className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
          {rows.map((row) => (
            <li key={row.experiment.id}>
              <Link
                to="/app/$org/p/$project/experiments/$name"
                params={{ org, project: project.name, name: row.experiment.name }}
                className="block h-full rounded-l border border-line px-3 py-2 hover:border-line-strong"
              >
                <CompactExperiment row={row} scores={scores} />
              </Link>
            </li>
          ))}
        </ul>
      ) : (
        <Empty title={t`No experiments yet`}>
          {t`An experiment runs your application over a dataset and says whether it got better.`}
        </Empty>
      )}
    </Block>
  )
}
