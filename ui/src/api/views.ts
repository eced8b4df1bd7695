/** Views kept on the server: what a page shows and how, under a name. Boards of the monitor are views too. */
import { queryOptions } from '@tanstack/react-query'
import { request } from './client'
import { may, permissionsQuery } from './permissions'

export const VIEW_SCOPES = ['dataset', 'project', 'organization'] as const
/**
 * Where a view is offered: at one dataset, in the project (at each of its datasets), or in every project of the
 * organization. Whoever reads that sees it.
 */
export type ViewScope = (typeof VIEW_SCOPES)[number]

/** `options` belong to the page, except for `default`: the page opens with this view. */
export type View = {
  id: string
  name: string
  scope: ViewScope
  objectId: string
  options: Record<string, unknown>
}

/** The page, and the objects its views hang on. */
export type ViewsOf = { type: 'logs' | 'monitor' | 'sql' | 'experiments' | 'dataset'; project: string } & {
  [scope in ViewScope]?: string
}
export const scopesOf = (of: ViewsOf): ViewScope[] => VIEW_SCOPES.filter((scope) => of[scope])

type Stored = { id: string; name: string; options?: Record<string, unknown> | null }

const key = ({ type, project, dataset }: ViewsOf) => ['views', type, project, ...(dataset ? [dataset] : [])]

/** Views of the narrowest scope first (those of the organization for who may read it), each by name. */
export const viewsQuery = (of: ViewsOf) =>
  queryOptions({
    queryKey: key(of),
    queryFn: async ({ signal, client }): Promise<View[]> => {
      const lists = scopesOf(of).map(async (scope) => {
        const objectId = of[scope]!
        // A guest of one project has no part in the organization.
        if (scope === 'organization') {
          const permissions = await client.fetchQuery(permissionsQuery('organization', objectId))
          if (!may(permissions, 'organization', 'read')) return []
        }
        const params = { object_type: scope, object_id: objectId, view_type: of.type, limit: 1000 }
        const { objects } = await request<{ objects: Stored[] }>('/v1/view', { params, signal })
        return objects
          .map((stored) => readView(scope, objectId, stored))
          .toSorted((a, b) => a.name.localeCompare(b.name))
      })
      return (await Promise.all(lists)).flat()
    },
    staleTime: 10_000,
  })

function readView(scope: ViewScope, objectId: string, { id, name, options }: Stored): View {
  return { id, name, scope, objectId, options: options ?? {} }
}

export type NewView = Pick<View, 'name' | 'scope' | 'options'>

export async function createView(of: ViewsOf, { name, scope, options }: NewView): Promise<View> {
  const objectId = of[scope]!
  const body = { object_type: scope, object_id: objectId, view_type: of.type, name, options }
  return readView(scope, objectId, await request<Stored>('/v1/view', { method: 'POST', body }))
}

/** Change the name, or options: those named are laid over the others. */
export async function changeView(
  view: View,
  { name, options }: Partial<Pick<View, 'name' | 'options'>>,
): Promise<View> {
  const body = {
    object_type: view.scope,
    object_id: view.objectId,
    ...(name === undefined ? {} : { name }),
    ...(options === undefined ? {} : { options: { ...view.options, ...options } }),
  }
  const stored = await request<Stored>(`/v1/view/${view.id}`, { method: 'PATCH', body })
  return readView(view.scope, view.objectId, stored)
}

export function deleteView(view: View): Promise<unknown> {
  const body = { object_type: view.scope, object_id: view.objectId }
  return request(`/v1/view/${view.id}`, { method: 'DELETE', body })
}

/** What the reader opens the page with: a choice of their own, or (`chosen` false) what the project opens with. */
export type OwnDefault = { view_id: string | null; chosen: boolean }

const placeOf = ({ type, project }: ViewsOf) => ({ project_id: project, view_type: type })

export const ownDefaultQuery = (of: ViewsOf) =>
  queryOptions({
    queryKey: ['own-view', of.type, of.project],
    queryFn: ({ signal }) => request<OwnDefault>('/v1/view_default', { params: placeOf(of), signal }),
    staleTime: 60_000,
  })

/** Open the page with this view from now on (null: what is built in), or (undefined) follow the project. */
export function chooseDefault(of: ViewsOf, viewId: string | null | undefined): Promise<OwnDefault> {
  if (viewId === undefined) return request('/v1/view_default', { method: 'DELETE', params: placeOf(of) })
  return request('/v1/view_default', { method: 'PUT', body: { ...placeOf(of), view_id: viewId } })
}

/** The view a page opens with: the reader's own choice, else the project's before the organization's. */
export function defaultView(views: readonly View[], own?: OwnDefault): View | undefined {
  if (own?.chosen) return views.find((view) => view.id === own.view_id)
  return views.find((view) => view.options.default === true)
}
