import { plural, t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { request } from '@/api/client'
import type { Dataset } from '@/api/types'
import { FormDialog } from '@/components/form-dialog'
import { notify } from '@/components/ui/toast'
import { useProject } from '../projects/project-context'
import { headQuery } from './api'

/** Asks before a dataset goes, with the number of rows that go with it. */
export function DeleteDialog({ dataset, onClose }: { dataset: Dataset; onClose: () => void }) {
  const { org, project } = useProject()
  const navigate = useNavigate()
  const client = useQueryClient()
  const { data: head } = useQuery(headQuery(dataset.id))
  const remove = useMutation({
    mutationFn: () => request(`/v1/dataset/${dataset.id}`, { method: 'DELETE' }),
    onSuccess: async () => {
      notify(t`${dataset.name} is deleted`)
      await navigate({ to: '/app/$org/p/$project/datasets', params: { org, project: project.name } })
      await client.invalidateQueries({ queryKey: ['datasets', project.id] })
    },
  })
  return (
    <FormDialog
      title={t`Delete ${dataset.name}?`}
      width="max-w-sm"
      action={t`Delete`}
      danger
      ready
      busy={remove.isPending}
      error={remove.error}
      onSubmit={() => remove.mutate()}
      onClose={onClose}
    >
      <p className="break-words text-ink-2">
        {head
          ? plural(head.rows, {
              one: 'Its row goes with it, in every version, and so do its snapshots.',
              other: 'Its # rows go with it, in every version, and so do its snapshots.',
            })
          : t`Its rows go with it, in every version, and so do its snapshots.`}{' '}
        {t`Experiments that ran over it stay. This cannot be undone.`}
      </p>
    </FormDialog>
  )
}
