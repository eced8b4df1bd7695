import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { markAllRead, markRead, notificationsQuery, type Notification } from '@/api/people'
import { meQuery } from '@/api/objects'
import { ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { cx } from '@/lib/cx'

/** Where one was mentioned or assigned, newest first; each leads to its row. */
export function Inbox({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const { data, error } = useQuery(notificationsQuery(false))
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ['notifications'] })
  const read = useMutation({ mutationFn: markRead, onSettled: refresh })
  const readAll = useMutation({ mutationFn: markAllRead, onSettled: refresh })
  const unread = data?.some((one) => one.read_at === null) ?? false
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Notifications`}
      description={t`Comments that mention you, and what you were assigned to. Kept for 90 days.`}
      width="max-w-md"
      footer={
        unread ? (
          <Button onClick={() => readAll.mutate()} disabled={readAll.isPending}>
            {t`Mark all as read`}
          </Button>
        ) : undefined
      }
    >
      {error ? <ErrorState error={error} /> : null}
      {!data && !error ? <SkeletonRows rows={3} label={t`Loading notifications`} /> : null}
      {data?.length === 0 ? <p className="py-4 text-ink-3">{t`Nothing yet.`}</p> : null}
      {data?.length ? (
        <ul aria-label={t`Notifications`} className="divide-y divide-line border-t border-line">
          {data.map((one) => (
            <li key={one.id}>
              <Line
                one={one}
                onOpen={() => {
                  if (one.read_at === null) read.mutate(one.id)
                  onClose()
                }}
              />
            </li>
          ))}
        </ul>
      ) : null}
    </Dialog>
  )
}

function Line({ one, onOpen }: { one: Notification; onOpen: () => void }) {
  const { data: me } = useQuery(meQuery)
  const fresh = one.read_at === null
  const who = one.actor_name ?? t`Somebody`
  return (
    <Link
      to="/app/$org/object"
      params={{ org: me?.org.name ?? '' }}
      search={{ object_type: one.object_type, object_id: one.object_id, id: one.row_id }}
      onClick={onOpen}
      className="flex gap-2.5 rounded px-1 py-2 hover:bg-sunken"
    >
      <span
        className={cx('mt-1.5 size-2 shrink-0 rounded-full', fresh && 'bg-accent')}
        role={fresh ? 'img' : undefined}
        aria-label={fresh ? t`unread` : undefined}
      />
      <span className="min-w-0 flex-1">
        <span className={cx('block break-words', fresh && 'font-medium')}>
          {one.kind === 'mention'
            ? t`${who} mentioned you in ${one.object_name}`
            : t`${who} assigned you in ${one.object_name}`}
        </span>
        {one.text ? <span className="line-clamp-2 break-words text-ink-2">{one.text}</span> : null}
        <span className="text-xs text-ink-3">
          <Time iso={one.created} />
        </span>
      </span>
    </Link>
  )
}
