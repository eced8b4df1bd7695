import { t } from '@lingui/core/macro'
import { Columns3, List, ScatterChart, Table2 } from 'lucide-react'
import { CASE_LAYOUTS, type CaseLayout } from '@/lib/search-params'
import { cx } from '@/lib/cx'

const LAYOUTS = {
  list: { label: t`List`, icon: List },
  grid: { label: t`Grid: experiments as columns`, icon: Columns3 },
  summary: { label: t`Summary`, icon: Table2 },
  plot: { label: t`Plot`, icon: ScatterChart },
} as const

/** How the cases are shown. */
export function LayoutMenu({
  layout,
  onLayout,
}: {
  layout: CaseLayout
  onLayout: (layout: CaseLayout) => void
}) {
  return (
    <span role="group" aria-label={t`Layout`} className="flex rounded border border-line-strong p-px">
      {CASE_LAYOUTS.map((id) => {
        const { label, icon: Icon } = LAYOUTS[id]
        return (
          <button
            key={id}
            type="button"
            aria-pressed={layout === id}
            aria-label={label}
            title={label}
            onClick={() => onLayout(id)}
            className={cx(
              'flex h-5.5 w-7 items-center justify-center rounded-s max-sm:h-7 max-sm:w-9',
              layout === id ? 'bg-sunken text-ink' : 'text-ink-3 hover:text-ink',
            )}
          >
            <Icon size={14} aria-hidden />
          </button>
        )
      })}
    </span>
  )
}
