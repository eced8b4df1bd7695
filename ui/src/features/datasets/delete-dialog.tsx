import { plural, t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { request } from '@/api/client'
import type { Dataset } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notify, notifyError } from '@/components/ui/toast'
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
    onError: (error) => notifyError(t`The dataset could not be deleted`, error),
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Delete ${dataset.name}?`}
      width="max-w-sm"
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant="danger" onClick={() => remove.mutate()} disabled={remove.isPending}>
            {t`Delete`}
          </Button>
        </>
      }
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
    </Dialog>
  )
}
