import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import type { CaseFilter, CasesPage, Comparison } from '@/api/types'
import { SubHead, Spacer } from '@/components/page'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { levelText } from './verdict'

type Props = {
  comparison: Comparison
  counts: CasesPage['counts'] | undefined
  filter: CaseFilter
  score: string | null
  onFilter: (filter: CaseFilter) => void
  /** How the cases are shown. */
  children: ReactNode
}

const COUNTERS: {
  id: CaseFilter
  label: string | ((n: number) => string)
  tone?: string
  needsBaseline?: boolean
  hideZero?: boolean
}[] = [
  { id: 'all', label: (n) => plural(n, { one: 'case', other: 'cases' }) },
  { id: 'improved', label: t`improved`, tone: 'text-better', needsBaseline: true },
  { id: 'regressed', label: t`regressed`, tone: 'text-worse', needsBaseline: true },
  { id: 'unchanged', label: t`unchanged`, needsBaseline: true },
  { id: 'flaky', label: t`flaky`, tone: 'text-warn', hideZero: true },
  {
    id: 'errors',
    label: (n) => plural(n, { one: 'error', other: 'errors' }),
    tone: 'text-worse',
    hideZero: true,
  },
  { id: 'unmatched', label: t`unmatched`, tone: 'text-warn', needsBaseline: true, hideZero: true },
]

/** How many cases went which way. Each counter filters the table. */
export function CaseCounters({ comparison, counts, filter, score, onFilter, children }: Props) {
  const shown = COUNTERS.filter(
    ({ id, needsBaseline, hideZero }) =>
      (!needsBaseline || comparison.baseline) && (!hideZero || id === filter || (counts?.[id] ?? 0) > 0),
  )
  return (
    <SubHead className="!py-1.5">
      <div role="group" aria-label={t`Filter cases`} className="flex flex-wrap gap-1.5">
        {shown.map(({ id, label, tone }) => (
          <button
            key={id}
            type="button"
            aria-pressed={filter === id}
            data-filter={id}
            onClick={() => onFilter(id)}
            className={cx(
              'flex h-6.5 items-center gap-1.5 rounded-full border px-2.5 text-s max-sm:h-8',
              filter === id
                ? 'border-accent bg-accent-soft text-ink'
                : 'border-line-strong text-ink-2 hover:bg-panel',
            )}
          >
            <b className={cx('font-semibold', counts?.[id] ? tone : 'text-ink-3')}>
              {counts ? format.count(counts[id]) : '…'}
            </b>
            {typeof label === 'string' ? label : label(counts?.[id] ?? 0)}
          </button>
        ))}
      </div>
      {score ? (
        <span className="text-s text-ink-3">
          <Trans>by {score} only</Trans>
        </span>
      ) : null}
      {children}
      <Spacer />
      <Facts comparison={comparison} both={bothWays(comparison, counts)} />
    </SubHead>
  )
}

/** Cases that are better in one score and worse in another: counted on both sides. */
function bothWays({ cases }: Comparison, counts: Props['counts']): number {
  return counts ? counts.improved + counts.regressed + counts.unchanged - cases.matched : 0
}

function Facts({ comparison, both }: { comparison: Comparison; both: number }) {
  const { totals, cases, comparison_key, baseline } = comparison
  const parts = [
    totals.rows > totals.cases
      ? t`${plural(totals.cases, { one: '# case', other: '# cases' })}, ${plural(totals.rows, { one: '# run', other: '# runs' })}`
      : '',
    baseline ? t`${format.count(cases.matched)} matched by ${comparison_key}` : '',
    baseline && both > 0
      ? plural(both, { one: '# improved and regressed', other: '# both improved and regressed' })
      : '',
    ...(baseline ? rules(comparison) : []),
    cases.only_baseline ? t`${cases.only_baseline} only in the baseline` : '',
    totals.task.cost ? t`task ${format.money(totals.task.cost)}` : '',
    totals.scoring.cost ? t`scoring ${format.money(totals.scoring.cost)}` : '',
    totals.task.tokens ? t`${format.compact(totals.task.tokens)} tok` : '',
    totals.scoring.tokens ? t`+ ${format.compact(totals.scoring.tokens)} tok scoring` : '',
  ]
  return <span className="text-s text-ink-3">{parts.filter(Boolean).join(' · ')}</span>
}

/** How the verdicts were reached, where it is not as everywhere. */
function rules({ scores, correction, cluster_key, level, method }: Comparison): string[] {
  return [
    scores.length > 1 ? (correction === 'bh' ? 'Benjamini–Hochberg' : t`Holm`) : '',
    cluster_key ? t`clustered by ${cluster_key}` : '',
    level === 0.95 ? '' : t`${levelText(level)} intervals`,
    method === 'bca' ? 'bootstrap' : '',
  ]
}
