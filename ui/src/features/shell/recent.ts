import { readPreference, writePreference } from '@/lib/storage'

/** `label` is the object's name; where its address has an id instead (`byId`), that id, of which the page knows the name. */
export type Recent = { path: string; label: string; kind: string; project: string; byId: boolean }

const MOST = 8
const KINDS = {
  experiments: { kind: 'experiment', byId: false },
  datasets: { kind: 'dataset', byId: false },
  prompts: { kind: 'prompt', byId: true },
  scorers: { kind: 'scorer', byId: true },
  review: { kind: 'review_queue', byId: true },
} as const

/** The object a path shows; null for lists and everything else. */
export function describePath(path: string): Recent | null {
  const match = /^\/app\/[^/]+\/p\/([^/]+)\/([a-z]+)\/([^/]+)$/.exec(path)
  if (!match) return null
  const [project = '', section = '', label = ''] = match.slice(1).map(decodeSegment)
  if (!(section in KINDS) || label === 'quick') return null
  return { path, label, project, ...KINDS[section as keyof typeof KINDS] }
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
        (item): item is Recent => typeof item?.path === 'string' && typeof item?.project === 'string',
      )
    : []
}
