import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { BookOpen, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { ApiError } from '@/api/client'
import { Forbidden } from '@/components/forbidden'
import { PageHead, Spacer } from '@/components/page'
import { ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { Button, buttonClass } from '@/components/ui/button'
import { notify, notifyError } from '@/components/ui/toast'
import { cx } from '@/lib/cx'
import { count } from '@/lib/format'
import { useHotkeys } from '@/lib/hotkeys'
import { projectPath, useProject } from '../projects/project-context'
import { MarkdownText } from '../traces/markdown-text'
import { configsQuery } from './configs'
import { PairWork } from './pair-work'
import {
  nextItem,
  queueQuery,
  questionsOf,
  resultsQuery,
  takeStep,
  useQueuesRefresh,
  type Queue,
  type Step,
} from './queues'
import { SingleWork } from './single-work'
import { Waiting } from './waiting'

/** One item after the other from a queue. Made for the keyboard. */
export function QueueWorkPage() {
  const { queue: id } = useParams({ from: '/app/$org/p/$project/review/$queue/work' })
  const queue = useQuery(queueQuery(id))
  const results = useQuery(resultsQuery(id))
  const failed = [queue, results].find((one) => one.error)
  if (failed?.error) return <ErrorState error={failed.error} retry={() => void failed.refetch()} />
  if (!queue.data || !results.data) return <SkeletonRows label={t`Loading the queue`} />
  if (!results.data.may_review) return <Forbidden needs={t`review in this queue, as one of its reviewers`} />
  return <Work key={id} queue={queue.data} />
}

/** What a reviewer does with the item on show; resolves when the next one is. */
export type Act = (step: Step, body?: object) => Promise<void>

function Work({ queue }: { queue: Queue }) {
  const { org, project } = useProject()
  const refresh = useQueuesRefresh()
  const { data: configs } = useQuery(configsQuery(project.id))
  const [open, setOpen] = useState(Boolean(queue.instructions))
  const [passed, setPassed] = useState<readonly string[]>([])
  const [busy, setBusy] = useState(false)
  const turn = useQuery({
    queryKey: ['review-turn', queue.id],
    queryFn: ({ signal }) => nextItem(queue.id, signal),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  const item = turn.data?.item ?? null

  const act: Act = async (step, body) => {
    if (!item || busy) return
    setBusy(true)
    try {
      await takeStep(queue.id, item.id, step, body)
      setPassed([...passed, item.id])
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) {
        notifyError(t`The answer was not saved`, error)
        setBusy(false)
        return
      }
      notify(error.message)
    }
    await turn.refetch()
    setBusy(false)
    void refresh()
  }
  const undo = async (): Promise<void> => {
    const last = passed.at(-1)
    if (!last || busy) return
    setBusy(true)
    try {
      await takeStep(queue.id, last, 'reopen')
      await turn.refetch()
    } catch (error) {
      notifyError(t`It cannot be taken back`, error)
    }
    setPassed(passed.slice(0, -1))
    setBusy(false)
  }
  useHotkeys({ u: () => void undo(), i: () => setOpen(!open) })

  const progress = turn.data?.progress
  const mine = progress ? progress.mine + progress.mine_open : 0
  return (
    <>
      <PageHead
        crumbs={[
          { label: t`Review`, to: projectPath(org, project.name, 'review') },
          { label: queue.name, to: projectPath(org, project.name, `review/${queue.id}`) },
          { label: t`Reviewing` },
        ]}
      >
        <Spacer />
        {progress && mine ? (
          <span className="flex items-center gap-2 text-s text-ink-2 tabular-nums">
            <span
              role="progressbar"
              aria-label={t`Reviewed by you`}
              aria-valuenow={progress.mine}
              aria-valuemin={0}
              aria-valuemax={mine}
              className="h-1.5 w-24 overflow-hidden rounded-full bg-sunken max-sm:w-12"
            >
              <span
                className="block h-full bg-accent"
                style={{ width: `${(progress.mine / mine) * 100}%` }}
              />
            </span>
            {t`${count(progress.mine)} of ${count(mine)}`}
          </span>
        ) : null}
        <Button
          icon={<Undo2 size={14} aria-hidden />}
          onClick={() => void undo()}
          disabled={passed.length === 0 || busy}
          title={t`Take back the last (u)`}
        >
          {t`Undo`}
        </Button>
        {queue.instructions ? (
          <Button
            icon={<BookOpen size={14} aria-hidden />}
            active={open}
            onClick={() => setOpen(!open)}
            title={t`Instructions (i)`}
          >
            {t`Instructions`}
          </Button>
        ) : null}
        <Link
          to="/app/$org/p/$project/review/$queue"
          params={{ org, project: project.name, queue: queue.id }}
          className={buttonClass()}
        >
          {t`Leave`}
        </Link>
      </PageHead>
      <div className="flex min-h-0 flex-1 max-md:flex-col max-md:overflow-y-auto">
        {open && queue.instructions ? (
          <aside
            aria-label={t`Instructions`}
            className="w-72 shrink-0 overflow-y-auto border-r border-line bg-panel p-3.5 max-md:max-h-[30%] max-md:w-auto max-md:border-r-0 max-md:border-b"
          >
            <MarkdownText text={queue.instructions} />
          </aside>
        ) : null}
        <div className={cx('flex min-h-0 min-w-0 flex-1 flex-col', busy && 'opacity-80')}>
          {turn.error ? <ErrorState error={turn.error} retry={() => void turn.refetch()} /> : null}
          {turn.isPending ? <SkeletonRows label={t`Loading the next item`} /> : null}
          {turn.data && !item ? (
            <Waiting queue={queue} turn={turn.data} onLook={() => void turn.refetch()} />
          ) : null}
          {turn.data && item && queue.kind === 'pairwise' ? (
            <PairWork
              key={turn.dataUpdatedAt}
              item={item}
              content={turn.data.content}
              queue={queue}
              act={act}
            />
          ) : null}
          {turn.data && item && queue.kind === 'single' && configs ? (
            <SingleWork
              key={turn.dataUpdatedAt}
              item={item}
              content={turn.data.content[0] ?? null}
              queue={queue}
              questions={questionsOf(queue, configs)}
              act={act}
            />
          ) : null}
        </div>
      </div>
    </>
  )
}
