import { t } from '@lingui/core/macro'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { useProject } from '../projects/project-context'
import { Field, LINE } from '@/components/field'
import { configsQuery, type ScoreConfig } from './configs'
import { changeQueue, createQueue, useQueuesRefresh, usersQuery, type Queue, type QueueRules } from './queues'

const NEW: QueueRules = {
  name: '',
  description: null,
  instructions: null,
  kind: 'single',
  questions: [],
  tags: null,
  reviewers_per_item: 1,
  reviewers: null,
  blind: false,
  lock_minutes: 15,
  spread: 0.25,
}

type DialogProps = {
  queue?: Queue
  /** What a new one may be of. */
  kinds?: readonly QueueRules['kind'][]
  onClose: () => void
  /** Takes a new one; without it, its page opens. */
  onMade?: (queue: Queue) => void
}

/** Makes a queue, or changes one. */
export function QueueDialog({ queue, kinds, onClose, onMade }: DialogProps) {
  const { org, project } = useProject()
  const navigate = useNavigate()
  const refresh = useQueuesRefresh()
  const { data: configs } = useQuery(configsQuery(project.id))
  const [changed, setRules] = useState<QueueRules>(queue ?? NEW)
  // A new queue asks everything until somebody takes a question away: one that asks nothing is of no use.
  const all = useMemo(() => configs?.map(asked), [configs])
  const untouched = !queue && changed.questions === NEW.questions
  const rules = untouched && all ? { ...changed, questions: all } : changed
  const [tags, setTags] = useState(queue?.tags?.join(', ') ?? '')
  const set = (changes: Partial<QueueRules>): void => setRules({ ...rules, ...changes })
  const save = useMutation({
    mutationFn: () => {
      const named = tags.split(',').flatMap((tag) => tag.trim() || [])
      const { name, description, instructions, kind, questions, reviewers_per_item } = rules
      const { reviewers, blind, lock_minutes, spread } = rules
      const fields = {
        name: name.trim(),
        description: description?.trim() || null,
        instructions: instructions?.trim() || null,
        questions: kind === 'pairwise' ? [] : questions,
        tags: named.length ? named : null,
        reviewers_per_item,
        reviewers: reviewers?.length ? reviewers : null,
        blind,
        lock_minutes,
        spread,
      }
      return queue ? changeQueue(queue.id, fields) : createQueue(project.id, { ...fields, kind })
    },
    onSuccess: async (saved) => {
      await refresh()
      if (onMade) return onMade(saved)
      onClose()
      if (!queue)
        await navigate({
          to: '/app/$org/p/$project/review/$queue',
          params: { org, project: project.name, queue: saved.id },
        })
    },
  })
  return (
    <FormDialog
      title={queue ? t`Change ${queue.name}` : t`New review queue`}
      width="max-w-2xl"
      action={queue ? t`Save` : t`Make queue`}
      ready={rules.name.trim() !== ''}
      busy={save.isPending}
      error={save.error}
      className="grid grid-cols-2 gap-x-4 gap-y-3 max-sm:grid-cols-1"
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <Field label={t`Name`}>
        <input className={LINE} value={rules.name} onChange={(event) => set({ name: event.target.value })} />
      </Field>
      <Field label={t`What for`}>
        <input
          className={LINE}
          value={rules.description ?? ''}
          onChange={(event) => set({ description: event.target.value })}
        />
      </Field>
      {queue ? null : <KindChoice kinds={kinds} value={rules.kind} onChange={(kind) => set({ kind })} />}
      <Field label={t`Instructions, in Markdown`} className="col-span-full">
        <textarea
          className="field block w-full px-2 py-1"
          rows={4}
          value={rules.instructions ?? ''}
          onChange={(event) => set({ instructions: event.target.value })}
        />
      </Field>
      {rules.kind === 'single' ? (
        <QuestionChoice value={rules.questions} onChange={(questions) => set({ questions })} />
      ) : null}
      <People rules={rules} set={set} />
      <Field label={t`Tags reviewers may give`}>
        <input
          className={LINE}
          value={tags}
          placeholder={t`any`}
          onChange={(event) => setTags(event.target.value)}
        />
      </Field>
      <div className="grid grid-cols-2 gap-4">
        <NumberField
          label={t`Lock, minutes`}
          value={rules.lock_minutes}
          min={1}
          max={10_080}
          onChange={(lock_minutes) => set({ lock_minutes })}
        />
        <NumberField
          label={t`Sliders agree within`}
          value={rules.spread}
          min={0}
          max={1}
          step={0.05}
          onChange={(spread) => set({ spread })}
        />
      </div>
    </FormDialog>
  )
}

const KINDS = [
  {
    kind: 'single',
    label: t`One row at a time`,
    hint: t`Questions about a row; answers become its scores.`,
  },
  {
    kind: 'pairwise',
    label: t`Two outputs side by side`,
    hint: t`Which is better; shows how often each system wins.`,
  },
] as const

type KindProps = {
  kinds: readonly QueueRules['kind'][] | undefined
  value: QueueRules['kind']
  onChange: (kind: QueueRules['kind']) => void
}

