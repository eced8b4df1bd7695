import { t } from '@lingui/core/macro'
import { useState } from 'react'
import { Field, LINE, Problem } from '@/components/field'
import { Button } from '@/components/ui/button'
import { ChoicesField, readDrafts, type Draft } from './choices-field'
import type { NewConfig, ScoreConfig } from './configs'

export const TYPES: Record<ScoreConfig['type'], string> = {
  categorical: t`Choice`,
  slider: t`Slider, 0 to 1`,
  'free-form': t`Free text`,
}
const FIRST: readonly Draft[] = [
  { name: t`good`, value: '1' },
  { name: t`bad`, value: '0' },
]

type Props = {
  /** What is changed; null for a new one. */
  config: ScoreConfig | null
  pending: boolean
  error: Error | null
  /** Resolves when it is stored. */
  onSave: (config: NewConfig) => Promise<unknown>
  onCancel?: () => void
}

/** A question to people, as a form. What kind of answer it takes stays: answers given before would not fit another. */
export function QuestionForm({ config, pending, error, onSave, onCancel }: Props) {
  const [name, setName] = useState(config?.name ?? '')
  const [help, setHelp] = useState(config?.description ?? '')
  const [type, setType] = useState<ScoreConfig['type']>(config?.type ?? 'categorical')
  const [drafts, setDrafts] = useState<readonly Draft[]>(config ? config.choices.map(draftOf) : FIRST)
  const [multiple, setMultiple] = useState(config?.multiple ?? false)
  const [toExpected, setToExpected] = useState(config?.toExpected ?? false)
  const choices = type === 'categorical' ? readDrafts(drafts) : []
  const ready = name.trim() !== '' && choices !== null
  const submit = async (): Promise<void> => {
    if (!ready) return
    const description = help.trim() || null
    await onSave({ name: name.trim(), description, type, choices, multiple, toExpected }).then(
      () => {
        setName('')
        setHelp('')
      },
      () => undefined, // the error is shown below
    )
  }
  return (
    <form
      aria-label={config ? t`Change ${config.name}` : t`New question`}
      className="my-2 grid grid-cols-2 gap-3 rounded-l border border-line p-3 max-sm:grid-cols-1"
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
          disabled={config !== null}
          onChange={(event) => setType(event.target.value as ScoreConfig['type'])}
        >
          {Object.entries(TYPES).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </Field>
      <Field label={t`Help for reviewers, in Markdown`} className="col-span-full">
        <textarea
          className="field w-full resize-y px-2 py-1"
          rows={2}
          value={help}
          onChange={(event) => setHelp(event.target.value)}
          placeholder={t`When is an answer helpful, and when is it not?`}
        />
      </Field>
      {type === 'categorical' ? <ChoicesField choices={drafts} onChange={setDrafts} /> : null}
      <div className="col-span-full flex flex-wrap items-center gap-4 text-s">
        {type === 'categorical' ? (
          <Check label={t`Several may be chosen`} checked={multiple} onChange={setMultiple} />
        ) : null}
        {type === 'slider' ? null : (
          <Check
            label={t`The answer becomes what was expected`}
            checked={toExpected}
            onChange={setToExpected}
          />
        )}
        <span className="ml-auto flex gap-2">
          {onCancel ? <Button onClick={onCancel}>{t`Cancel`}</Button> : null}
          <Button type="submit" variant="primary" disabled={!ready || pending}>
            {config ? t`Save` : t`Add`}
          </Button>
        </span>
      </div>
      <Problem text={error?.message} className="col-span-full" />
    </form>
  )
}

function draftOf({ name, value }: { name: string; value: number }): Draft {
  return { name, value: String(value) }
}

function Check({
  label,
  checked,
  onChange,
}: {
  label: string
  checked: boolean
  onChange: (on: boolean) => void
}) {
  return (
    <label className="flex items-center gap-1.5">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  )
}
