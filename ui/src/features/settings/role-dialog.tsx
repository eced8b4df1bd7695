import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '@/api/client'
import { ACTIONS } from '@/api/permissions'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notifyError } from '@/components/ui/toast'
import { term } from '@/lib/terms'
import type { Item } from './resources'

type Permission = { permission: string; restrict_object_type: string | null }

/** Kinds a permission can be for, as access rules call them; null is every kind. */
const KINDS: readonly { type: string | null; label: string }[] = [
  { type: null, label: t`everything` },
  { type: 'project', label: t`projects` },
  { type: 'project_log', label: t`logs` },
  { type: 'experiment', label: t`experiments` },
  { type: 'dataset', label: t`datasets` },
  { type: 'prompt', label: t`prompts and functions` },
]

const key = (permission: string, type: string | null): string => `${permission} ${type ?? ''}`
const parsed = (one: string): Permission => {
  const [permission = '', type = ''] = one.split(' ')
  return { permission, restrict_object_type: type || null }
}

/** What a role may do: an action for every kind of object, or for one. */
export function RoleDialog({ item, onClose }: { item: Item; onClose: () => void }) {
  const client = useQueryClient()
  const stored = (Array.isArray(item.member_permissions) ? item.member_permissions : []) as Permission[]
  const before = stored.map((one) => key(one.permission, one.restrict_object_type ?? null))
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(before))
  const fixed = item.org_id == null
  const save = useMutation({
    mutationFn: () =>
      request(`/v1/role/${item.id}`, {
        method: 'PATCH',
        body: {
          add_member_permissions: [...chosen].filter((one) => !before.includes(one)).map(parsed),
          remove_member_permissions: before.filter((one) => !chosen.has(one)).map(parsed),
        },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['settings'] })
      onClose()
    },
    onError: (problem) => notifyError(t`The role was not changed`, problem),
  })
  const toggle = (one: string): void => {
    const next = new Set(chosen)
    if (!next.delete(one)) next.add(one)
    setChosen(next)
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Permissions of ${item.name ?? item.id}`}
      description={
        fixed
          ? t`A built-in role; it cannot be changed.`
          : t`It counts on the object an access rule names, and on what is in that.`
      }
      width="max-w-2xl"
      footer={
        <>
          <Button onClick={onClose}>{fixed ? t`Close` : t`Cancel`}</Button>
          {fixed ? null : (
            <Button variant="primary" disabled={save.isPending} onClick={() => save.mutate()}>
              {t`Save`}
            </Button>
          )}
        </>
      }
    >
      <div className="overflow-x-auto">
        <table className="w-full text-left text-s">
          <thead>
            <tr className="border-b border-line text-ink-3">
              <th scope="col" className="py-1 pr-3 font-normal">
                {t`On`}
              </th>
              {ACTIONS.map((action) => (
                <th key={action} scope="col" className="px-1.5 py-1 text-center font-normal">
                  {actionLabel(action)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {KINDS.map(({ type, label }) => (
              <tr key={label} className="border-b border-line">
                <th scope="row" className="py-1 pr-3 font-normal whitespace-nowrap">
                  {label}
                </th>
                {ACTIONS.map((action) => (
                  <td key={action} className="px-1.5 text-center">
                    <input
                      type="checkbox"
                      className="accent-accent"
                      aria-label={`${actionLabel(action)} ${label}`}
                      disabled={fixed || (type !== null && chosen.has(key(action, null)))}
                      checked={chosen.has(key(action, type)) || chosen.has(key(action, null))}
                      onChange={() => toggle(key(action, type))}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Dialog>
  )
}

/** "create_acls" is about access rules. */
export const actionLabel = (action: string): string => term(action)
