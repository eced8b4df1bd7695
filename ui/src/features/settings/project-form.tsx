import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '@/api/client'
import { experimentsQuery } from '@/api/objects'
import { ReadOnlyNote } from '@/components/forbidden'
import { Button } from '@/components/ui/button'
import { notify } from '@/components/ui/toast'
import type { Project } from '@/api/types'
import { Field, LINE, Problem } from '@/components/field'
import { useMay } from '../projects/project-context'

/** What holds for the whole project: what it is, which run others are compared with, what makes two cases the same. */
export function ProjectForm({ project }: { project: Project }) {
  const client = useQueryClient()
  const writes = useMay('project', 'update')
  const { data: experiments } = useQuery(experimentsQuery(project.id))
  const [description, setDescription] = useState(project.description ?? '')
  const [baseline, setBaseline] = useState(project.settings?.baseline_experiment_id ?? '')
  const [key, setKey] = useState(project.settings?.comparison_key ?? '')
  const save = useMutation({
    mutationFn: () =>
      request(`/v1/project/${project.id}`, {
        method: 'PATCH',
        body: {
          description: description.trim() || null,
          settings: { baseline_experiment_id: baseline || null, comparison_key: key.trim() || null },
        },
      }),
    onSuccess: async () => {
      notify(t`Saved`)
      await Promise.all(
        ['projects', 'comparison', 'cases'].map((first) => client.invalidateQueries({ queryKey: [first] })),
      )
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
      <h2 className="text-l font-semibold">{t`Project`}</h2>
      {writes ? null : <ReadOnlyNote needs={t`update this project`} />}
      <Field label={t`Description`}>
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
        <Button variant="primary" type="submit" disabled={save.isPending}>
          {t`Save`}
        </Button>
      ) : null}
      <Problem text={save.error?.message} />
    </form>
  )
}
