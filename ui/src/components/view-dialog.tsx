import { t } from '@lingui/core/macro'
import { useId, useState } from 'react'
import type { View, ViewScope } from '@/api/views'
import { NameDialog } from './name-dialog'

type Props = {
  noun: string
  /** Why it is asked, where that is not plain. */
  description?: string | undefined
  /** The view to rename; null asks for a new one. */
  view: View | null
  /** Where it may be offered, the usual place first. */
  scopes: readonly ViewScope[]
  taken: readonly Pick<View, 'id' | 'name' | 'scope'>[]
  onSave: (name: string, scope: ViewScope) => void
  onClose: () => void
}

const WHO: Partial<Record<ViewScope, string>> = {
  project: t`Everyone in this project`,
  organization: t`Everyone in the organization, in all projects`,
}
/** Of a page that is about one dataset of the project. */
const WHERE: typeof WHO = { dataset: t`At this dataset`, project: t`At every dataset of the project` }

/** Asks for the name of a view, and of a new one who sees it, or where. */
export function ViewDialog({ noun, description, view, scopes, taken, onSave, onClose }: Props) {
  const [scope, setScope] = useState<ViewScope>(view?.scope ?? scopes[0]!)
  const words = scopes.includes('dataset') ? WHERE : WHO
  const id = useId()
  // The server answers a name it knows with the view that has it, and would drop what is to be saved.
  const clash = (name: string): boolean =>
    taken.some((other) => other.id !== view?.id && other.scope === scope && other.name === name)
  return (
    <NameDialog
      title={view ? t`Rename “${view.name}”` : t`New ${noun}`}
      description={description}
      start={view?.name ?? ''}
      action={view ? t`Rename` : t`Create`}
      problem={(name) =>
        clash(name) ? t`There is a ${noun} of this name. Choose another name, or change that one.` : null
      }
      onSave={(name) => onSave(name, scope)}
      onClose={onClose}
    >
      {view ? null : (
        <fieldset className="space-y-1">
          <legend className="text-s font-medium">
            {words === WHERE ? t`Where it is offered` : t`Who sees it`}
          </legend>
          {scopes.map((option) => (
            <label key={option} className="flex min-h-6 items-center gap-2">
              <input
                type="radio"
                name={`${id}-scope`}
                checked={scope === option}
                onChange={() => setScope(option)}
                className="accent-accent"
              />
              {words[option]}
            </label>
          ))}
        </fieldset>
      )}
    </NameDialog>
  )
}
