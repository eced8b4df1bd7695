import { plural, t } from '@lingui/core/macro'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '@/components/states'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import type { Source } from '@/lib/sql'
import { useProject } from '../projects/project-context'
import { tellAdded } from './add-items'
import { QueueDialog } from './queue-dialog'
import { Problem } from '@/components/field'
import { addItems, queuesQuery, useQueuesRefresh, type Queue } from './queues'

type Place = { object_type: Source; object_id: string; row_id: string }
type Props = {
  /** What is sent: "3 rows". */
  what: string
  rows: readonly Place[]
  /** The same in pairs, as far as they make some. */
  pairs: readonly (readonly [Place, Place])[]
  onClose: () => void
  onDone: () => void
}

/** Puts rows into a queue that is there or a new one: one by one, or in pairs. */
export function SendToQueue({ what, rows, pairs, onClose, onDone }: Props) {
  const { project } = useProject()
  const { data: queues, error } = useQuery(queuesQuery(project.id))
  const refresh = useQueuesRefresh()
  const [chosen, setChosen] = useState<string | null>(null)
  const [making, setMaking] = useState(false)
  const fitting = queues?.filter(({ kind }) => kind === 'single' || pairs.length > 0) ?? []
  const queue = fitting.find(({ id }) => id === chosen) ?? null
  const send = useMutation({
    mutationFn: ({ id, kind }: Queue) =>
      addItems(id, {
        items: kind === 'pairwise' ? pairs.map((pair) => ({ pair })) : rows.map((source) => ({ source })),
      }),
    onSuccess: async (answer) => {
      tellAdded(answer)
      onDone()
      await refresh()
    },
  })
  if (making)
    return (
      <QueueDialog
        kinds={pairs.length ? ['single', 'pairwise'] : ['single']}
        onClose={() => setMaking(false)}
        onMade={(made) => {
          setChosen(made.id) // to try once more, should sending fail
          setMaking(false)
          send.mutate(made)
        }}
      />
    )
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Send ${what} to a review queue`}
      width="max-w-md"
      footer={
        <>
          <Problem text={send.error?.message} className="min-w-0 flex-1" />
          <Button onClick={() => setMaking(true)}>{t`New queue`}</Button>
          <Button
            variant="primary"
            onClick={() => queue && send.mutate(queue)}
            disabled={!queue || send.isPending}
          >
            {t`Send`}
          </Button>
        </>
      }
    >
      {error ? <ErrorState error={error} /> : null}
      {queues || error ? null : <Skeleton className="h-16 w-full" />}
      {queues && fitting.length === 0 ? (
        <p className="text-ink-2">{t`There is no queue for these yet: make one.`}</p>
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
                  ? t`as ${plural(pairs.length, { one: '# pair', other: '# pairs' })}`
                  : plural(progress.total, { one: '# item', other: '# items' })}
              </span>
            </label>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
