/** Environments of the organization, and the versions of objects they use. */
import { t } from '@lingui/core/macro'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { notify, notifyError } from '@/components/ui/toast'
import { request } from './client'

export type Environment = { id: string; name: string; slug: string }
export type Pin = { id: string; object_id: string; object_version: string; environment_slug: string }
export type PinnedType = 'dataset' | 'prompt' | 'function'

export const environmentsQuery = queryOptions({
  queryKey: ['environments'],
  queryFn: async ({ signal }) =>
    (await request<{ objects: Environment[] }>('/environment', { signal })).objects,
  staleTime: 30_000,
})

export const pinsQuery = (type: PinnedType, id: string) =>
  queryOptions({
    queryKey: ['pins', type, id],
    queryFn: async ({ signal }) =>
      (await request<{ objects: Pin[] }>(`/environment-object/${type}/${id}`, { signal })).objects,
    staleTime: 10_000,
  })

/** The environments that use versions of one object, and how to change that. */
export function usePins(type: PinnedType, id: string) {
  const client = useQueryClient()
  const { data: environments = [] } = useQuery(environmentsQuery)
  const { data: pins = [] } = useQuery(pinsQuery(type, id))
  const path = (slug: string): string => `/environment-object/${type}/${id}/${encodeURIComponent(slug)}`
  const change = useMutation({
    mutationFn: ({ slug, version }: { slug: string; version: string | null }) =>
      version === null
        ? request(path(slug), { method: 'DELETE' })
        : request(path(slug), { method: 'PUT', body: { object_version: version } }),
    onSuccess: (_done, { slug, version }) =>
      notify(version === null ? t`${slug} uses the newest version again` : t`${slug} uses this version`),
    onError: (problem) => notifyError(t`The environment was not changed`, problem),
    onSettled: () => client.invalidateQueries({ queryKey: ['pins'] }),
  })
  return {
    environments,
    pins,
    pinnedAt: (version: string) => pins.filter((pin) => pin.object_version === version),
    pin: (slug: string, version: string) => change.mutate({ slug, version }),
    unpin: (slug: string) => change.mutate({ slug, version: null }),
  }
}
