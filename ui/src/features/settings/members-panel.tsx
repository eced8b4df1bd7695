import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { UserMinus } from 'lucide-react'
import { useState } from 'react'
import { request } from '@/api/client'
import { meQuery } from '@/api/objects'
import { may, useOrgPermissions } from '@/api/permissions'
import { ReadOnlyNote } from '@/components/forbidden'
import { ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { SkeletonRows, Tag } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notify, notifyError } from '@/components/ui/toast'
import { Invite } from './invite'
import { PanelHead } from './panel-head'

type Role = 'owner' | 'member' | 'viewer' | 'guest'
export type Member = {
  id: string
  email: string
  given_name: string | null
  family_name: string | null
  created: string
  role: Role
  service_account: boolean
}
type Group = { id: string; name: string; member_users: string[] | null }

const ROLES: readonly { value: Role; label: string; about: string }[] = [
  { value: 'owner', label: t`owner`, about: t`may do anything` },
  { value: 'member', label: t`member`, about: t`works in every project` },
  { value: 'viewer', label: t`viewer`, about: t`reads every project` },
  { value: 'guest', label: t`guest`, about: t`sees only what access rules give` },
]
const NEEDS = t`update the organization`

export const membersQuery = {
  queryKey: ['settings', '/v1/user', 'all'],
  queryFn: async ({ signal }: { signal: AbortSignal }) =>
    (await request<{ objects: Member[] }>('/v1/user', { params: { limit: 1000 }, signal })).objects,
}
export const groupsQuery = {
  queryKey: ['settings', '/v1/group', 'all'],
  queryFn: async ({ signal }: { signal: AbortSignal }) =>
    (await request<{ objects: Group[] }>('/v1/group', { params: { limit: 1000 }, signal })).objects,
}

export const nameOf = (member: Member): string =>
  member.service_account
    ? (member.given_name ?? member.email)
    : [member.given_name, member.family_name].filter(Boolean).join(' ') || member.email

