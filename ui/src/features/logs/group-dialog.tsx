import { t } from '@lingui/core/macro'
import { useId, useState } from 'react'
import { Field, LINE } from '@/components/field'
import { FormDialog } from '@/components/form-dialog'

type Props = {
  by: string | undefined
  fields: readonly string[]
  onGroup: (by: string) => void
  onClose: () => void
}

/** Asks which field, or which expression, makes the groups. */
export function GroupDialog({ by, fields, onGroup, onClose }: Props) {
  const [draft, setDraft] = useState(by ?? '')
  const id = useId()
  const text = draft.trim()
  return (
    <FormDialog
      title={t`Group by`}
      description={t`Each value of a field is a row, with the totals of its traces.`}
      width="max-w-sm"
      action={t`Group`}
      ready={Boolean(text)}
      onSubmit={() => onGroup(text)}
      onClose={onClose}
    >
      <Field label={t`Field or SQL expression`}>
        <input
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the only field of a dialog just opened
          autoFocus
          list={`${id}-fields`}
          value={draft}
          spellCheck={false}
          onChange={(event) => setDraft(event.target.value)}
          placeholder="metadata.tier"
          className={`${LINE} font-mono text-s`}
        />
      </Field>
      <datalist id={`${id}-fields`}>
        {fields.map((path) => (
          <option key={path}>{path}</option>
        ))}
      </datalist>
    </FormDialog>
  )
}
