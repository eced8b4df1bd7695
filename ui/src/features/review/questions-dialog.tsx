import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useId, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { notifyError } from '@/components/ui/toast'
import { useProject } from '../projects/project-context'
import { Field, LINE, Problem } from '@/components/field'
import {
  configsQuery,
  createConfig,
  deleteConfig,
  readChoices,
  type NewConfig,
  type ScoreConfig,
} from './configs'

const TYPES: Record<ScoreConfig['type'], string> = {
  categorical: t`Choice`,
  slider: t`Slider, 0 to 1`,
  'free-form': t`Free text`,
}

/** The project's questions to people: see, add, take away. */
export function QuestionsDialog({ onClose }: { onClose: () => void }) {
  const { project } = useProject()
  const client = useQueryClient()
  const { data: configs } = useQuery(configsQuery(project.id))
  const refresh = (): Promise<void> => client.invalidateQueries({ queryKey: ['score-configs', project.id] })
  const add = useMutation({
    mutationFn: (config: NewConfig) => createConfig(project.id, config),
    onSuccess: refresh,
  })
  const remove = useMutation({
    mutationFn: deleteConfig,
    onSuccess: refresh,
    onError: (error) => notifyError(t`The question was not removed`, error),
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title={t`Questions`}
      description={t`Everyone who reviews rows of this project is asked the same.`}
      footer={<Button onClick={onClose}>{t`Done`}</Button>}
    >
      <ul className="divide-y divide-line">
        {configs?.map((config) => (
          <li key={config.id} className="flex items-center gap-2 py-1.5">
            <span className="min-w-0 flex-1">
              <span className="font-medium">{config.name}</span>
              <span className="ml-2 text-s text-ink-3">{summary(config)}</span>
            </span>
            <Button
              variant="ghost"
              icon={<Trash2 size={13} aria-hidden />}
              aria-label={t`Remove ${config.name}`}
              title={t`Remove: answers already given stay`}
              onClick={() => remove.mutate(config.id)}
            />
          </li>
        ))}
      </ul>
      <NewQuestion pending={add.isPending} error={add.error} onAdd={(config) => add.mutateAsync(config)} />
    </Dialog>
  )
}

function summary({ type, choices, multiple, toExpected }: ScoreConfig): string {
  const what = choices.length
    ? choices.map(({ name, value }) => `${name} ${value}`).join(' · ')
    : TYPES[type].toLowerCase()
  return [what, multiple ? 'several' : '', toExpected ? t`becomes expected` : ''].filter(Boolean).join(', ')
}

type NewProps = { pending: boolean; error: Error | null; onAdd: (config: NewConfig) => Promise<unknown> }

function NewQuestion({ pending, error, onAdd }: NewProps) {
  const id = useId()
  const [name, setName] = useState('')
  const [type, setType] = useState<ScoreConfig['type']>('categorical')
  const [choices, setChoices] = useState(t`good = 1, bad = 0`)
  const [multiple, setMultiple] = useState(false)
  const [toExpected, setToExpected] = useState(false)
  const parsed = type === 'categorical' ? parseChoices(choices) : []
  const ready = name.trim() !== '' && (type !== 'categorical' || (parsed?.length ?? 0) > 1)
  const submit = async (): Promise<void> => {
    if (!ready) return
    await onAdd({
      name: name.trim(),
      description: null,
      type,
      choices: parsed ?? [],
      multiple,
      toExpected,
    }).then(
      () => setName(''),
      () => undefined, // the error is shown below
    )
  }
  return (
    <form
      aria-label={t`New question`}
      className="mt-3 grid grid-cols-2 gap-3 rounded-l border border-line p-3 max-sm:grid-cols-1"
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
    >
      <Field label={t`Name`}>
        <input
          className={LINE}
          value={name}
          onChange={(event) => setName(event.target.value)}
          placeholder={t`Helpful`}
        />
      </Field>
      <Field label={t`Kind`}>
        <select
          className={LINE}
          value={type}
          onChange={(event) => setType(event.target.value as ScoreConfig['type'])}
        >
          {Object.entries(TYPES).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </Field>
      {type === 'categorical' ? (
        <Field label={t`Choices and what each counts, 0 to 1`} className="col-span-full">
          <input
            className={LINE}
            value={choices}
            aria-invalid={parsed === null}
            aria-describedby={`${id}-how`}
            onChange={(event) => setChoices(event.target.value)}
          />
          <span id={`${id}-how`} className={parsed === null ? 'text-worse' : 'font-normal text-ink-3'}>
            {parsed === null ? t`Write name = number, divided by commas.` : 'good = 1, so-so = 0.5, bad = 0'}
          </span>
        </Field>
      ) : null}
      <div className="col-span-full flex flex-wrap items-center gap-4 text-s">
        {type === 'categorical' ? (
          <label className="flex items-center gap-1.5">
            <input
              type="checkbox"
              checked={multiple}
              onChange={(event) => setMultiple(event.target.checked)}
            />
            {t`Several may be chosen`}
          </label>
        ) : null}
        {type === 'slider' ? null : (
          <label className="flex items-center gap-1.5">
            <input
              type="checkbox"
              checked={toExpected}
              onChange={(event) => setToExpected(event.target.checked)}
            />
            {t`The answer becomes what was expected`}
          </label>
        )}
        <span className="flex-1" />
        <Button type="submit" variant="primary" disabled={!ready || pending}>
          {t`Add`}
        </Button>
      </div>
      <Problem text={error?.message} className="col-span-full" />
    </form>
  )
}

/** "good = 1, bad = 0" → choices; names alone are spread evenly, the first counts most. Null when it does not read. */
export function parseChoices(text: string): { name: string; value: number }[] | null {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  if (parts.every((part) => !part.includes('='))) return readChoices(parts.toReversed()).toReversed()
  const read = parts.map((part) => {
    const at = part.lastIndexOf('=')
    return { name: part.slice(0, at).trim(), value: Number(part.slice(at + 1)) }
  })
  const good = read.every(({ name, value }) => name !== '' && value >= 0 && value <= 1)
  return good ? read : null
}
