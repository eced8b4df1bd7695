import { plural, t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ListChecks, Plus, Zap } from 'lucide-react'
import { useState } from 'react'
import { CodeMenu } from '@/components/code-menu'
import { PageHead, Spacer } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { Badge, SkeletonRows, Tag } from '@/components/ui/bits'
import { Button, buttonClass } from '@/components/ui/button'
import { count, score } from '@/lib/format'
import { useMay, useProject } from '../projects/project-context'
import { QuestionsDialog } from './questions-dialog'
import { QueueDialog } from './queue-dialog'
import { QueueProgress } from './queue-progress'
import { lowestAlpha, queuesQuery, resultsQuery, type Queue } from './queues'

/** The queues of a project: how far they are, what is there for me, whether people agree. */
export function QueuesPage() {
  const { org, project } = useProject()
  const { data, error, refetch } = useQuery(queuesQuery(project.id))
  const [open, setOpen] = useState<'queue' | 'questions' | null>(null)
  const manages = useMay('project', 'update')
  const params = { org, project: project.name }
  return (
    <>
      <PageHead crumbs={[{ label: t`Review` }]}>
        <Spacer />
        <CodeMenu
          title={t`This list`}
          read={{
            path: '/v1/review_queue',
            params: { project_id: project.id },
            name: 'queues',
            part: '["objects"]',
          }}
        />
        {manages ? (
          <Button icon={<ListChecks size={14} aria-hidden />} onClick={() => setOpen('questions')}>
            {t`Questions`}
          </Button>
        ) : null}
        <Link to="/app/$org/p/$project/review/quick" params={params} className={buttonClass()}>
          <Zap size={14} aria-hidden />
          {t`Quick review`}
        </Link>
        {manages ? (
          <Button variant="primary" icon={<Plus size={14} aria-hidden />} onClick={() => setOpen('queue')}>
            {t`Queue`}
          </Button>
        ) : null}
      </PageHead>
      <div className="min-h-0 flex-1 overflow-auto">
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
        {!data && !error ? <SkeletonRows label={t`Loading queues`} /> : null}
        {data?.length === 0 ? (
          <Empty
            title={t`No review queues yet`}
            actions={
              <>
                {manages ? (
                  <Button variant="primary" onClick={() => setOpen('queue')}>
                    {t`Make a queue`}
                  </Button>
                ) : null}
                <Link to="/app/$org/p/$project/review/quick" params={params} className={buttonClass()}>
                  {t`Quick review`}
                </Link>
              </>
            }
          >
            {t`A queue gives rows to several people, each under the same instructions, and says how far they agree. To answer questions about rows by yourself, take the quick review.`}
          </Empty>
        ) : null}
        {data?.length ? (
          <table className="w-full border-collapse">
            <thead className="text-left text-xs text-ink-3">
              <tr className="h-7 border-b border-line [&>th]:px-3.5 [&>th]:font-medium">
                <th>{t`Queue`}</th>
                <th className="max-sm:hidden">{t`Rules`}</th>
                <th className="w-64 max-sm:w-32">{t`Progress`}</th>
                <th className="!text-right max-sm:hidden">{t`Agreement`}</th>
                <th className="!text-right">{t`For you`}</th>
              </tr>
            </thead>
            <tbody>
              {data.map((queue) => (
                <QueueRow key={queue.id} queue={queue} />
              ))}
            </tbody>
          </table>
        ) : null}
      </div>
      {open === 'queue' ? <QueueDialog onClose={() => setOpen(null)} /> : null}
      {open === 'questions' ? <QuestionsDialog onClose={() => setOpen(null)} /> : null}
    </>
  )
}

function QueueRow({ queue }: { queue: Queue }) {
  const { org, project } = useProject()
  const params = { org, project: project.name, queue: queue.id }
  const { progress } = queue
  return (
    <tr className="h-11 border-b border-line hover:bg-panel [&>td]:px-3.5">
      <td className="w-2/5 max-w-0">
        <Link
          to="/app/$org/p/$project/review/$queue"
          params={params}
          className="block truncate font-medium hover:text-accent"
        >
          {queue.name}
        </Link>
        {queue.description ? (
          <span className="block truncate text-s text-ink-3">{queue.description}</span>
        ) : null}
      </td>
      <td className="max-sm:hidden">
        <Rules queue={queue} />
      </td>
      <td>
        <QueueProgress progress={progress} />
        {progress.needs_adjudication ? (
          <Badge tone="warn">{t`${count(progress.needs_adjudication)} to decide`}</Badge>
        ) : null}
      </td>
      <td className="text-right max-sm:hidden">
        <Agreement queue={queue} />
      </td>
      <td className="text-right">
        {progress.mine_open ? (
          <Link
            to="/app/$org/p/$project/review/$queue/work"
            params={params}
            className={buttonClass('primary')}
            aria-label={t`Review ${progress.mine_open} of ${queue.name}`}
          >
            {t`Review ${count(progress.mine_open)}`}
          </Link>
        ) : (
          <span className="text-ink-3">{progress.mine ? t`${count(progress.mine)} done` : '–'}</span>
        )}
      </td>
    </tr>
  )
}

/** What kind of queue it is, in a few words. */
export function Rules({ queue }: { queue: Queue }) {
  const { kind, reviewers_per_item, blind } = queue
  return (
    <span className="flex flex-wrap gap-1">
      {kind === 'pairwise' ? <Tag>{t`pairs`}</Tag> : null}
      <Tag>{plural(reviewers_per_item, { one: '# reviewer', other: '# reviewers each' })}</Tag>
      {blind ? (
        <Tag title={t`Nobody sees what others said, or where a row comes from, before all have answered`}>
          {t`blind`}
        </Tag>
      ) : null}
    </span>
  )
}

function Agreement({ queue }: { queue: Queue }) {
  const asked = queue.reviewers_per_item > 1 && queue.progress.total > queue.progress.pending
  const { data } = useQuery({ ...resultsQuery(queue.id), enabled: asked })
  const lowest = lowestAlpha(data)
  if (!lowest) return <span className="text-ink-3">–</span>
  return (
    <span
      className="tabular-nums"
      title={t`Krippendorff’s alpha of “${lowest.name}”, the lowest of the queue`}
    >
      {t`α ${score(lowest.value)}`}
    </span>
  )
}
