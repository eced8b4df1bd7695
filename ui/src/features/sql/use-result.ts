import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { runQuery } from '@/api/query'
import type { ResultRow } from './result-columns'

/** The rows of a query, a page after the other; `more` when there are some that were not asked for yet. */
export function useResult(query: string | undefined) {
  const state = useInfiniteQuery({
    queryKey: ['sql', query],
    queryFn: async ({ pageParam, signal }) => {
      const started = performance.now()
      const answer = await runQuery<Record<string, unknown>>({ query: query!, cursor: pageParam }, signal)
      return { ...answer, milliseconds: performance.now() - started }
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ data, cursor }) => (data.length > 0 && !isLimited(query ?? '') ? cursor : null),
    enabled: Boolean(query),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  const pages = state.data?.pages
  const rows = useMemo(
    () => pages?.flatMap((page) => page.data).map((values, index): ResultRow => ({ index, values })),
    [pages],
  )
  const { error, isFetching, isFetchingNextPage, refetch, dataUpdatedAt, errorUpdatedAt } = state
  return {
    data:
      pages?.[0] && rows
        ? {
            rows,
            more: state.hasNextPage,
            warnings: pages[0].warnings ?? [],
            milliseconds: pages[0].milliseconds,
          }
        : undefined,
    error,
    isFetching,
    dataUpdatedAt,
    errorUpdatedAt,
    isFetchingMore: isFetchingNextPage,
    refetch,
    fetchMore: () => {
      if (state.hasNextPage && !isFetchingNextPage) void state.fetchNextPage()
    },
  }
}

/** Whether a query says itself how many rows it wants: there is no more of it, whatever there is besides. */
export function isLimited(query: string): boolean {
  const last = /\blimit\s+\d+\s*;?\s*(?:settings\b[^)]*)?$/i
  return last.test(query.trim()) || /(?:^|\|)\s*limit\s*:\s*\d+/im.test(query)
}
