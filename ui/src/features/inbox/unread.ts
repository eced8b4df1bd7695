import { useQuery } from '@tanstack/react-query'
import { notificationsQuery } from '@/api/people'

const LOOK_AGAIN_MS = 60_000

/** How many notifications are unread, looked up every minute; `99+` when that many are not worth counting. */
export function useUnread(): string | null {
  const { data } = useQuery({ ...notificationsQuery(true), refetchInterval: LOOK_AGAIN_MS, retry: false })
  if (!data?.length) return null
  return data.length > 99 ? '99+' : String(data.length)
}
