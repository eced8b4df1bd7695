import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useId, useMemo, useState, type ReactNode } from 'react'
import type { Row } from '@/api/types'
import { ErrorState } from '@/components/states'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notify, notifyError } from '@/components/ui/toast'
import { useProject } from '../projects/project-context'
import {
  changeAll,
  changeFor,
  combined,
  eventsOf,
  insertPath,
  isAnswered,
  type Answer,
  type Change,
  type Changes,
} from '../review/answers'
import { configsQuery } from '../review/configs'
import { ScoreInput } from '../review/score-inputs'
import { Field, LINE } from '@/components/field'
import { deleteTraces, deletions, extentQuery, useLogsRefresh } from './bulk'
import { RequestCode } from './request-code'

type Props = { rows: readonly Row[]; onClose: () => void; onDone: () => void }

/** Writes a change for each of the rows, then says so with `done`; also as code that does the same. */
export function useChanges(rows: readonly Row[], done: string, onDone: () => void) {
  const { project } = useProject()
  const refresh = useLogsRefresh()
  const place = { from: 'project_logs', objectId: project.id } as const
  const changes = (what: (row: Row) => Change): Changes =>
    rows.map((row) => ({ rowId: row.id, what: what(row) }))
  const write = useMutation({
    mutationFn: (what: (row: Row) => Change) => changeAll(place, changes(what)),
    onSuccess: async () => {
      await refresh()
      notify(done)
      onDone()
    },
    onError: (error) => notifyError(t`Nothing more was saved`, error),
  })
  const code = (what: (row: Row) => Change, disabled = false): ReactNode => (
    <RequestCode
      path={insertPath(place)}
      body={() => ({ events: eventsOf(changes(what)) })}
      disabled={disabled}
    />
  )
  return { ...write, code }
}

/** Adds tags to rows, and takes off those some of them have. */
export function TagDialog({ rows, onClose, onDone }: Props) {
  const [draft, setDraft] = useState('')
  const [off, setOff] = useState<ReadonlySet<string>>(new Set())
  const id = useId()
  const present = useMemo(() => [...new Set(rows.flatMap((row) => row.tags ?? []))].toSorted(), [rows])
  const added = draft.split(',').flatMap((text) => text.trim() || [])
  const write = useChanges(rows, plural(rows.length, { one: '# row tagged', other: '# rows tagged' }), onDone)
  const tagged = (row: Row): Change => ({
    tags: [...new Set([...(row.tags ?? []).filter((tag) => !off.has(tag)), ...added])],
  })
  const ready = (added.length > 0 || off.size > 0) && !write.isPending
  const toggle = (tag: string): void => {
    const next = new Set(off)
    if (!next.delete(tag)) next.add(tag)
    setOff(next)
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Tag ${plural(rows.length, { one: '# row', other: '# rows' })}`}
      width="max-w-sm"
      footer={
        <>
          {write.code(tagged, !ready)}
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" type="submit" form={id} disabled={!ready}>
            {t`Save`}
          </Button>
        </>
      }
    >
      <form
        id={id}
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) write.mutate(tagged)
        }}
      >
        <Field label={t`Add`}>
          <input
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- the first field of a dialog just opened
            autoFocus
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
            placeholder={t`Tags, with commas between`}
            className={LINE}
          />
        </Field>
        {present.length ? (
          <fieldset>
            <legend className="text-s font-medium">{t`Take off`}</legend>
            <div className="mt-1 flex flex-wrap gap-1.5">
              {present.map((tag) => (
                <Button key={tag} active={off.has(tag)} onClick={() => toggle(tag)}>
                  <span className="max-w-40 truncate">{tag}</span>
                </Button>
              ))}
            </div>
          </fieldset>
        ) : null}
      </form>
    </Dialog>
  )
}

/** Gives the same answers to the project's questions for each of the rows. */
export function ScoreDialog({ rows, onClose, onDone }: Props) {
  const { org, project } = useProject()
  const { data: configs, error } = useQuery(configsQuery(project.id))
  const [answers, setAnswers] = useState<Readonly<Record<string, Answer>>>({})
  const given = (configs ?? []).filter((config) => isAnswered(answers[config.id] ?? null))
  const write = useChanges(rows, plural(rows.length, { one: '# row scored', other: '# rows scored' }), onDone)
  const what = (): Change => combined(given.map((config) => changeFor(config, answers[config.id] ?? null)))
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Score ${plural(rows.length, { one: '# row', other: '# rows' })}`}
      description={t`Questions without an answer here keep the answers the rows have.`}
      width="max-w-md"
      footer={
        <>
          {write.code(what, given.length === 0)}
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            onClick={() => write.mutate(what)}
            disabled={given.length === 0 || write.isPending}
          >
            {t`Save`}
          </Button>
        </>
      }
    >
      {error ? <ErrorState error={error} /> : null}
      {configs || error ? null : <Skeleton className="h-16 w-full" />}
      {configs?.length === 0 ? (
        <p className="text-ink-2">
          <Trans>
            This project asks no questions yet.{' '}
            <Link
              to="/app/$org/p/$project/review/quick"
              params={{ org, project: project.name }}
              className="text-accent hover:underline"
            >
              Make the first on the review page.
            </Link>
          </Trans>
        </p>
      ) : null}
      <div className="space-y-4">
        {configs?.map((config) => (
          <ScoreInput
            key={config.id}
            config={config}
            answer={answers[config.id] ?? null}
            onAnswer={(answer) => setAnswers({ ...answers, [config.id]: answer })}
          />
        ))}
      </div>
    </Dialog>
  )
}

/** Says how much goes, and deletes it. */
export function DeleteDialog({ rows, onClose, onDone }: Props) {
  const { project } = useProject()
  const traces = useMemo(() => [...new Set(rows.map((row) => row.root_span_id))], [rows])
  const extent = useQuery(extentQuery(project.id, traces))
  const refresh = useLogsRefresh()
  const remove = useMutation({
    mutationFn: () => deleteTraces(project.id, traces),
    onSuccess: async (spans) => {
      onDone()
      await refresh()
      notify(
        t`${plural(traces.length, { one: '# trace', other: '# traces' })} with ${plural(spans, { one: '# span', other: '# spans' })} deleted`,
      )
    },
    onError: (error) => notifyError(t`Not everything was deleted`, error),
  })
  const what = extent.data
    ? t`${plural(extent.data.traces, { one: '# trace', other: '# traces' })} with ${plural(extent.data.spans, { one: '# span', other: '# spans' })}`
    : null
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Delete ${plural(traces.length, { one: '# trace', other: '# traces' })}?`}
      width="max-w-sm"
      footer={
        <>
          <RequestCode
            path={insertPath({ from: 'project_logs', objectId: project.id })}
            body={async () => ({ events: eventsOf(await deletions(project.id, traces)) })}
          />
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant="danger" onClick={() => remove.mutate()} disabled={!what || remove.isPending}>
            {remove.isPending ? t`Deleting …` : t`Delete`}
          </Button>
        </>
      }
    >
      {extent.error ? <ErrorState error={extent.error} /> : null}
      {what ? (
        <p className="text-ink-2">
          <Trans>
            <b className="font-medium text-ink">{what}</b> will be gone for everyone, with scores and
            comments. Rows already taken into datasets stay. This cannot be taken back.
          </Trans>
        </p>
      ) : null}
      {what || extent.error ? null : <Skeleton className="h-8 w-full" />}
    </Dialog>
  )
}
