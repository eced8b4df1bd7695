import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { request } from '@/api/client'
import { experimentsQuery } from '@/api/objects'
import { ReadOnlyNote } from '@/components/forbidden'
import { Button } from '@/components/ui/button'
import { notify } from '@/components/ui/toast'
import type { Project } from '@/api/types'
import { useMay } from '../projects/project-context'

const FIELD = 'mt-1 h-8 w-full rounded border border-line-strong bg-bg px-2 outline-none focus:border-accent'

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
      <label className="block text-s font-medium">
        {t`Description`}
        <input
          className={FIELD}
          value={description}
          disabled={!writes}
          onChange={(event) => setDescription(event.target.value)}
        />
      </label>
      <label className="block text-s font-medium">
        {t`Baseline`}
        <select
          className={FIELD}
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
        <span className="font-normal text-ink-3">
          {t`What an experiment is compared with when it names no other.`}
        </span>
      </label>
      <label className="block text-s font-medium">
        {t`Comparison key`}
        <input
          className={`${FIELD} font-mono text-s`}
          value={key}
          disabled={!writes}
          spellCheck={false}
          placeholder={t`input`}
          onChange={(event) => setKey(event.target.value)}
        />
        <span className="font-normal text-ink-3">
          {t`Cases of two experiments with the same value are the same case: input, or a path such as metadata.case_id.`}
        </span>
      </label>
      {writes ? (
        <Button variant="primary" type="submit" disabled={save.isPending}>
          {t`Save`}
        </Button>
      ) : null}
      {save.error ? (
        <p role="alert" className="text-s text-worse">
          {save.error.message}
        </p>
      ) : null}
    </form>
  )
}
