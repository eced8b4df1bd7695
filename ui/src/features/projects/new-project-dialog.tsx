import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { request } from '@/api/client'
import { projectsQuery } from '@/api/objects'
import type { Project } from '@/api/types'
import { NameDialog } from '@/components/name-dialog'

/** Makes a project and opens it. */
export function NewProjectDialog({ org, onClose }: { org: string; onClose: () => void }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { data: projects } = useQuery(projectsQuery)
  const create = useMutation({
    mutationFn: (name: string) => request<Project>('/v1/project', { method: 'POST', body: { name } }),
    onSuccess: async ({ name }) => {
      await client.invalidateQueries({ queryKey: ['projects'] })
      onClose()
      await navigate({ to: '/app/$org/p/$project/overview', params: { org, project: name } })
    },
  })
  return (
    <NameDialog
      title={t`New project`}
      description={t`It holds the traces, datasets and experiments of one application.`}
      action={t`Create`}
      busy={create.isPending}
      error={create.error}
      problem={(name) =>
        projects?.some((one) => one.name === name) ? t`There is a project of this name.` : null
      }
      onSave={(name) => create.mutate(name)}
      onClose={onClose}
    />
  )
}
