import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '@/api/client'
import { NameDialog } from './name-dialog'
import { notify } from './ui/toast'

type Named = { id: string; project_id: string; name: string; description?: string | null }

type Props = {
  kind: 'dataset' | 'experiment'
  object: Named
  /** Names the others have. */
  taken: readonly string[]
  onDone: (name: string) => void
  onClose: () => void
}

/** Another name, and a word on what it is. */
export function RenameDialog({ kind, object, taken, onDone, onClose }: Props) {
  const client = useQueryClient()
  const [description, setDescription] = useState(object.description ?? '')
  const save = useMutation({
    mutationFn: (name: string) =>
      request(`/v1/${kind}/${object.id}`, {
        method: 'PATCH',
        body: { name, description: description.trim() || null },
      }),
    onSuccess: (_, name) => {
      notify(t`Saved`)
      onDone(name)
      onClose()
      // After the page went to the new name: the old one is not found any more.
      void client.invalidateQueries({ queryKey: [`${kind}s`, object.project_id] })
    },
  })
  return (
    <NameDialog
      title={t`Name and description`}
      description={t`Links that name it by its old name lead nowhere afterwards; those by its id still do.`}
      start={object.name}
      action={t`Save`}
      busy={save.isPending}
      error={save.error}
      problem={(name) =>
        name !== object.name && taken.includes(name) ? t`There is one called ${name} already.` : null
      }
      onSave={(name) => save.mutate(name)}
      onClose={onClose}
    >
      <label className="block text-s font-medium">
        {t`Description`}
        <textarea
          value={description}
          rows={3}
          maxLength={2000}
          onChange={(event) => setDescription(event.target.value)}
          className="mt-1 w-full rounded border border-line-strong bg-bg px-2 py-1 outline-none focus:border-accent"
        />
      </label>
    </NameDialog>
  )
}
