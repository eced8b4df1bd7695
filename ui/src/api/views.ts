/** Named views of a project, kept on the server: what a page shows, for everyone in the project. */
import { request } from './client'

export type StoredView = {
  id: string
  name: string
  created: string
  user_id?: string | null
  options?: Record<string, unknown> | null
}
export type ViewType = 'monitor' | 'sql'

const about = (projectId: string) => ({ object_type: 'project', object_id: projectId })

export async function listViews(
  projectId: string,
  type: ViewType,
  signal?: AbortSignal,
): Promise<StoredView[]> {
  const { objects } = await request<{ objects: StoredView[] }>('/v1/view', {
    params: { ...about(projectId), view_type: type, limit: 1000 },
    ...(signal ? { signal } : {}),
  })
  return objects
}

export function createView(
  projectId: string,
  type: ViewType,
  name: string,
  options: Record<string, unknown>,
): Promise<StoredView> {
  return request('/v1/view', {
    method: 'POST',
    body: { ...about(projectId), view_type: type, name, options },
  })
}

export function saveView(
  projectId: string,
  id: string,
  changes: { name?: string; options?: Record<string, unknown> },
): Promise<StoredView> {
  return request(`/v1/view/${id}`, { method: 'PATCH', body: { ...about(projectId), ...changes } })
}

export function deleteView(projectId: string, id: string): Promise<unknown> {
  return request(`/v1/view/${id}`, { method: 'DELETE', body: about(projectId) })
}
