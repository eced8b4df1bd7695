import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { request } from '@/api/client'
import { projectsQuery } from '@/api/objects'
import type { Project } from '@/api/types'
import { Field, LINE } from '@/components/field'
import { FormDialog } from '@/components/form-dialog'
import { Button } from '@/components/ui/button'
import { notify } from '@/components/ui/toast'
import { useMay, useProject } from '../projects/project-context'

/** Takes a project away, once its name was typed; for those who may. */
export function DeleteProject({ project }: { project: Project }) {
  const { org } = useProject()
  const client = useQueryClient()
  const navigate = useNavigate()
  const deletes = useMay('project', 'delete')
  const [asked, setAsked] = useState(false)
  const [typed, setTyped] = useState('')
  const remove = useMutation({
    mutationFn: () => request(`/v1/project/${project.id}`, { method: 'DELETE' }),
    onSuccess: async () => {
      // The list asks the server about all that are in it.
      client.setQueryData(projectsQuery.queryKey, (all) => all?.filter(({ id }) => id !== project.id))
      await navigate({ to: '/app/$org', params: { org } })
      notify(t`Project ${project.name} is deleted`)
      await client.invalidateQueries({ queryKey: projectsQuery.queryKey })
    },
  })
  if (!deletes) return null
  return (
    <section aria-label={t`Delete the project`} className="mt-8 max-w-xl border-t border-line pt-4">
      <h3 className="font-semibold">{t`Delete the project`}</h3>
      <p className="mb-2 text-ink-2">
        {t`Its logs, experiments, datasets, prompts and boards can no longer be reached by anybody.`}
      </p>
      <Button variant="danger" onClick={() => setAsked(true)}>
        {t`Delete …`}
      </Button>
      {asked ? (
        <FormDialog
          title={t`Delete “${project.name}”?`}
          width="max-w-sm"
          action={t`Delete`}
          danger
          ready={typed === project.name}
          busy={remove.isPending}
          error={remove.error}
          onSubmit={() => remove.mutate()}
          onClose={() => setAsked(false)}
        >
          <p className="text-ink-2">
            <Trans>
              Everything in it goes with it, for everyone. Type <b className="text-ink">{project.name}</b> to
              go on.
            </Trans>
          </p>
          <Field label={t`Name of the project`}>
            <input
              className={LINE}
              value={typed}
              autoComplete="off"
              onChange={(event) => setTyped(event.target.value)}
            />
          </Field>
        </FormDialog>
      ) : null}
    </section>
  )
}
