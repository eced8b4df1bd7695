/** What the reader may do to an object and to what is in it, as the server says; and whom to ask for more. */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { request } from './client'
import { meQuery } from './objects'

export const ACTIONS = [
  'read',
  'create',
  'update',
  'delete',
  'read_acls',
  'create_acls',
  'update_acls',
  'delete_acls',
] as const
export type Action = (typeof ACTIONS)[number]

export type Permissions = {
  object_type: string
  object_id: string
  role: string
  actions: Record<string, Action[] | undefined>
  owners: string[]
}

export const permissionsQuery = (objectType: string, objectId: string) =>
  queryOptions({
    queryKey: ['permissions', objectType, objectId],
    queryFn: ({ signal }) =>
      request<Permissions>('/v1/permission', {
        params: { object_type: objectType, object_id: objectId },
        signal,
      }),
    staleTime: 60_000,
    enabled: objectId !== '',
  })

/** Permissions in the organization; undefined until they are known. */
export function useOrgPermissions(): Permissions | undefined {
  const { data: me } = useQuery(meQuery)
  return useQuery(permissionsQuery('organization', me?.org.id ?? '')).data
}

/** Whether something is allowed. While nothing is known yet nothing is denied: the server has the last word. */
export function may(permissions: Permissions | undefined, kind: string, action: Action): boolean {
  return permissions === undefined || (permissions.actions[kind] ?? []).includes(action)
}
