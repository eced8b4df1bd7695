import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { createDataset } from '@/api/objects'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { useProject } from '../projects/project-context'

export function NewDatasetDialog({ onClose }: { onClose: () => void }) {
  const { org, project } = useProject()
  const [name, setName] = useState('')
  const id = useId()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const create = useMutation({
    mutationFn: () => createDataset(project.id, name.trim()),
    onSuccess: async (dataset) => {
      await queryClient.invalidateQueries({ queryKey: ['datasets', project.id] })
      onClose()
      await navigate({
        to: '/app/$org/p/$project/datasets/$name',
        params: { org, project: project.name, name: dataset.name },
      })
    },
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`New dataset`}
      width="max-w-sm"
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" type="submit" form={id} disabled={!name.trim() || create.isPending}>
            {t`Create`}
          </Button>
        </>
      }
    >
      <form
        id={id}
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim()) create.mutate()
        }}
      >
        <label htmlFor={`${id}-name`} className="text-s font-medium">
          {t`Name`}
        </label>
        <input
          id={`${id}-name`}
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the only field of a dialog just opened
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
          placeholder="too-long-playlists"
          className="mt-1 h-8 w-full rounded border border-line-strong bg-bg px-2 outline-none focus:border-accent"
        />
        {create.error ? (
          <p role="alert" className="mt-1 text-s text-worse">
            {create.error.message}
          </p>
        ) : null}
      </form>
    </Dialog>
  )
}
