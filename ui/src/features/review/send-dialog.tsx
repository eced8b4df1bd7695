import { plural, t } from '@lingui/core/macro'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Row } from '@/api/types'
import { ErrorState } from '@/components/states'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { useProject } from '../projects/project-context'
import { tellAdded } from './add-items'
import { QueueDialog } from './queue-dialog'
import { addItems, queuesQuery, useQueuesRefresh } from './queues'

type Props = { rows: readonly Row[]; onClose: () => void; onDone: () => void }

/** Puts selected rows of the logs into a queue; two of them also as a pair. */
export function SendToQueue({ rows, onClose, onDone }: Props) {
  const { project } = useProject()
  const { data: queues, error } = useQuery(queuesQuery(project.id))
  const refresh = useQueuesRefresh()
  const [chosen, setChosen] = useState<string | null>(null)
  const [making, setMaking] = useState(false)
  const fitting = queues?.filter(({ kind }) => kind === 'single' || rows.length === 2) ?? []
  const queue = fitting.find(({ id }) => id === chosen) ?? null
  const send = useMutation({
    mutationFn: () => {
      const sources = rows.map(({ id }) => ({
        object_type: 'project_logs',
        object_id: project.id,
        row_id: id,
      }))
      const items = queue!.kind === 'pairwise' ? [{ pair: sources }] : sources.map((source) => ({ source }))
      return addItems(queue!.id, { items })
    },
    onSuccess: async (answer) => {
      tellAdded(answer)
      onDone()
      await refresh()
    },
  })
  if (making) return <QueueDialog onClose={onClose} />
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Send ${plural(rows.length, { one: '# row', other: '# rows' })} to a review queue`}
      width="max-w-md"
      footer={
        <>
          {send.error ? (
            <p role="alert" className="min-w-0 flex-1 text-s text-worse">
              {send.error.message}
            </p>
          ) : null}
          <Button onClick={() => setMaking(true)}>{t`New queue`}</Button>
          <Button variant="primary" onClick={() => send.mutate()} disabled={!queue || send.isPending}>
            {t`Send`}
          </Button>
        </>
      }
    >
      {error ? <ErrorState error={error} /> : null}
      {queues || error ? null : <Skeleton className="h-16 w-full" />}
      {queues && fitting.length === 0 ? (
        <p className="text-ink-2">{t`There is no queue for these rows yet. Make one, then send them again.`}</p>
      ) : null}
      <ul className="divide-y divide-line">
        {fitting.map(({ id, name, description, kind, progress }) => (
          <li key={id}>
            <label className="flex min-h-9 items-center gap-2 py-1">
              <input
                type="radio"
                name="queue"
                checked={chosen === id}
                onChange={() => setChosen(id)}
                aria-label={name}
              />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{name}</span>
                {description ? <span className="block truncate text-s text-ink-3">{description}</span> : null}
              </span>
              <span className="text-s text-ink-3">
                {kind === 'pairwise'
                  ? t`as a pair`
                  : plural(progress.total, { one: '# item', other: '# items' })}
              </span>
            </label>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
