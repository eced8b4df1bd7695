import { t } from '@lingui/core/macro'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { GitCommitHorizontal } from 'lucide-react'
import { request } from '@/api/client'
import { Time } from '@/components/time'
import { useProject } from '../projects/project-context'
import type { Ends } from './api'
import type { Window } from './questions'

/** An environment began to use another version of a prompt or scorer, or (null) none. */
export type PinChange = {
  id: string
  created: string
  environment_slug: string
  object_type: string
  object_id: string
  object_name: string
  object_version: string | null
  actor_name: string | null
}

const pinChangesQuery = (projectId: string, since: string, until: string | null) =>
  queryOptions({
    queryKey: ['monitor', 'pins', projectId, since, until],
    queryFn: async ({ signal }) => {
      const params = { project_id: projectId, since, until }
      return (await request<{ objects: PinChange[] }>('/environment-object/changes', { params, signal }))
        .objects
    },
    staleTime: 30_000,
  })

/** What environments of a project changed to in the time on show, newest first. */
export function usePinChanges(projectId: string, ends: Ends | null | undefined, window: Window): PinChange[] {
  const since = new Date(ends?.first ?? 0).toISOString()
  const { data } = useQuery({ ...pinChangesQuery(projectId, since, window.to), enabled: Boolean(ends) })
  return data ?? NONE
}

const NONE: PinChange[] = []

/** The changes that charts mark with a flag. */
export function PinChanges({ changes }: { changes: readonly PinChange[] }) {
  if (changes.length === 0) return null
  return (
    <section aria-label={t`Changes of environments`} className="px-3.5 pb-4">
      <h2 className="mb-1.5 text-s font-semibold">{t`Changes of environments`}</h2>
      <ul className="divide-y divide-line border-y border-line">
        {changes.map((change) => (
          <li key={change.id} className="flex min-h-8 flex-wrap items-center gap-x-2 py-1 text-s">
            <GitCommitHorizontal size={14} aria-hidden className="text-ink-3" />
            <What change={change} />
            <span className="ml-auto flex gap-x-2 text-ink-3">
              {change.actor_name}
              <Time iso={change.created} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function What({ change }: { change: PinChange }) {
  const { org, project } = useProject()
  const { environment_slug: environment, object_name: name, object_version: version } = change
  return (
    <Link
      to="/app/$org/p/$project/functions/$id"
      params={{ org, project: project.name, id: change.object_id }}
      className="min-w-0 truncate hover:underline"
    >
      {version
        ? t`${environment} began to use another version of ${name}`
        : t`${environment} uses the newest ${name} again`}
    </Link>
  )
}
