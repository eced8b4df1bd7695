/** The audit log: pages of entries, and what the filters of a page mean to the server. */
import { t } from '@lingui/core/macro'
import { infiniteQueryOptions } from '@tanstack/react-query'
import { request } from '@/api/client'
import type { Json } from '@/lib/json'
import type { SettingsSearch } from '@/lib/search-params'
import { bounds } from '@/lib/time-range'

export type Change = { before?: Json; after?: Json }
export type Entry = {
  id: string
  created: string
  action: string
  object_type: string
  object_id: string | null
  object_name: string | null
  project_id: string | null
  actor_type: 'session' | 'api_key' | 'service_token' | 'system'
  actor_id: string | null
  actor_name: string | null
  key_id: string | null
  key_name: string | null
  ip: string | null
  user_agent: string | null
  request_id: string | null
  changes: Record<string, Change>
}

export const AUDIT_ACTIONS = [
  'create',
  'update',
  'delete',
  'sign_in',
  'sign_out',
  'export',
  'expire',
] as const
export const AUDIT_TYPES = [
  'project',
  'experiment',
  'dataset',
  'dataset_snapshot',
  'prompt',
  'function',
  'environment',
  'environment_object',
  'project_score',
  'project_tag',
  'project_automation',
  'org_automation',
  'view',
  'env_var',
  'ai_secret',
  'api_key',
  'service_token',
  'member',
  'group',
  'role',
  'acl',
  'project_group',
  'organization',
  'session',
  'query',
  'audit_log',
] as const

type Wanted = Record<string, string | readonly string[] | null | undefined>

const PAGE = 200

/** Query parameters of what the address says. */
export function wanted({ t: range, do: actions, of, who, obj }: SettingsSearch): Wanted {
  const { from, to } = bounds(range)
  return { since: from, until: to, action: actions, object_type: of, actor_id: who, object_id: obj }
}

export const auditQuery = (search: SettingsSearch) => {
  const { t: range, do: actions, of, who, obj } = search
  return infiniteQueryOptions({
    queryKey: ['audit', range, actions, of, who, obj],
    queryFn: async ({ pageParam, signal }) => {
      const params = { ...wanted(search), limit: PAGE, starting_after: pageParam }
      return (await request<{ objects: Entry[] }>('/v1/audit_log', { params, signal })).objects
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.id),
    staleTime: 5_000,
  })
}

/** Address of the entries as a file. */
export function exportUrl(search: SettingsSearch, format: 'csv' | 'jsonl'): string {
  const params = new URLSearchParams({ format })
  for (const [name, value] of Object.entries(wanted(search)))
    for (const one of typeof value === 'string' ? [value] : (value ?? [])) params.append(name, one)
  return `/v1/audit_log/export?${params}`
}

/** Who it was: a person, a program by its key, or the server. */
export function whoDidIt(entry: Entry): string {
  if (entry.actor_type === 'system') return t`the server`
  return entry.actor_name ?? entry.actor_id ?? 'somebody'
}
