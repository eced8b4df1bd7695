import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { datasetsQuery, experimentsQuery } from '@/api/objects'
import { CodeMenu } from '@/components/code-menu'
import { PageHead, Spacer } from '@/components/page'
import { RangeMenu } from '@/components/range-menu'
import { ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { shellQuote } from '@/lib/literals'
import { bounds } from '@/lib/time-range'
import { LogsEmpty } from '../logs/empty'
import { endsQuery } from '../monitor/api'
import { useProject } from '../projects/project-context'
import { Failures } from './failures'
import { FirstSteps } from './first-steps'
import { NextSteps } from './next-steps'
import { Queues } from './queues'
import { Tiles } from './tiles'
import { Verdicts } from './verdicts'

/** How the project is doing, in four questions: what it does and costs, whether it got better, where it fails, what waits. */
export function OverviewPage() {
  const { project } = useProject()
  const { t: range } = useSearch({ from: '/app/$org/p/$project/overview' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/overview' })
  const update = (changes: { t?: string | undefined }): void => void navigate({ search: { t: changes.t } })
  const window = useMemo(() => bounds(range), [range])
  const scope = useMemo(() => ({ projectId: project.id, where: [], scoring: false }), [project.id])
  const ends = useQuery(endsQuery(scope, window))
  const ever = useQuery({ ...endsQuery(scope, bounds('all')), enabled: ends.data === null })
  const experiments = useQuery(experimentsQuery(project.id))
  const datasets = useQuery(datasetsQuery(project.id))
  const error = ends.error ?? ever.error ?? experiments.error ?? datasets.error
  const logged = ends.data ?? ever.data
  const known = logged !== undefined && experiments.data && datasets.data
  const nothing = known && !logged && !experiments.data.length && !datasets.data.length
  return (
    <>
      <PageHead
        crumbs={[{ label: t`Overview` }]}
        after={
          <span className="min-w-0 shrink-[99] truncate text-ink-3 max-sm:hidden">{project.description}</span>
        }
      >
        <Spacer />
        <RangeMenu value={range} onChange={(next) => update({ t: next })} />
        <CodeMenu
          title={t`This project`}
          read={{ path: `/v1/project/${project.id}`, name: 'project' }}
          cli={`assay projects view ${shellQuote(project.name)}\n`}
        />
      </PageHead>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        {error ? <ErrorState error={error} retry={() => void ends.refetch()} /> : null}
        {known || error ? null : <SkeletonRows label={t`Loading the overview`} />}
        {nothing ? <FirstSteps /> : null}
        {known && !nothing ? (
          <div className="mx-auto flex max-w-[1280px] flex-col gap-3 p-3.5 max-sm:p-3">
            {ends.data ? <NextSteps /> : <LogsEmpty search={{ t: range }} update={update} />}
            {ends.data ? <Tiles range={range} window={window} /> : null}
            <div className="grid grid-cols-[3fr_2fr] items-start gap-3 max-lg:grid-cols-[minmax(0,1fr)]">
              <Verdicts />
              <div className="flex min-w-0 flex-col gap-3">
                {ends.data ? <Failures range={range} /> : null}
                <Queues />
              </div>
            </div>
          </div>
        ) : null}
      </div>
    </>
  )
}
