import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Empty } from '@/components/states'
import { Time } from '@/components/time'
import { Button, buttonClass } from '@/components/ui/button'
import { useProject } from '../projects/project-context'
import type { Queue, Turn } from './queues'

const TITLES: Record<NonNullable<Turn['waiting']>, string> = {
  empty: 'Nothing is in this queue yet',
  locked: 'Others are at the rest',
  others: 'You are through',
  finished: 'Everything is reviewed',
}

/** Why there is nothing to review, and what comes next. Looks again when the first lock ends. */
export function Waiting({ queue, turn, onLook }: { queue: Queue; turn: Turn; onLook: () => void }) {
  const { org, project } = useProject()
  const { until, progress } = turn
  const waiting = turn.waiting ?? 'finished'
  useEffect(() => {
    if (!until) return undefined
    const wait = Math.min(Math.max(1_000, Date.parse(until) - Date.now() + 500), 2_000_000_000)
    const timer = setTimeout(onLook, wait)
    return () => clearTimeout(timer)
  }, [until, onLook])
  return (
    <Empty
      title={TITLES[waiting]}
      actions={
        <>
          <Link
            to="/app/$org/p/$project/review/$queue"
            params={{ org, project: project.name, queue: queue.id }}
            className={buttonClass('primary')}
          >
            {waiting === 'empty' ? 'To the queue' : 'See the results'}
          </Link>
          {waiting === 'finished' ? null : <Button onClick={onLook}>Look again</Button>}
        </>
      }
    >
      {waiting === 'empty' ? 'Add rows on the page of the queue, or send them there from the logs.' : null}
      {waiting === 'locked' ? (
        <>
          They hold what is left.{' '}
          {until ? (
            <>
              The first lock ends <Time iso={until} />.
            </>
          ) : null}
        </>
      ) : null}
      {waiting === 'others' ? 'What is left waits for other reviewers, or was skipped by you.' : null}
      {waiting === 'finished' && progress.needs_adjudication
        ? `Reviewers differ about ${progress.needs_adjudication}; somebody has to decide.`
        : null}
    </Empty>
  )
}
