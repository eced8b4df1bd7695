import { t } from '@lingui/core/macro'
import { useState, type ReactNode } from 'react'
import { Field, LINE, Problem } from './field'
import { FormDialog } from './form-dialog'

type Props = {
  title: string
  description?: ReactNode
  start?: string
  placeholder?: string
  /** What handing in is called, which may depend on the name. */
  action: string | ((name: string) => string)
  busy?: boolean
  error?: Error | null
  /** Why a name cannot be had. */
  problem?: (name: string) => string | null
  /** A word on a name that can be had. */
  note?: (name: string) => string | null
  onSave: (name: string) => void
  onClose: () => void
  /** Asked besides the name. */
  children?: ReactNode
}

/** Asks for the name of something. */
export function NameDialog({
  start = '',
  placeholder,
  action,
  problem,
  note,
  onSave,
  children,
  ...frame
}: Props) {
  const [draft, setDraft] = useState(start)
  const name = draft.trim()
  const wrong = name ? problem?.(name) : null
  const word = name && !wrong ? note?.(name) : null
  return (
    <FormDialog
      width="max-w-sm"
      {...frame}
      action={typeof action === 'string' ? action : action(name)}
      ready={Boolean(name) && !wrong}
      onSubmit={() => onSave(name)}
    >
      <Field label={t`Name`}>
        <input
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the first field of a dialog just opened
          autoFocus
          value={draft}
          maxLength={200}
          placeholder={placeholder}
          onChange={(event) => setDraft(event.target.value)}
          className={LINE}
        />
      </Field>
      <Problem text={wrong} />
      {word ? <p className="text-s text-warn">{word}</p> : null}
      {children}
    </FormDialog>
  )
}
