/** Links that show one object to whoever has them, and what the organization allows of that. */
import { queryOptions } from '@tanstack/react-query'
import { request } from './client'
import type { Experiment } from './types'

/** What a link shows: an experiment beside its baselines, one trace, or a board. */
export type LinkTarget =
  | { object_type: 'experiment'; object_id: string; baseline_ids: string[] }
  | { object_type: 'project_logs' | 'experiment'; object_id: string; root_span_id: string }
  | { object_type: 'view'; object_id: string; project_id: string }

export type SharedLink = {
  id: string
  kind: 'experiment' | 'trace' | 'board'
  object_id: string
  root_span_id: string | null
  name: string
  preview_token: string
  created: string
  expires_at: string | null
}
export type NewLink = SharedLink & { token: string; url: string }

export type Organization = {
  id: string
  name: string
  public_links: 'allowed' | 'forbidden'
  embed_origins: string[]
}

export const organizationQuery = queryOptions({
  queryKey: ['organization'],
  queryFn: async ({ signal }) =>
    (await request<{ objects: Organization[] }>('/v1/organization', { signal })).objects[0]!,
  staleTime: 15_000,
})

export function changeOrganization(
  { id }: Organization,
  changes: Partial<Pick<Organization, 'public_links' | 'embed_origins'>>,
): Promise<Organization> {
  return request(`/v1/organization/${id}`, { method: 'PATCH', body: changes })
}

/** Links to one object that were not revoked, newest first. */
export const sharedLinksQuery = (projectId: string, target: LinkTarget) =>
  queryOptions({
    queryKey: ['shared-links', projectId, target.object_id, traceOf(target)],
    queryFn: async ({ signal }) => {
      const { object_type, object_id } = target
      const params = { project_id: projectId, object_type, object_id, root_span_id: traceOf(target) }
      const { objects } = await request<{ objects: SharedLink[] }>('/v1/shared_link', { params, signal })
      return objects.filter((link) => link.root_span_id === traceOf(target))
    },
  })

function traceOf(target: LinkTarget): string | null {
  return 'root_span_id' in target ? target.root_span_id : null
}

export function createSharedLink(target: LinkTarget, expiresAt: string | null): Promise<NewLink> {
  return request('/v1/shared_link', { method: 'POST', body: { ...target, expires_at: expiresAt } })
}

export function revokeSharedLink(id: string): Promise<SharedLink> {
  return request(`/v1/shared_link/${id}`, { method: 'DELETE' })
}

/** What the link shows by which this page asks. */
export type Shared = {
  kind: SharedLink['kind']
  name: string
  project_id: string
  expires_at: string | null
  experiment: Experiment | null
  baseline_ids: string[]
  trace: { object_type: 'project_logs' | 'experiment'; object_id: string; root_span_id: string } | null
  board: { id: string; name: string; charts: unknown[] } | null
}

export const sharedQuery = (token: string) =>
  queryOptions({
    queryKey: ['shared', token],
    queryFn: ({ signal }) => request<Shared>('/api/shared', { signal }),
    staleTime: 60_000,
    retry: false,
  })
