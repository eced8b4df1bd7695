import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '@/api/client'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notifyError } from '@/components/ui/toast'
import { groupsQuery, membersQuery, nameOf } from './members-panel'
import type { Item } from './resources'

const ids = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

/** Who is in a group: people, programs, and other groups with all who are in them. */
export function GroupDialog({ item, onClose }: { item: Item; onClose: () => void }) {
  const client = useQueryClient()
  const { data: members } = useQuery(membersQuery)
  const { data: groups } = useQuery(groupsQuery)
  const before = { users: ids(item.member_users), groups: ids(item.member_groups) }
  const [users, setUsers] = useState<ReadonlySet<string>>(new Set(before.users))
  const [nested, setNested] = useState<ReadonlySet<string>>(new Set(before.groups))
  const save = useMutation({
    mutationFn: () =>
      request(`/v1/group/${item.id}`, {
        method: 'PATCH',
        body: {
          add_member_users: [...users].filter((id) => !before.users.includes(id)),
          remove_member_users: before.users.filter((id) => !users.has(id)),
          add_member_groups: [...nested].filter((id) => !before.groups.includes(id)),
          remove_member_groups: before.groups.filter((id) => !nested.has(id)),
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['settings'] })
      onClose()
    },
    onError: (problem) => notifyError(t`The group was not changed`, problem),
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Members of ${item.name ?? item.id}`}
      description={t`Who is in a group of this group is in this one, too.`}
      width="max-w-md"
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" disabled={save.isPending} onClick={() => save.mutate()}>
            {t`Save`}
          </Button>
        </>
      }
    >
      <Choices
        title={t`People and programs`}
        options={(members ?? []).map((one) => ({ id: one.id, label: nameOf(one) }))}
        chosen={users}
        onChange={setUsers}
      />
      <Choices
        title={t`Groups`}
        options={(groups ?? [])
          .filter((one) => one.id !== item.id)
          .map((one) => ({ id: one.id, label: one.name }))}
        chosen={nested}
        onChange={setNested}
      />
    </Dialog>
  )
}

type ChoicesProps = {
  title: string
  options: readonly { id: string; label: string }[]
  chosen: ReadonlySet<string>
  onChange: (chosen: ReadonlySet<string>) => void
}

function Choices({ title, options, chosen, onChange }: ChoicesProps) {
  return (
    <fieldset className="pb-2">
      <legend className="text-s font-medium">{title}</legend>
      {options.length === 0 ? <p className="text-s text-ink-3">{t`None.`}</p> : null}
      {options.map(({ id, label }) => (
        <label key={id} className="flex items-center gap-2 py-0.5">
          <input
            type="checkbox"
            className="accent-accent"
            checked={chosen.has(id)}
            onChange={(event) => {
              const next = new Set(chosen)
              if (event.target.checked) next.add(id)
              else next.delete(id)
              onChange(next)
            }}
          />
          {label}
        </label>
      ))}
    </fieldset>
  )
}
