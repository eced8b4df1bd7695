import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { request } from '@/api/client'
import { may, permissionsQuery } from '@/api/permissions'
import type { Project } from '@/api/types'
import { ReadOnlyNote } from '@/components/forbidden'
import { ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Problem } from '@/components/field'
import { Dialog } from '@/components/ui/dialog'
import { notify, notifyError } from '@/components/ui/toast'
import { PanelHead } from './panel-head'

const TYPES = [
  { type: 'project_logs', label: t`Logs`, about: t`Traces, with everything in them.` },
  { type: 'experiment', label: t`Experiments`, about: t`Rows of experiments; the experiments stay, empty.` },
  { type: 'dataset', label: t`Datasets`, about: t`Rows of datasets, in old versions, too.` },
] as const
type Type = (typeof TYPES)[number]
type Config = { event_type: string; object_type?: string; retention_days?: number; status?: string | null }
type Automation = { id: string; name: string; config: Config }

/** For how many days rows are kept. */
export function RetentionPanel({ project }: { project: Project }) {
  const client = useQueryClient()
  const { data: permissions } = useQuery(permissionsQuery('project', project.id))
  const queryKey = ['settings', '/v1/project_automation', 'retention', project.id]
  const { data, error, refetch } = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const params = { project_id: project.id, limit: 1000 }
      const found = await request<{ objects: Automation[] }>('/v1/project_automation', { params, signal })
      return found.objects.filter((one) => one.config.event_type === 'retention')
    },
  })
  const writes = permissions !== undefined && may(permissions, 'project', 'update')
  return (
    <section aria-label={t`Retention`} className="max-w-2xl min-w-0">
      <PanelHead
        title={t`Retention`}
        about={t`Rows older than this are deleted for good, once an hour. Attachments and backups are not touched.`}
        read={{
          path: '/v1/project_automation',
          params: { project_id: project.id },
          name: 'automations',
          part: '["objects"]',
        }}
      />
      {permissions && !writes ? <ReadOnlyNote needs={t`update this project`} /> : null}
      {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <SkeletonRows rows={3} label={t`Loading retention`} /> : null}
      {data
        ? TYPES.map((type) => (
            <Rule
              key={type.type}
              project={project}
              type={type}
              stored={data.filter((one) => one.config.object_type === type.type)}
              writes={writes}
              onDone={() => client.invalidateQueries({ queryKey })}
            />
          ))
        : null}
    </section>
  )
}

type RuleProps = {
  project: Project
  type: Type
  stored: readonly Automation[]
  writes: boolean
  onDone: () => Promise<void>
}

/** The days that hold: the fewest of the rules that are active. */
function daysOf(stored: readonly Automation[]): number | null {
  const days = stored
    .filter((one) => one.config.status !== 'paused' && (one.config.retention_days ?? 0) > 0)
    .map((one) => one.config.retention_days ?? 0)
  return days.length ? Math.min(...days) : null
}

function Rule({ project, type, stored, writes, onDone }: RuleProps) {
  const id = useId()
  const now = daysOf(stored)
  const [text, setText] = useState(now === null ? '' : String(now))
  const [asked, setAsked] = useState(false)
  const days = text.trim() === '' ? null : Number(text)
  const valid = days === null || (Number.isInteger(days) && days >= 1 && days <= 36_500)
  const save = useMutation({
    mutationFn: async () => {
      const config = { event_type: 'retention', object_type: type.type, retention_days: days }
      const name = t`Retention of ${type.label.toLowerCase()}`
      const [kept, ...others] = stored
      const gone = days === null ? stored : others
      if (days !== null && kept)
        await request(`/v1/project_automation/${kept.id}`, { method: 'PATCH', body: { config } })
      else if (days !== null)
        await request('/v1/project_automation', {
          method: 'POST',
          body: { project_id: project.id, name, config },
        })
      for (const one of gone) await request(`/v1/project_automation/${one.id}`, { method: 'DELETE' })
    },
    onSuccess: () => notify(t`Saved`),
    onError: (problem) => notifyError(t`It was not saved`, problem),
    onSettled: async () => {
      setAsked(false)
      await onDone()
    },
  })
  const shorter = days !== null && (now === null || days < now)
  return (
    <form
      aria-label={type.label}
      className="flex flex-wrap items-end gap-3 border-t border-line py-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (shorter) setAsked(true)
        else save.mutate()
      }}
    >
      <div className="min-w-48 flex-1">
        <h3 className="font-medium">{type.label}</h3>
        <p className="text-s text-ink-3">{type.about}</p>
      </div>
      <label htmlFor={id} className="text-s font-medium">
        {t`Days`}
        <input
          id={id}
          inputMode="numeric"
          disabled={!writes}
          value={text}
          placeholder={t`for ever`}
          aria-invalid={!valid}
          onChange={(event) => setText(event.target.value)}
          className="field mt-1 block h-8 w-24 px-2 disabled:text-ink-3"
        />
      </label>
      {writes ? (
        <Button type="submit" className="h-8" disabled={!valid || days === now || save.isPending}>
          {t`Save`}
        </Button>
      ) : null}
      <Problem
        text={valid ? null : t`Whole days from 1 on, or nothing to keep rows for ever.`}
        className="w-full"
      />
      {asked && days !== null ? (
        <Dialog
          open
          onClose={() => setAsked(false)}
          title={t`Delete rows older than ${plural(days, { one: '# day', other: '# days' })}?`}
          width="max-w-sm"
          footer={
            <>
              <Button onClick={() => setAsked(false)}>{t`Cancel`}</Button>
              <Button variant="danger" disabled={save.isPending} onClick={() => save.mutate()}>
                {t`Keep ${plural(days, { one: '# day', other: '# days' })}`}
              </Button>
            </>
          }
        >
          <p className="text-ink-2">
            <Trans>
              {type.label} of {project.name} that are older go within the hour. They cannot be brought back.
            </Trans>
          </p>
        </Dialog>
      ) : null}
    </form>
  )
}
