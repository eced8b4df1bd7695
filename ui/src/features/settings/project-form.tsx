import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { request } from '@/api/client'
import { experimentsQuery } from '@/api/objects'
import { ReadOnlyNote } from '@/components/forbidden'
import { Button } from '@/components/ui/button'
import { notify } from '@/components/ui/toast'
import type { Project } from '@/api/types'
import { Field, LINE, Problem } from '@/components/field'
import { useMay, useProject } from '../projects/project-context'
import { DeleteProject } from './delete-project'
import { PanelHead } from './panel-head'

/** What holds for the whole project: what it is, which run others are compared with, what makes two cases the same. */
export function ProjectForm({ project }: { project: Project }) {
  return (
    <>
      <Form project={project} />
      <DeleteProject project={project} />
    </>
  )
}

function Form({ project }: { project: Project }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { org } = useProject()
  const writes = useMay('project', 'update')
  const { data: experiments } = useQuery(experimentsQuery(project.id))
  const [name, setName] = useState(project.name)
  const [description, setDescription] = useState(project.description ?? '')
  const [baseline, setBaseline] = useState(project.settings?.baseline_experiment_id ?? '')
  const [key, setKey] = useState(project.settings?.comparison_key ?? '')
  const save = useMutation({
    mutationFn: () =>
      request(`/v1/project/${project.id}`, {
        method: 'PATCH',
        body: {
          name: name.trim(),
          description: description.trim() || null,
          settings: { baseline_experiment_id: baseline || null, comparison_key: key.trim() || null },
        },
      }),
    onSuccess: async () => {
      notify(t`Saved`)
      await Promise.all(
        ['projects', 'comparison', 'cases'].map((first) => client.invalidateQueries({ queryKey: [first] })),
      )
      // The address names the project.
      if (name.trim() !== project.name)
        await navigate({
          to: '/app/$org/p/$project/settings',
          params: { org, project: name.trim() },
          replace: true,
        })
    },
  })
  return (
    <form
      aria-label={t`Project`}
      className="max-w-xl space-y-3"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <PanelHead
        title={t`Project`}
        about={t`What it is called, and how its experiments are compared.`}
        read={{ path: `/v1/project/${project.id}`, name: 'project' }}
      />
      {writes ? null : <ReadOnlyNote needs={t`update this project`} />}
      <Field label={t`Name`} hint={t`Code logs to a project by its name.`}>
        <input
          className={LINE}
          value={name}
          maxLength={200}
          disabled={!writes}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      <Field label={t`Description`} optional>
        <input
          className={LINE}
          value={description}
          disabled={!writes}
          onChange={(event) => setDescription(event.target.value)}
        />
      </Field>
      <Field label={t`Baseline`} hint={t`What an experiment is compared with when it names no other.`}>
        <select
          className={LINE}
          value={baseline}
          disabled={!writes}
          onChange={(event) => setBaseline(event.target.value)}
        >
          <option value="">{t`the experiment before`}</option>
          {experiments?.map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      </Field>
      <Field
        label={t`Comparison key`}
        hint={t`Cases of two experiments with the same value are the same case: input, or a path such as metadata.case_id.`}
      >
        <input
          className={`${LINE} font-mono text-s`}
          value={key}
          disabled={!writes}
          spellCheck={false}
          placeholder={t`input`}
          onChange={(event) => setKey(event.target.value)}
        />
      </Field>
      {writes ? (
        <Button variant="primary" type="submit" disabled={!name.trim() || save.isPending}>
          {t`Save`}
        </Button>
      ) : null}
      <Problem text={save.error?.message} />
    </form>
  )
}
