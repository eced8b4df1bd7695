import { t } from '@lingui/core/macro'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '@/api/client'
import { ACTIONS, may, useOrgPermissions } from '@/api/permissions'
import { Button } from '@/components/ui/button'
import type { About } from './access-panel'
import { groupsQuery, membersQuery, nameOf } from './members-panel'
import { Field, LINE, Problem } from '@/components/field'
import { actionLabel } from './role-dialog'

type Role = { id: string; name: string }

/** Give a person or a group a role or one permission. */
export function GrantForm({ about, onDone }: { about: About; onDone: () => Promise<void> }) {
  const permissions = useOrgPermissions()
  const { data: members } = useQuery({ ...membersQuery, enabled: may(permissions, 'user', 'read') })
  const { data: groups } = useQuery({ ...groupsQuery, enabled: may(permissions, 'group', 'read') })
  const { data: roles } = useQuery({
    queryKey: ['settings', '/v1/role', 'choices'],
    queryFn: async ({ signal }) => (await request<{ objects: Role[] }>('/v1/role', { signal })).objects,
    enabled: may(permissions, 'role', 'read'),
  })
  const [who, setWho] = useState('')
  const [what, setWhat] = useState('')
  const give = useMutation({
    mutationFn: () => {
      const [subject, subjectId] = who.split(' ')
      const [kind, value] = what.split(' ')
      return request('/v1/acl', {
        method: 'POST',
        body: {
          object_type: about.type,
          object_id: about.id,
          [subject ?? '']: subjectId,
          [kind ?? '']: value,
        },
      })
    },
    onSuccess: async () => {
      setWho('')
      await onDone()
    },
  })
  return (
    <form
      aria-label={t`Give access`}
      className="mb-3 flex flex-wrap items-end gap-2 rounded-l border border-line p-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (who && what) give.mutate()
      }}
    >
      <Field label={t`Who`} className="min-w-40 flex-1">
        <select className={LINE} value={who} onChange={(event) => setWho(event.target.value)}>
          <option value="">{t`choose …`}</option>
          <optgroup label={t`Groups`}>
            {groups?.map((one) => (
              <option key={one.id} value={`group_id ${one.id}`}>
                {one.name}
              </option>
            ))}
          </optgroup>
          <optgroup label={t`People and programs`}>
            {members?.map((one) => (
              <option key={one.id} value={`user_id ${one.id}`}>
                {nameOf(one)}
              </option>
            ))}
          </optgroup>
        </select>
      </Field>
      <Field label={t`May`} className="min-w-32 flex-1">
        <select className={LINE} value={what} onChange={(event) => setWhat(event.target.value)}>
          <option value="">{t`choose …`}</option>
          <optgroup label={t`Role`}>
            {roles?.map((one) => (
              <option key={one.id} value={`role_id ${one.id}`}>
                {one.name}
              </option>
            ))}
          </optgroup>
          <optgroup label={t`One permission`}>
            {ACTIONS.map((action) => (
              <option key={action} value={`permission ${action}`}>
                {actionLabel(action)}
              </option>
            ))}
          </optgroup>
        </select>
      </Field>
      <Button variant="primary" type="submit" className="h-8" disabled={!who || !what || give.isPending}>
        {t`Give access`}
      </Button>
      <Problem text={give.error?.message} className="w-full" />
    </form>
  )
}
