import { t } from '@lingui/core/macro'
import { Plus, X } from 'lucide-react'
import { LINE } from '@/components/field'
import { Button } from '@/components/ui/button'
import type { Choice } from './configs'

/** A choice as it is typed: its value is text until it reads as a number. */
export type Draft = { name: string; value: string }

type Props = { choices: readonly Draft[]; onChange: (choices: Draft[]) => void }

/** The choices of a question and what each counts, a line each. */
export function ChoicesField({ choices, onChange }: Props) {
  const problem = problemOf(choices)
  const change = (at: number, part: Partial<Draft>): void =>
    onChange(choices.map((one, i) => (i === at ? { ...one, ...part } : one)))
  return (
    <fieldset className="col-span-full min-w-0">
      <legend className="text-s font-medium">{t`Choices, and what each counts as a score (0 to 1)`}</legend>
      <ul className="mt-1 space-y-1.5">
        {choices.map((choice, at) => (
          // oxlint-disable-next-line react/no-array-index-key
          <li key={at} className="flex items-center gap-1.5">
            <input
              className={LINE}
              aria-label={t`Choice ${at + 1}`}
              placeholder={t`Choice ${at + 1}`}
              value={choice.name}
              onChange={(event) => change(at, { name: event.target.value })}
            />
            <input
              className={`${LINE} !w-20 shrink-0 tabular-nums`}
              type="number"
              min={0}
              max={1}
              step="any"
              aria-label={t`What choice ${at + 1} counts`}
              value={choice.value}
              onChange={(event) => change(at, { value: event.target.value })}
            />
            <Button
              variant="ghost"
              icon={<X size={13} aria-hidden />}
              aria-label={t`Remove choice ${at + 1}`}
              disabled={choices.length <= 2}
              onClick={() => onChange(choices.filter((_, i) => i !== at))}
            />
          </li>
        ))}
      </ul>
      <div className="mt-1.5 flex items-center gap-3">
        <Button
          icon={<Plus size={13} aria-hidden />}
          onClick={() => onChange([...choices, { name: '', value: '' }])}
        >
          {t`Choice`}
        </Button>
        {problem ? <span className="text-s text-ink-3">{problem}</span> : null}
      </div>
    </fieldset>
  )
}

/** The choices as they are stored, null while they do not read. */
export function readDrafts(drafts: readonly Draft[]): Choice[] | null {
  return problemOf(drafts) === null
    ? drafts.map(({ name, value }) => ({ name: name.trim(), value: Number(value) }))
    : null
}

/** What keeps choices from being stored, in words; null when nothing does. */
function problemOf(drafts: readonly Draft[]): string | null {
  const names = drafts.map(({ name }) => name.trim())
  if (names.includes('')) return t`Every choice needs a name.`
  if (new Set(names).size < names.length) return t`Two choices have the same name.`
  const read = drafts.every(({ value }) => value.trim() !== '' && Number(value) >= 0 && Number(value) <= 1)
  return read ? null : t`Every choice counts a number from 0 to 1.`
}