/** People and programs of the organization: invited, given another role, put into groups, removed. */
export function MembersPanel() {
  const client = useQueryClient()
  const permissions = useOrgPermissions()
  const { data: me } = useQuery(meQuery)
  const members = useQuery(membersQuery)
  const groups = useQuery({ ...groupsQuery, enabled: may(permissions, 'group', 'read') })
  const [leaving, setLeaving] = useState<Member | null>(null)
  const [grouping, setGrouping] = useState<Member | null>(null)
  const manages = permissions !== undefined && may(permissions, 'organization', 'update')
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ['settings'] })
  const change = useMutation({
    mutationFn: (body: Record<string, unknown>) =>
      request('/v1/organization/members', { method: 'PATCH', body }),
    onSuccess: async () => {
      setLeaving(null)
      notify(t`Done`)
      await refresh()
      await client.invalidateQueries({ queryKey: ['permissions'] })
    },
    onError: async (problem) => {
      notifyError(t`It was not changed`, problem)
      await refresh()
    },
  })
  return (
    <section aria-label={t`Members`} className="min-w-0">
      <PanelHead
        title={t`Members`}
        about={t`Who is in. The role counts in the whole organization; access rules and groups add to it.`}
        read={{ path: '/v1/user', name: 'members', part: '["objects"]' }}
      />
      {permissions && !manages ? <ReadOnlyNote needs={NEEDS} /> : null}
      {manages ? <Invite /> : null}
      {members.error ? <ErrorState error={members.error} retry={() => void members.refetch()} /> : null}
      {members.isPending ? <SkeletonRows rows={4} label={t`Loading members`} /> : null}
      {members.data ? (
        <div className="relative overflow-x-auto">
          <table className="w-full text-left">
            <thead>
              <tr className="border-y border-line text-xs text-ink-3">
                {[t`Name`, t`E-mail`, t`Role`, t`Groups`, t`Created`].map((label) => (
                  <th key={label} scope="col" className="py-1.5 pr-4 font-normal whitespace-nowrap">
                    {label}
                  </th>
                ))}
                <th scope="col">
                  <span className="sr-only">{t`Actions`}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {members.data.map((member) => (
                <MemberRow
                  key={member.id}
                  member={member}
                  mine={(groups.data ?? []).filter((one) => one.member_users?.includes(member.id))}
                  you={member.id === me?.user.id}
                  manages={manages}
                  busy={change.isPending}
                  onRole={(role) => change.mutate({ change_users: [{ id: member.id, role }] })}
                  onGroups={() => setGrouping(member)}
                  onRemove={() => setLeaving(member)}
                />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {leaving ? (
        <Dialog
          open
          onClose={() => setLeaving(null)}
          title={t`Remove ${nameOf(leaving)}?`}
          width="max-w-sm"
          footer={
            <>
              <Button onClick={() => setLeaving(null)}>{t`Cancel`}</Button>
              <Button
                variant="danger"
                disabled={change.isPending}
                onClick={() => change.mutate({ remove_users: { ids: [leaving.id] } })}
              >
                {t`Remove`}
              </Button>
            </>
          }
        >
          <p className="text-ink-2">
            {t`Keys and sessions end at once; groups and access rules forget them. What they made stays.`}
          </p>
        </Dialog>
      ) : null}
      {grouping ? (
        <GroupsOf
          member={grouping}
          groups={groups.data ?? []}
          onClose={() => setGrouping(null)}
          onDone={refresh}
        />
      ) : null}
    </section>
  )
}

type RowProps = {
  member: Member
  mine: readonly Group[]
  you: boolean
  manages: boolean
  busy: boolean
  onRole: (role: string) => void
  onGroups: () => void
  onRemove: () => void
}

function MemberRow({ member, mine, you, manages, busy, onRole, onGroups, onRemove }: RowProps) {
  const name = nameOf(member)
  return (
    <tr className="border-b border-line">
      <td className="max-w-56 truncate py-1.5 pr-4">
        {name} {you ? <Tag>{t`you`}</Tag> : null} {member.service_account ? <Tag>{t`program`}</Tag> : null}
      </td>
      <td className="max-w-64 truncate pr-4" title={member.email}>
        {member.service_account ? <span className="text-ink-3">–</span> : member.email}
      </td>
      <td className="pr-4">
        {manages ? (
          <select
            aria-label={t`Role of ${name}`}
            value={member.role}
            disabled={busy}
            onChange={(event) => onRole(event.target.value)}
            className="field h-7 px-1.5 max-sm:h-8"
          >
            {ROLES.map((role) => (
              <option key={role.value} value={role.value} title={role.about}>
                {role.label}
              </option>
            ))}
          </select>
        ) : (
          member.role
        )}
      </td>
      <td className="max-w-56 pr-4">
        {mine.map((one) => (
          <Tag key={one.id}>{one.name}</Tag>
        ))}{' '}
        {manages ? (
          <button
            type="button"
            className="text-s text-accent hover:underline"
            aria-label={t`change groups of ${name}`}
            onClick={onGroups}
          >
            {t`change`}
          </button>
        ) : null}
      </td>
      <td className="pr-4">
        <Time iso={member.created} />
      </td>
      <td className="w-8 text-right">
        {manages ? (
          <Button
            variant="ghost"
            icon={<UserMinus size={14} aria-hidden />}
            aria-label={t`Remove ${name}`}
            onClick={onRemove}
          />
        ) : null}
      </td>
    </tr>
  )
}

type GroupsProps = {
  member: Member
  groups: readonly Group[]
  onClose: () => void
  onDone: () => Promise<void>
}

function GroupsOf({ member, groups, onClose, onDone }: GroupsProps) {
  const before = new Set(groups.filter((one) => one.member_users?.includes(member.id)).map((one) => one.id))
  const [chosen, setChosen] = useState<ReadonlySet<string>>(before)
  const save = useMutation({
    mutationFn: () =>
      Promise.all(
        groups
          .filter((one) => chosen.has(one.id) !== before.has(one.id))
          .map((one) =>
            request(`/v1/group/${one.id}`, {
              method: 'PATCH',
              body: { [chosen.has(one.id) ? 'add_member_users' : 'remove_member_users']: [member.id] },
            }),
          ),
      ),
    onSuccess: async () => {
      await onDone()
      onClose()
    },
    onError: (problem) => notifyError(t`The groups were not changed`, problem),
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Groups of ${nameOf(member)}`}
      width="max-w-sm"
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" disabled={save.isPending} onClick={() => save.mutate()}>
            {t`Save`}
          </Button>
        </>
      }
    >
      {groups.length === 0 ? <p className="text-ink-2">{t`There is no group yet.`}</p> : null}
      {groups.map((one) => (
        <label key={one.id} className="flex items-center gap-2 py-1">
          <input
            type="checkbox"
            className="accent-accent"
            checked={chosen.has(one.id)}
            onChange={(event) => {
              const next = new Set(chosen)
              if (event.target.checked) next.add(one.id)
              else next.delete(one.id)
              setChosen(next)
            }}
          />
          {one.name}
        </label>
      ))}
    </Dialog>
  )
}
