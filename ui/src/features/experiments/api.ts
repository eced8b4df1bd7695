import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { fetchCases, type CasesArguments } from '@/api/objects'
import { runQuery } from '@/api/query'
import { select } from '@/lib/sql'
import { SCRIPTED_SQL } from '../traces/tree'

export const casesQuery = (query: Omit<CasesArguments, 'cursor'>) =>
  infiniteQueryOptions({
    queryKey: ['cases', query.experimentId, query.to, query.filter, query.score],
    queryFn: ({ pageParam, signal }) => fetchCases({ ...query, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page): string | null => (page.cases.length > 0 ? page.cursor : null),
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  })

/** Whether any answer in the experiment came from the scripted model. */
export const scriptedQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ['scripted-experiment', experimentId],
    queryFn: async ({ signal }) => {
      const query = select({
        columns: 'id',
        from: 'experiment',
        id: experimentId,
        where: [SCRIPTED_SQL],
        tail: 'LIMIT 1',
      })
      return (await runQuery({ query }, signal)).data.length > 0
    },
    staleTime: 60_000,
  })
