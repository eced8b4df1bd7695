import { plural, t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { QueueProgress } from '../review/queue-progress'
import { queuesQuery } from '../review/queues'
import { useProject } from '../projects/project-context'
import { Section } from './section'

const MOST = 4

/** What waits for people, in queues; nothing where nobody reviews. */
export function Queues() {
  const { org, project } = useProject()
  const { data } = useQuery(queuesQuery(project.id))
  if (!data?.length) return null
  const params = { org, project: project.name }
  return (
    <Section
      title={t`What waits for people?`}
      more={{ label: t`All queues`, to: '/app/$org/p/$project/review', params }}
    >
      <ul>
        {data.slice(0, MOST).map((queue) => (
          <li key={queue.id} className="border-b border-line last:border-0">
            <Link
              to="/app/$org/p/$project/review/$queue"
              params={{ ...params, queue: queue.id }}
              className="block px-3 py-2 hover:bg-panel"
            >
              <span className="flex items-baseline gap-2">
                <span className="min-w-0 flex-1 truncate font-medium">{queue.name}</span>
                {queue.progress.mine_open ? (
                  <span className="text-xs text-accent">
                    {plural(queue.progress.mine_open, { one: '# for you', other: '# for you' })}
                  </span>
                ) : null}
              </span>
              <QueueProgress progress={queue.progress} />
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}
