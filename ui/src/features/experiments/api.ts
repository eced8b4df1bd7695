import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query'
import { fetchCases, type CasesArguments } from '@/api/objects'

export const casesQuery = (query: Omit<CasesArguments, 'cursor'>) =>
  infiniteQueryOptions({
    queryKey: ['cases', query.experimentId, query.to, query.filter, query.score],
    queryFn: ({ pageParam, signal }) => fetchCases({ ...query, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page): string | null => (page.cases.length > 0 ? page.cursor : null),
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  })
