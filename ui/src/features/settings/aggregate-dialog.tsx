import { t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus, Trash2 } from 'lucide-react'
import { useId, useState } from 'react'
import { FormDialog } from '@/components/form-dialog'
import { Button } from '@/components/ui/button'
import {
  madeWith,
  KINDS,
  knownScoresQuery,
  problemOf,
  readAggregate,
  saveAggregate,
  type Aggregate,
  type Kind,
  type Part,
} from './aggregate'
import { Field, LINE } from '@/components/field'
import type { Item } from './resources'

type Props = {
  projectId: string
  item: Item | null
  /** The other scores of the project. */
  others: readonly Item[]
  onSaved: () => Promise<void>
  onClose: () => void
}

/** A score made of other scores: make one, or change it. */
export function AggregateDialog({ projectId, item, others, onSaved, onClose }: Props) {
  const [made, setMade] = useState<Aggregate>(() => {
    const read = readAggregate(item)
    return read.parts.length ? read : { ...read, parts: [{ name: '', weight: '1' }] }
  })
  const change = (changes: Partial<Aggregate>): void => setMade((now) => ({ ...now, ...changes }))
  const problem = problemOf(made, others)
  const save = useMutation({
    mutationFn: () => saveAggregate(projectId, item, made),
    onSuccess: async () => {
      await onSaved()
      onClose()
    },
  })
  return (
    <FormDialog
      title={item ? t`Edit ${item.name ?? item.id}` : t`New aggregate score`}
      description={t`One score made of several, for every experiment of the project. Traces that lack one of them have no value.`}
      width="max-w-md"
      action={item ? t`Save` : t`Create`}
      ready={problem === null}
      busy={save.isPending}
      error={save.error}
      hint={problem}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <Field label={t`Name`}>
        <input
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the first field of a dialog just opened
          autoFocus
          className={LINE}
          value={made.name}
          placeholder={t`Overall`}
          onChange={(event) => change({ name: event.target.value })}
        />
      </Field>
      <Field label={t`Kind`}>
        <select
          className={LINE}
          value={made.kind}
          onChange={(event) => change({ kind: event.target.value as Kind })}
        >
          {KINDS.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </Field>
      <Parts projectId={projectId} made={made} others={others} onChange={(parts) => change({ parts })} />
      <Field label={t`Description`} optional>
        <input
          className={LINE}
          value={made.description}
          onChange={(event) => change({ description: event.target.value })}
        />
      </Field>
      <label className="flex items-center gap-2 text-s">
        <input
          type="checkbox"
          className="accent-accent"
          checked={made.lower}
          onChange={(event) => change({ lower: event.target.checked })}
        />
        {t`Lower is better`}
      </label>
    </FormDialog>
  )
}

type PartsProps = Pick<Props, 'projectId' | 'others'> & {
  made: Aggregate
  onChange: (parts: Part[]) => void
}

function Parts({ projectId, made, others, onChange }: PartsProps) {
  const id = useId()
  const client = useQueryClient()
  const { data: known } = useQuery(knownScoresQuery(projectId, client))
  const { kind, parts } = made
  const put = (at: number, changes: Partial<Part>): void =>
    onChange(parts.map((part, i) => (i === at ? { ...part, ...changes } : part)))
  const used = new Set([made.name, ...madeWith(made.name, others), ...parts.map((part) => part.name)])
  return (
    <fieldset>
      <legend className="text-s font-medium">{t`Made of`}</legend>
      <datalist id={id}>
        {known
          ?.filter((name) => !used.has(name))
          .map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
      </datalist>
      <ul className="mt-1 space-y-1.5">
        {parts.map((part, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- lines have no other identity
          <li key={at} className="flex items-center gap-1.5">
            <input
              className="field h-8 min-w-0 flex-1 px-2"
              aria-label={t`Score ${at + 1}`}
              list={id}
              value={part.name}
              placeholder={known?.find((name) => !used.has(name)) ?? t`Accuracy`}
              onChange={(event) => put(at, { name: event.target.value })}
            />
            {kind === 'weighted' ? (
              <input
                className="field h-8 w-20 px-2"
                aria-label={t`Weight of score ${at + 1}`}
                inputMode="decimal"
                value={part.weight}
                onChange={(event) => put(at, { weight: event.target.value })}
              />
            ) : null}
            <Button
              variant="ghost"
              icon={<Trash2 size={13} aria-hidden />}
              aria-label={t`Take away score ${at + 1}`}
              disabled={parts.length === 1}
              onClick={() => onChange(parts.filter((_, i) => i !== at))}
            />
          </li>
        ))}
      </ul>
      <Button
        variant="ghost"
        className="mt-1"
        icon={<Plus size={13} aria-hidden />}
        onClick={() => onChange([...parts, { name: '', weight: '1' }])}
      >
        {t`Another score`}
      </Button>
    </fieldset>
  )
}
