import { useSyncExternalStore } from 'react'
import * as format from '@/lib/format'
import { useZone } from '@/lib/theme'

let now = Date.now()
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | null = null

/** One clock for the page: every relative time moves on together, every ten seconds. */
function subscribe(notify: () => void): () => void {
  listeners.add(notify)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const tell of listeners) tell()
  }, 10_000)
  return () => {
    listeners.delete(notify)
    if (listeners.size === 0 && timer) {
      clearInterval(timer)
      timer = null
    }
  }
}

/** "2 min ago", with the exact time on hover. */
export function Time({ iso }: { iso: string | null | undefined }) {
  useSyncExternalStore(subscribe, () => now)
  const [zone] = useZone()
  return (
    <time dateTime={iso ?? undefined} title={format.exactTime(iso, zone)} className="whitespace-nowrap">
      {format.ago(iso)}
    </time>
  )
}
