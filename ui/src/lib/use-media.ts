import { useSyncExternalStore } from 'react'

const queries = new Map<string, MediaQueryList>()

function media(query: string): MediaQueryList {
  let list = queries.get(query)
  if (!list) queries.set(query, (list = window.matchMedia(query)))
  return list
}

/** Whether a media query matches now. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (notify) => {
      const list = media(query)
      list.addEventListener('change', notify)
      return () => list.removeEventListener('change', notify)
    },
    () => media(query).matches,
  )
}

/** Narrow enough for one column; the same bound as the `max-sm` classes. */
export function usePhone(): boolean {
  return useMedia('(width < 40rem)')
}
