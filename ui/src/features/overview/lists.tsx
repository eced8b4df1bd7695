import { t } from '@lingui/core/macro'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { datasetsQuery } from '@/api/objects'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import { Gist } from '@/components/gist'
import { Time } from '@/components/time'
import { Skeleton } from '@/components/ui/bits'
import { count } from '@/lib/format'
import { select } from '@/lib/sql'
import { bounds, rangeConditions } from '@/lib/time-range'
import { headQuery } from '../datasets/api'
import { useProject } from '../projects/project-context'
import { QueueProgress } from '../review/queue-progress'
import { queuesQuery } from '../review/queues'
import { Block, Lines, Nothing } from './block'

const MOST = 5
const LINE = 'block px-3 py-1.5 hover:bg-panel'

type Failed = Pick<Row, 'id' | 'root_span_id' | 'span_id' | 'created' | 'error' | 'span_attributes'>

/** The newest spans with an error, one of each trace. */
const failuresQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['failures', projectId],
    queryFn: async ({ signal }): Promise<Failed[]> => {
      const query = select({
        columns: 'id, root_span_id, span_id, created, error, span_attributes',
        from: 'project_logs',
        id: projectId,
        where: ['error IS NOT NULL', ...rangeConditions(bounds(undefined))],
        tail: `ORDER BY created DESC LIMIT ${MOST * 10} SETTINGS preview_length = 300`,
      })
      const { data } = await runQuery<Failed>({ query }, signal)
      const ofTraces = new Map(data.map((row) => [row.root_span_id, row]))
      return [...ofTraces.values()].slice(0, MOST)
    },
    staleTime: 15_000,
  })

export function Failures() {
  const { org, project } = useProject()
  const { data, error } = useQuery(failuresQuery(project.id))
  return (
    <Block title={t`Newest errors`} to="logs" more={t`Logs`}>
      {data || error ? null : <Skeleton className="h-16 w-full" />}
      {error ? <Nothing>{error.message}</Nothing> : null}
      {data?.length === 0 ? <Nothing>{t`No error in the last 7 days.`}</Nothing> : null}
      {data?.length ? (
        <Lines>
          {data.map((row) => (
            <li key={row.id}>
              <Link
                to="/app/$org/p/$project/logs"
                params={{ org, project: project.name }}
                search={{ r: row.root_span_id, s: row.span_id }}
                className={LINE}
              >
                <span className="flex items-baseline gap-2">
                  <span className="min-w-0 flex-1 truncate font-medium">
                    {row.span_attributes?.name ?? t`a span`}
                  </span>
                  <span className="text-s text-ink-3">
                    <Time iso={row.created} />
                  </span>
                </span>
                <span className="block truncate text-s text-worse">
                  <Gist value={row.error} limit={200} />
                </span>
              </Link>
            </li>
          ))}
        </Lines>
      ) : null}
    </Block>
  )
}

export function Queues() {
  const { org, project } = useProject()
  const { data, error } = useQuery(queuesQuery(project.id))
  return (
    <Block title={t`Review`} to="review" more={t`All queues`}>
      {data || error ? null : <Skeleton className="h-8 w-full" />}
      {error ? <Nothing>{error.message}</Nothing> : null}
      {data?.length === 0 ? <Nothing>{t`No review queues yet.`}</Nothing> : null}
      {data?.length ? (
        <Lines>
          {data.slice(0, MOST).map((queue) => (
            <li key={queue.id}>
              <Link
                to="/app/$org/p/$project/review/$queue"
                params={{ org, project: project.name, queue: queue.id }}
                className={LINE}
              >
                <span className="flex items-baseline gap-2 pb-1">
                  <span className="min-w-0 flex-1 truncate font-medium">{queue.name}</span>
                  {queue.progress.mine_open ? (
                    <span className="text-s text-accent">{t`${count(queue.progress.mine_open)} for you`}</span>
                  ) : null}
                </span>
                <QueueProgress progress={queue.progress} />
              </Link>
            </li>
          ))}
        </Lines>
      ) : null}
    </Block>
  )
}

export function Datasets() {
  const { org, project } = useProject()
  const { data } = useQuery(datasetsQuery(project.id))
  return (
    <Block title={t`Datasets`} to="datasets" more={t`All datasets`}>
      {data?.length === 0 ? <Nothing>{t`No datasets yet.`}</Nothing> : null}
      {data?.length ? (
        <Lines>
          {data.slice(0, MOST).map((dataset) => (
            <li key={dataset.id}>
              <Link
                to="/app/$org/p/$project/datasets/$name"
                params={{ org, project: project.name, name: dataset.name }}
                className={`${LINE} flex items-baseline gap-2`}
              >
                <span className="min-w-0 flex-1 truncate font-medium">{dataset.name}</span>
                <Size id={dataset.id} />
              </Link>
            </li>
          ))}
        </Lines>
      ) : null}
    </Block>
  )
}

function Size({ id }: { id: string }) {
  const { data } = useQuery(headQuery(id))
  return <span className="text-s text-ink-3">{data ? t`${count(data.rows)} rows` : '…'}</span>
}
