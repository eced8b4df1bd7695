/** Session, projects, experiments and datasets: query options for TanStack Query, and the writes. */
import { queryOptions } from '@tanstack/react-query'
import type { Judging } from '@/lib/search-params'
import { request } from './client'
import type {
  CaseFilter,
  CasesPage,
  Comparison,
  Dataset,
  DatasetEvent,
  Experiment,
  Me,
  Project,
} from './types'

type List<T> = { objects: T[] }
const PAGE = 100

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => request<Me>('/api/me', { signal }),
  staleTime: 60_000,
})

export function login(token: string): Promise<Pick<Me, 'user' | 'org'>> {
  return request('/api/session/login', { method: 'POST', body: { token } })
}

export function logout(): Promise<unknown> {
  return request('/api/session/logout', { method: 'POST', body: {} })
}

export const projectsQuery = queryOptions({
  queryKey: ['projects'],
  queryFn: ({ signal }) => listAll<Project>('/v1/project', {}, signal),
  staleTime: 15_000,
})

export const experimentsQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['experiments', projectId],
    queryFn: ({ signal }) => listAll<Experiment>('/v1/experiment', { project_id: projectId }, signal),
    staleTime: 10_000,
  })

export const datasetsQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['datasets', projectId],
    queryFn: ({ signal }) => listAll<Dataset>('/v1/dataset', { project_id: projectId }, signal),
    staleTime: 10_000,
  })

export function createDataset(projectId: string, name: string): Promise<Dataset> {
  return request('/v1/dataset', { method: 'POST', body: { project_id: projectId, name } })
}

export function insertRows(datasetId: string, events: DatasetEvent[]): Promise<{ row_ids: string[] }> {
  return request(`/v1/dataset/${datasetId}/insert`, { method: 'POST', body: { events } })
}

/** `to` are the ids of the baselines, the main one first; none lets the server use the stored one. */
export const comparisonQuery = (
  experimentId: string,
  to: readonly string[] = [],
  judging: Judging = {},
  slice?: string,
) =>
  queryOptions({
    queryKey: ['comparison', experimentId, to, slice, judging],
    queryFn: ({ signal }) =>
      request<Comparison>(`/v1/experiment/${experimentId}/compare`, {
        params: { to, slice, ...judging },
        signal,
      }),
    staleTime: 10_000,
  })

export type CasesArguments = {
  experimentId: string
  to: readonly string[]
  filter: CaseFilter
  score: string | null
  cluster: string | undefined
  /** Only cases of one value of a path; null: those without one. */
  part?: { slice: string; value: string | null } | undefined
  cursor: string | null
}

export function fetchCases(
  { experimentId, to, filter, score, cluster, part, cursor }: CasesArguments,
  signal: AbortSignal,
): Promise<CasesPage> {
  const query = new URLSearchParams([...to.map((id) => ['to', id]), ['filter', filter], ['limit', `${PAGE}`]])
  if (score !== null) query.set('score', score)
  if (cluster !== undefined) query.set('cluster', cluster)
  if (cursor !== null) query.set('cursor', cursor)
  if (part) {
    query.set('slice', part.slice)
    query.set('value', part.value ?? '') // an empty value asks for the cases without one
  }
  return request(`/v1/experiment/${experimentId}/cases?${query.toString()}`, { signal })
}

/** Follow `starting_after` to the end of a list. */
async function listAll<T extends { id: string }>(
  path: string,
  params: Record<string, string>,
  signal: AbortSignal,
): Promise<T[]> {
  const all: T[] = []
  for (;;) {
    const after = all.at(-1)?.id ?? null
    const { objects } = await request<List<T>>(path, {
      params: { ...params, limit: 1000, starting_after: after },
      signal,
    })
    all.push(...objects)
    if (objects.length < 1000) return all
  }
}
