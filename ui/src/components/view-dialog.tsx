import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useId, useState } from 'react'
import type { View, ViewScope } from '@/api/views'
import { Button } from './ui/button'
import { Dialog } from './ui/dialog'

type Props = {
  noun: string
  /** The view to rename; null asks for a new one. */
  view: View | null
  taken: readonly Pick<View, 'id' | 'name' | 'scope'>[]
  onSave: (name: string, scope: ViewScope) => void
  onClose: () => void
}

const SCOPES: { value: ViewScope; label: string }[] = [
  { value: 'project', label: t`Everyone in this project` },
  { value: 'organization', label: t`Everyone in the organisation, in all projects` },
]

/** Asks for the name of a view, and of a new one who sees it. */
export function ViewDialog({ noun, view, taken, onSave, onClose }: Props) {
  const [draft, setDraft] = useState(view?.name ?? '')
  const [scope, setScope] = useState<ViewScope>(view?.scope ?? 'project')
  const id = useId()
  const name = draft.trim()
  // The server answers a name it knows with the view that has it, and would drop what is to be saved.
  const clash = taken.some((other) => other.id !== view?.id && other.scope === scope && other.name === name)
  const ready = Boolean(name) && !clash
  return (
    <Dialog
      open
      onClose={onClose}
      title={view ? t`Rename “${view.name}”` : t`New ${noun}`}
      width="max-w-sm"
      footer={
        <>
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant="primary" type="submit" form={id} disabled={!ready}>
            {view ? t`Rename` : t`Create`}
          </Button>
        </>
      }
    >
      <form
        id={id}
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) onSave(name, scope)
        }}
      >
        <label className="block text-s font-medium">
          {t`Name`}
          <input
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- the first field of a dialog just opened
            autoFocus
            value={draft}
            maxLength={200}
            onChange={(event) => setDraft(event.target.value)}
            className="mt-1 h-8 w-full rounded border border-line-strong bg-bg px-2 outline-none focus:border-accent"
          />
        </label>
        {clash ? (
          <p role="alert" className="text-s text-worse">
            <Trans>There is a {noun} of this name. Choose another name, or change that one.</Trans>
          </p>
        ) : null}
        {view ? null : (
          <fieldset className="space-y-1">
            <legend className="text-s font-medium">{t`Who sees it`}</legend>
            {SCOPES.map((option) => (
              <label key={option.value} className="flex min-h-6 items-center gap-2">
                <input
                  type="radio"
                  name={`${id}-scope`}
                  checked={scope === option.value}
                  onChange={() => setScope(option.value)}
                  className="accent-accent"
                />
                {option.label}
              </label>
            ))}
          </fieldset>
        )}
      </form>
    </Dialog>
  )
}
