import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useMemo } from 'react'
import { PageHead, Spacer } from '@/components/page'
import { RangeMenu } from '@/components/range-menu'
import { ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { bounds } from '@/lib/time-range'
import { LogsEmpty } from '../logs/empty'
import { endsQuery } from '../monitor/api'
import { useProject } from '../projects/project-context'
import { Failures } from './failures'
import { FirstSteps } from './first-steps'
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
  const ends = useQuery(endsQuery({ projectId: project.id, where: [], scoring: false }, window))
  return (
    <>
      <PageHead crumbs={[{ label: t`Overview` }]}>
        <Spacer />
        <RangeMenu value={range} onChange={(next) => update({ t: next })} />
      </PageHead>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        {ends.error ? <ErrorState error={ends.error} retry={() => void ends.refetch()} /> : null}
        {ends.data === undefined && !ends.error ? <SkeletonRows label={t`Loading the overview`} /> : null}
        {ends.data !== undefined ? (
          <div className="mx-auto flex max-w-[1280px] flex-col gap-3 p-3.5 max-sm:p-3">
            {ends.data ? <FirstSteps /> : <LogsEmpty search={{ t: range }} update={update} />}
            {ends.data ? <Tiles range={range} window={window} /> : null}
            <div className="grid grid-cols-[3fr_2fr] items-start gap-3 max-lg:grid-cols-1">
              <Verdicts />
              <div className="flex flex-col gap-3">
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
