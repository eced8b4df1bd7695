import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { request } from '@/api/client'
import { CopyButton } from '@/components/copy'
import { Button } from '@/components/ui/button'
import { notify } from '@/components/ui/toast'
import { Field, Problem } from '@/components/field'
import type { Item } from './resources'

type Added = { id: string; email: string; login_url: string | null }

/** Invite people by e-mail, into a group when one is chosen. Nothing is mailed: they log in with a link of yours. */
export function Invite() {
  const id = useId()
  const client = useQueryClient()
  const [email, setEmail] = useState('')
  const [group, setGroup] = useState('')
  const [links, setLinks] = useState<readonly Added[]>([])
  const { data: groups } = useQuery({
    queryKey: ['settings', '/v1/group', 'choices'],
    queryFn: async ({ signal }) => (await request<{ objects: Item[] }>('/v1/group', { signal })).objects,
  })
  const invite = useMutation({
    mutationFn: () =>
      request<{ added_users: Added[] }>('/v1/organization/members', {
        method: 'PATCH',
        body: {
          invite_users: {
            emails: [email.trim()],
            send_invite_emails: false,
            ...(group.startsWith('role ') ? { group_names: [group.slice(5)] } : {}),
            ...(group && !group.startsWith('role ') ? { group_ids: [group] } : {}),
          },
        },
      }),
    onSuccess: async ({ added_users: added }) => {
      setLinks(added)
      notify(t`${email.trim()} is a member now`)
      setEmail('')
      await client.invalidateQueries({ queryKey: ['settings', '/v1/user'] })
    },
  })
  return (
    <form
      className="mb-3 flex flex-wrap items-end gap-2 rounded-l border border-line p-3"
      aria-label={t`Invite`}
      onSubmit={(event) => {
        event.preventDefault()
        if (email.trim()) invite.mutate()
      }}
    >
      <h3 className="w-full font-medium">{t`Invite somebody`}</h3>
      <label className="min-w-48 flex-1 text-s font-medium max-sm:w-full max-sm:flex-none" htmlFor={id}>
        {t`E-mail`}
        <input
          id={id}
          type="email"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          placeholder={t`ada@example.com`}
          className="field mt-1 h-8 w-full px-2"
        />
      </label>
      <Field label={t`As`} className="max-w-full min-w-0">
        <select
          value={group}
          onChange={(event) => setGroup(event.target.value)}
          className="field h-8 max-w-60 px-2"
        >
          <option value="">{t`member`}</option>
          <option value="role Viewers">{t`viewer`}</option>
          <option value="role Owners">{t`owner`}</option>
          <optgroup label={t`Only what a group may`}>
            {groups?.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </optgroup>
        </select>
      </Field>
      <Button variant="primary" type="submit" disabled={!email.trim() || invite.isPending} className="h-8">
        {t`Invite`}
      </Button>
      {links.map((added) =>
        added.login_url ? (
          <div key={added.id} role="status" className="w-full text-s">
            <p>
              <Trans>
                No mail is sent. Hand on this link; it signs {added.email} in once, for 15 minutes:
              </Trans>
            </p>
            <p className="mt-0.5 flex items-center gap-2">
              <code className="min-w-0 flex-1 truncate font-mono">{added.login_url}</code>
              <CopyButton text={added.login_url} label={t`Copy the link`} />
            </p>
          </div>
        ) : null,
      )}
      <Problem text={invite.error?.message} className="w-full" />
    </form>
  )
}
