import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { ChevronDown, ChevronRight, X } from 'lucide-react'
import { useMemo, useState } from 'react'
import { meQuery } from '@/api/objects'
import { ErrorState } from '@/components/states'
import { Skeleton } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { cx } from '@/lib/cx'
import { count } from '@/lib/format'
import { usePreference } from '@/lib/storage'
import { useProject } from '../projects/project-context'
import { newestQuery, type LogsFilter } from './api'
import {
  FEW,
  MANY,
  assignedFacet,
  facetQuery,
  facetsOf,
  isChosen,
  toggled,
  type Facet,
  type FacetRow,
} from './facets'

type Props = { filter: LogsFilter; onFilters: (filters: string[]) => void; onClose: () => void }

/** So many open by themselves: each is a question to the server. */
const OPEN = 9

/** Fields found in the logs with the values that occur and how often; a click filters, another takes that back. */
export function FacetBar({ filter, onFilters, onClose }: Props) {
  const { project } = useProject()
  const { data, error } = useQuery(newestQuery(project.id))
  const { data: me } = useQuery(meQuery)
  const facets = useMemo(
    () => data && [...facetsOf(data), ...(me ? [assignedFacet(me.user.id)] : [])],
    [data, me],
  )
  const [folds, setFolds] = usePreference<Record<string, boolean>>(`facets.${project.id}`, {})
  return (
    <aside
      aria-label={t`Fields`}
      className="flex min-h-0 w-56 shrink-0 flex-col border-r border-line max-sm:absolute max-sm:inset-0 max-sm:z-20 max-sm:w-full max-sm:bg-bg"
    >
      <div className="flex h-8 shrink-0 items-center border-b border-line pr-1 pl-3.5">
        <h2 className="flex-1 text-xs font-medium text-ink-3">{t`Fields`}</h2>
        <Button variant="ghost" icon={<X size={13} />} aria-label={t`Close fields`} onClick={onClose} />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain py-1">
        {error ? <ErrorState error={error} /> : null}
        {facets || error ? null : <Lines />}
        {facets?.map((facet, i) => (
          <Section
            key={facet.field}
            facet={facet}
            filter={filter}
            open={folds[facet.field] ?? (i < OPEN || facet.kind === 'assigned')}
            onFold={(open) => setFolds({ ...folds, [facet.field]: open })}
            onFilters={onFilters}
          />
        ))}
      </div>
    </aside>
  )
}

type SectionProps = Pick<Props, 'filter' | 'onFilters'> & {
  facet: Facet
  open: boolean
  onFold: (open: boolean) => void
}

function Section({ facet, filter, open, onFold, onFilters }: SectionProps) {
  return (
    <section aria-label={facet.label}>
      <h3>
        <button
          type="button"
          aria-expanded={open}
          title={facet.field}
          onClick={() => onFold(!open)}
          className="flex min-h-7 w-full items-center gap-1 px-2 text-left text-s font-medium text-ink-2 hover:text-ink max-sm:min-h-9"
        >
          {open ? <ChevronDown size={12} aria-hidden /> : <ChevronRight size={12} aria-hidden />}
          <span className="truncate">{facet.label}</span>
        </button>
      </h3>
      {open ? <Values facet={facet} filter={filter} onFilters={onFilters} /> : null}
    </section>
  )
}

function Values({ facet, filter, onFilters }: Omit<SectionProps, 'open' | 'onFold'>) {
  const { project } = useProject()
  const [most, setMost] = useState(FEW)
  // One more than shown tells whether there are more.
  const { data, error, isPending } = useQuery(facetQuery(project.id, filter, facet, most + 1))
  if (isPending) return <Lines />
  if (error) return <p className="px-6 py-1 text-s text-ink-3">{error.message}</p>
  const ranges = facet.kind === 'score' || facet.kind === 'error' || facet.kind === 'assigned'
  const rows = ranges ? data : data.slice(0, most)
  const filters = filter.f ?? []
  const largest = Math.max(1, ...rows.map((row) => row.n))
  if (rows.length === 0) return <p className="px-6 pb-1.5 text-s text-ink-3">{t`nothing in these rows`}</p>
  return (
    <div className="pb-1.5">
      {rows.map((row) => (
        <Value
          key={row.sql}
          row={row}
          share={row.n / largest}
          chosen={isChosen(filters, facet, row.sql)}
          onPick={() => onFilters(toggled(filters, facet, row.sql, filter.view))}
        />
      ))}
      {!ranges && data.length > most && most < MANY ? (
        <button
          type="button"
          onClick={() => setMost(MANY)}
          className="min-h-6 px-6 text-s text-ink-3 hover:text-ink max-sm:min-h-9"
        >
          {t`More`}
        </button>
      ) : null}
    </div>
  )
}

type ValueProps = { row: FacetRow; share: number; chosen: boolean; onPick: () => void }

function Value({ row, share, chosen, onPick }: ValueProps) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      title={row.label}
      onClick={onPick}
      className={cx(
        'relative flex min-h-6 w-full items-center gap-2 pr-3 pl-6 text-left max-sm:min-h-9',
        chosen ? 'bg-accent-soft font-medium text-accent' : 'hover:bg-panel',
      )}
    >
      <span className="min-w-0 flex-1 truncate">{row.label}</span>
      <span className={cx('text-xs tabular-nums', chosen ? 'text-accent' : 'text-ink-3')}>
        {count(row.n)}
      </span>
      <span
        aria-hidden
        className="absolute right-3 bottom-0 left-6 h-px origin-left bg-line-strong"
        style={{ transform: `scaleX(${share})` }}
      />
    </button>
  )
}

function Lines() {
  return (
    <div role="status" aria-label={t`Loading values`} className="space-y-2 px-6 py-1.5">
      <Skeleton className="h-2.5 w-32" />
      <Skeleton className="h-2.5 w-24" />
    </div>
  )
}
