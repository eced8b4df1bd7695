import { useQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { Answer, Row } from '@/api/types'
import { scriptedQuery } from './api'

/** Root span ids of the loaded traces that the scripted model answered; one small query for each page. */
export function useScripted(projectId: string, pages: readonly Answer<Row>[]): ReadonlySet<string> {
  const found = useQueries({
    queries: pages.map((page) =>
      scriptedQuery(projectId, [...new Set(page.data.map((row) => row.root_span_id))]),
    ),
    combine: (results) => results.flatMap((result) => result.data ?? []).join(' '),
  })
  return useMemo(() => new Set(found.split(' ')), [found])
}
