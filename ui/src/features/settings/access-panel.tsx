import { plural, t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { request } from '@/api/client'
import { ACTIONS, may, permissionsQuery, type Action } from '@/api/permissions'
import { Forbidden, ReadOnlyNote } from '@/components/forbidden'
import { ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { notifyError } from '@/components/ui/toast'
import { term } from '@/lib/terms'
import { GrantForm } from './grant-form'
import { PanelHead } from './panel-head'
import { actionLabel } from './role-dialog'

export type About = {
  type: 'project' | 'experiment' | 'dataset' | 'prompt'
  id: string
  name: string
  /** What people call it, where that is not its type. */
  noun?: string
}

type Entry = {
  subject: { type: 'user' | 'group' | 'org_role'; id: string; name: string; people: number | null }
  permissions: Action[]
  role: { id: string; name: string } | null
  restrict_object_type: string | null
  acl_id: string | null
  source: { object_type: string; object_id: string; name: string }
  inherited: boolean
}

/** Who has access to an object and through what; giving it and taking it back. */
export function AccessPanel({ about, titled = true }: { about: About; titled?: boolean }) {
  const client = useQueryClient()
  const { data: permissions } = useQuery(permissionsQuery(about.type, about.id))
  const noun = about.noun ?? term(about.type)
  const looks = may(permissions, about.type, 'read_acls')
  const queryKey = ['access', about.type, about.id]
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const params = { object_type: about.type, object_id: about.id }
      return (await request<{ objects: Entry[] }>('/v1/acl/effective', { params, signal })).objects
    },
    enabled: permissions !== undefined && looks,
  })
  const refresh = async (): Promise<void> => {
    await client.invalidateQueries({ queryKey: ['access'] })
    await client.invalidateQueries({ queryKey: ['permissions'] })
  }
  const revoke = useMutation({
    mutationFn: (id: string) => request(`/v1/acl/${id}`, { method: 'DELETE' }),
    onSuccess: refresh,
    onError: (problem) => notifyError(t`It was not taken back`, problem),
  })
  if (!looks) return <Forbidden needs={t`read the access rules of ${noun} ${about.name}`} />
  const gives = permissions !== undefined && may(permissions, about.type, 'create_acls')
  const revokes = permissions !== undefined && may(permissions, about.type, 'delete_acls')
  return (
    <section aria-label={t`Who has access`} className="min-w-0">
      {titled ? (
        <PanelHead
          title={t`Who has access`}
          about={t`To ${noun} ${about.name}, and through what.`}
          read={{
            path: '/v1/acl/effective',
            params: { object_type: about.type, object_id: about.id },
            name: 'access',
            part: '["objects"]',
          }}
        />
      ) : null}
      {permissions && !gives ? <ReadOnlyNote needs={t`create access rules of this ${noun}`} /> : null}
      {gives ? <GrantForm about={about} onDone={refresh} /> : null}
      {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <SkeletonRows rows={4} label={t`Loading who has access`} /> : null}
      {data ? (
        <ul aria-label={t`Access`} className="border-t border-line">
          {data.map((entry) => (
            <li
              key={entry.acl_id ?? entry.subject.id}
              className="flex items-start gap-3 border-b border-line py-1.5"
            >
              <div className="min-w-0 flex-1">
                <p className="break-words">
                  <strong className="font-medium">{subject(entry)}</strong> {given(entry)}
                </p>
                <p className="text-s text-ink-3">{source(entry)}</p>
              </div>
              {entry.acl_id && !entry.inherited && revokes ? (
                <Button
                  variant="ghost"
                  icon={<Trash2 size={13} aria-hidden />}
                  aria-label={t`Take back: ${subject(entry)} ${given(entry)}`}
                  disabled={revoke.isPending}
                  onClick={() => revoke.mutate(entry.acl_id ?? '')}
                />
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  )
}

function subject({ subject: { type, name, people } }: Entry): string {
  if (type === 'org_role')
    return t`Every ${name} (${plural(people ?? 0, { one: '# person', other: '# people' })})`
  return type === 'group' ? t`Group ${name}` : name
}

function given({ permissions, role, restrict_object_type: kind }: Entry): string {
  const all = permissions.length === ACTIONS.length
  const actions = permissions.map(actionLabel).join(', ')
  const allowed = role
    ? all
      ? t`as ${role.name}: everything`
      : t`as ${role.name}: ${actions}`
    : all
      ? t`may do everything`
      : t`may ${actions}`
  return kind ? t`${allowed}, only on objects of kind ${term(kind)} in it` : allowed
}

const SOURCES: Record<string, string> = {
  organization: t`the organization`,
  project: t`project`,
  project_group_projects: t`the group of projects`,
}

function source(entry: Entry): string {
  if (entry.subject.type === 'org_role') return t`By their role in the organization`
  if (!entry.inherited) return t`Given here`
  const { object_type: type, name } = entry.source
  if (type === 'org_project') return t`Inherited from a rule on every project`
  return t`Inherited from ${SOURCES[type] ?? type} ${name}`
}