function KindChoice({ kinds, value, onChange }: KindProps) {
  return (
    <fieldset className="col-span-full">
      <legend className="text-s font-medium">{t`What is judged`}</legend>
      <div className="mt-1 flex gap-3 max-sm:flex-col">
        {KINDS.filter(({ kind }) => kinds?.includes(kind) ?? true).map(({ kind, label, hint }) => (
          <label key={kind} className="flex flex-1 items-start gap-2 rounded border border-line p-2">
            <input
              type="radio"
              name="kind"
              aria-label={label}
              className="mt-1"
              checked={value === kind}
              onChange={() => onChange(kind)}
            />
            <span>
              <span className="font-medium">{label}</span>
              <span className="block text-s text-ink-3">{hint}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

type QuestionProps = {
  value: QueueRules['questions']
  onChange: (value: QueueRules['questions']) => void
}

function QuestionChoice({ value, onChange }: QuestionProps) {
  const { project } = useProject()
  const { data: configs } = useQuery(configsQuery(project.id))
  const chosen = (id: string) => value.find((one) => one.project_score_id === id)
  return (
    <fieldset className="col-span-full">
      <legend className="text-s font-medium">{t`Questions`}</legend>
      {configs?.length === 0 ? (
        <p className="mt-1 text-s text-ink-2">
          {t`The project asks nothing yet: make questions first (Review, Questions).`}
        </p>
      ) : null}
      <ul className="mt-1 grid grid-cols-2 gap-x-4 max-sm:grid-cols-1">
        {configs?.map((config) => {
          const { id, name } = config
          return (
            <li key={id} className="flex min-h-7 items-center gap-3 text-s">
              <label className="flex min-w-0 flex-1 items-center gap-1.5">
                <input
                  type="checkbox"
                  checked={chosen(id) !== undefined}
                  onChange={(event) =>
                    onChange(
                      event.target.checked
                        ? [...value, asked(config)]
                        : value.filter((one) => one.project_score_id !== id),
                    )
                  }
                />
                <span className="truncate">{name}</span>
              </label>
              {chosen(id) ? (
                <label className="flex items-center gap-1.5 text-ink-2">
                  <input
                    type="checkbox"
                    aria-label={t`${name} is required`}
                    checked={chosen(id)!.required}
                    onChange={(event) =>
                      onChange(
                        value.map((one) =>
                          one.project_score_id === id ? { ...one, required: event.target.checked } : one,
                        ),
                      )
                    }
                  />
                  {t`required`}
                </label>
              ) : null}
            </li>
          )
        })}
      </ul>
    </fieldset>
  )
}

/** A question as a new queue asks it: all must be answered but free texts, which few have something to say to. */
function asked({ id, type }: ScoreConfig): QueueRules['questions'][number] {
  return { project_score_id: id, required: type !== 'free-form' }
}

function People({ rules, set }: { rules: QueueRules; set: (changes: Partial<QueueRules>) => void }) {
  const { data: users } = useQuery(usersQuery)
  const named = rules.reviewers ?? []
  return (
    <fieldset className="col-span-full grid grid-cols-2 gap-x-4 max-sm:grid-cols-1">
      <legend className="text-s font-medium">{t`Reviewers`}</legend>
      <div>
        <p className="mt-1 text-s text-ink-3">{t`Nobody chosen: everyone who may change the project.`}</p>
        <ul className="mt-1 max-h-28 overflow-y-auto rounded border border-line px-2 py-1">
          {users?.map((user) => (
            <li key={user.id}>
              <label className="flex min-h-6 items-center gap-1.5 text-s">
                <input
                  type="checkbox"
                  checked={named.includes(user.id)}
                  onChange={(event) =>
                    set({
                      reviewers: event.target.checked
                        ? [...named, user.id]
                        : named.filter((one) => one !== user.id),
                    })
                  }
                />
                <span className="truncate" title={user.email}>
                  {user.name}
                  {user.name === user.email ? null : <span className="text-ink-3"> {user.email}</span>}
                </span>
              </label>
            </li>
          ))}
        </ul>
      </div>
      <div className="space-y-2">
        <NumberField
          label={t`Reviewers of each item`}
          value={rules.reviewers_per_item}
          min={1}
          max={50}
          onChange={(reviewers_per_item) => set({ reviewers_per_item })}
        />
        <label className="flex items-start gap-1.5 text-s">
          <input
            type="checkbox"
            className="mt-0.5"
            checked={rules.blind}
            onChange={(event) => set({ blind: event.target.checked })}
          />
          <span>
            {t`Blind`}
            <span className="block text-ink-3">
              {t`Nobody sees what others said, or where a row comes from, before all have answered.`}
            </span>
          </span>
        </label>
      </div>
    </fieldset>
  )
}

type NumberProps = {
  label: string
  value: number
  min: number
  max: number
  step?: number
  onChange: (value: number) => void
}

export function NumberField({ label, value, min, max, step = 1, onChange }: NumberProps) {
  return (
    <Field label={label}>
      <input
        type="number"
        className={LINE}
        value={value}
        min={min}
        max={max}
        step={step}
        onChange={(event) => {
          const next = event.target.valueAsNumber
          if (Number.isFinite(next)) onChange(next)
        }}
      />
    </Field>
  )
}
