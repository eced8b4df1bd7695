import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { createDataset } from '@/api/objects'
import { NameDialog } from '@/components/name-dialog'
import { useProject } from '../projects/project-context'

export function NewDatasetDialog({ onClose }: { onClose: () => void }) {
  const { org, project } = useProject()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const create = useMutation({
    mutationFn: (name: string) => createDataset(project.id, name),
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
    <NameDialog
      title={t`New dataset`}
      placeholder="too-long-playlists"
      action={t`Create`}
      busy={create.isPending}
      error={create.error}
      onSave={(name) => create.mutate(name)}
      onClose={onClose}
    />
  )
}
