import { readPreference, writePreference } from '@/lib/storage'

export type Recent = { path: string; label: string; kind: string }

const MOST = 8

/** The experiment or dataset a path shows; null for lists and everything else. */
export function describePath(path: string): Recent | null {
  const match = /^\/app\/[^/]+\/p\/([^/]+)\/(experiments|datasets)\/([^/]+)$/.exec(path)
  if (!match) return null
  const [project = '', kind = '', name = ''] = match.slice(1).map(decodeSegment)
  return { path, label: name, kind: `${kind.slice(0, -1)} · ${project}` }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Put the page on top of the recent list. */
export function remember(path: string): void {
  const page = describePath(path)
  if (!page) return
  const others = recentPages().filter((item) => item.path !== path)
  writePreference('recent', [page, ...others].slice(0, MOST))
}

export function recentPages(): Recent[] {
  const stored = readPreference<unknown>('recent', [])
  return Array.isArray(stored)
    ? stored.filter(
        (item): item is Recent => typeof item?.path === 'string' && typeof item?.label === 'string',
      )
    : []
}
