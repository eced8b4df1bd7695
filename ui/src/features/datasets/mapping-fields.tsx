import { t } from '@lingui/core/macro'
import { cx } from '@/lib/cx'
import type { Mapping } from './row-from-span'

type Props = {
  mapping: Mapping
  onMapping: (mapping: Mapping) => void
  single: boolean
  /** All of them are roots: there is no other span to take. */
  roots: boolean
}

const HINTS: Partial<Record<Mapping['expected'], string>> = {
  output: t`The output becomes the answer to expect. If it is wrong, choose nothing.`,
  none: t`The row has no answer to expect yet; it can be written in the dataset.`,
}

export function MappingFields({ mapping, onMapping, single, roots }: Props) {
  return (
    <>
      {roots ? null : (
        <Choice
          label={t`Take`}
          value={mapping.span}
          onChange={(span) => onMapping({ ...mapping, span })}
          options={[
            { value: 'root', label: single ? t`the root span` : t`the root spans` },
            { value: 'this', label: single ? t`this span` : t`the selected spans` },
          ]}
        />
      )}
      <Choice
        label={t`Expected comes from`}
        value={mapping.expected}
        onChange={(expected) => onMapping({ ...mapping, expected })}
        options={[
          { value: 'output', label: t`output` },
          { value: 'expected', label: t`expected` },
          { value: 'none', label: t`nothing` },
        ]}
        hint={HINTS[mapping.expected]}
      />
      <fieldset className="space-y-1">
        <legend className="mb-1 text-s font-medium">{t`Also keep`}</legend>
        {(['metadata', 'tags'] as const).map((field) => (
          <label key={field} className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={mapping[field]}
              onChange={(event) => onMapping({ ...mapping, [field]: event.target.checked })}
              className="accent-accent"
            />
            {field}
          </label>
        ))}
      </fieldset>
    </>
  )
}

type ChoiceProps<T extends string> = {
  label: string
  value: T
  onChange: (value: T) => void
  options: { value: T; label: string }[]
  hint?: string | undefined
}

function Choice<T extends string>({ label, value, onChange, options, hint }: ChoiceProps<T>) {
  return (
    <fieldset>
      <legend className="mb-1 text-s font-medium">{label}</legend>
      <div className="flex rounded border border-line-strong p-0.5">
        {options.map((option) => (
          <button
            key={option.value}
            type="button"
            aria-pressed={option.value === value}
            onClick={() => onChange(option.value)}
            className={cx(
              'h-6 flex-1 rounded-s px-1 text-s whitespace-nowrap',
              option.value === value ? 'bg-sunken font-medium' : 'text-ink-2 hover:text-ink',
            )}
          >
            {option.label}
          </button>
        ))}
      </div>
      {hint ? <p className="mt-1 text-s text-ink-3">{hint}</p> : null}
    </fieldset>
  )
}
