/** Fold freshly read rows into the loaded pages: known traces are replaced where they stand, new ones go on top. */
import type { InfiniteData } from '@tanstack/react-query'
import type { PageInTime } from '@/api/query'
import type { Row } from '@/api/types'

export type Pages = InfiniteData<PageInTime<Row>>

export function mergePages(pages: Pages, fresh: readonly Row[]): { pages: Pages; added: number } {
  const byId = new Map(fresh.map((row) => [row.id, row]))
  const known = new Set<string>()
  const updated = pages.pages.map((page) => ({
    ...page,
    data: page.data.map((row) => {
      known.add(row.id)
      return byId.get(row.id) ?? row
    }),
  }))
  const added = fresh.filter((row) => !known.has(row.id))
  const first = updated[0]
  if (first) updated[0] = { ...first, data: [...added, ...first.data] }
  return { pages: { ...pages, pages: updated }, added: added.length }
}
