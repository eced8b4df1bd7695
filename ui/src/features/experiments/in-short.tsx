import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import type { Comparison, Verdict } from '@/api/types'
import { cx } from '@/lib/cx'
import { inShort, levelText } from './verdict'

const SAYS: readonly { verdict: Verdict; words: string; tone?: string }[] = [
  { verdict: 'better', words: t`better at`, tone: 'text-better' },
  { verdict: 'worse', words: t`worse at`, tone: 'text-worse' },
  { verdict: 'equivalent', words: t`equivalent at` },
  { verdict: 'inconclusive', words: t`inconclusive at` },
]

/** The answer to "which is better, and how sure is that": one sentence about the main baseline. */
export function InShort({ comparison }: { comparison: Comparison }) {
  const found = inShort(comparison)
  const parts = SAYS.filter(({ verdict }) => found[verdict])
  if (!comparison.baseline || parts.length === 0) return null
  return (
    <p aria-label={t`In short`} role="note" className="mb-2.5 text-s text-ink-2">
      <Trans>
        Against <b className="font-medium text-ink">{comparison.baseline.name}</b>:{' '}
        {parts.map(({ verdict, words, tone }, i) => (
          <span key={verdict}>
            {i ? '; ' : ''}
            <b className={cx('font-semibold', tone ?? 'text-ink')}>{words}</b> {found[verdict]!.join(', ')}
          </span>
        ))}
        .
      </Trans>{' '}
      <span className="text-ink-3">
        {found.better || found.worse
          ? t`Better and worse are said with ${levelText(comparison.level)} confidence.`
          : t`More cases could tell more.`}
      </span>
    </p>
  )
}
