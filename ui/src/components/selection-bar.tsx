import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'
import { Button } from './ui/button'

type Props = {
  label: string
  /** How much is selected: "3 rows". */
  what: string
  onClear: () => void
  /** What can be done with it. */
  children: ReactNode
}

/** The bar below a table whose rows are selected. */
export function SelectionBar({ label, what, onClear, children }: Props) {
  return (
    <div
      role="toolbar"
      aria-label={label}
      className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line bg-panel px-3.5 py-2 max-sm:flex-nowrap max-sm:overflow-x-auto"
    >
      <span className="font-medium whitespace-nowrap max-sm:order-first">{t`${what} selected`}</span>
      {children}
      <Button variant="ghost" onClick={onClear} className="max-sm:order-first">
        {t`Unselect`}
      </Button>
    </div>
  )
}
