import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Empty } from '@/components/states'
import { Time } from '@/components/time'
import { Button, buttonClass } from '@/components/ui/button'
import { useProject } from '../projects/project-context'
import type { Queue, Turn } from './queues'

const TITLES: Record<NonNullable<Turn['waiting']>, string> = {
  empty: t`Nothing is in this queue yet`,
  locked: t`Others are at the rest`,
  others: t`You are through`,
  finished: t`Everything is reviewed`,
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
            {waiting === 'empty' ? t`To the queue` : t`See the results`}
          </Link>
          {waiting === 'finished' ? null : <Button onClick={onLook}>{t`Look again`}</Button>}
        </>
      }
    >
      {waiting === 'empty' ? t`Add rows on the page of the queue, or send them there from the logs.` : null}
      {waiting === 'locked' ? (
        <>
          {t`They hold what is left.`}{' '}
          {until ? (
            <>
              <Trans>
                The first lock ends <Time iso={until} />.
              </Trans>
            </>
          ) : null}
        </>
      ) : null}
      {waiting === 'others' ? t`What is left waits for other reviewers, or was skipped by you.` : null}
      {waiting === 'finished' && progress.needs_adjudication
        ? t`Reviewers differ about ${progress.needs_adjudication}; somebody has to decide.`
        : null}
    </Empty>
  )
}
