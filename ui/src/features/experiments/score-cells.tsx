import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import type { ComparedItem, Comparison } from '@/api/types'
import { Badge, type Tone } from '@/components/ui/bits'
import { cx } from '@/lib/cx'
import * as format from '@/lib/format'
import { term } from '@/lib/terms'
import { basis, explain } from './verdict'

const WORD_TONES = { better: 'text-better', worse: 'text-worse' } as const

/** Mean and half width of its interval; below, the difference to the baseline, its verdict, and how many values. */
export function ScoreMean({ item, inline = false }: { item: ComparedItem | undefined; inline?: boolean }) {
  if (!item || item.mean === null) return <span className="text-ink-3">–</span>
  const half = item.interval ? (item.interval[1] - item.interval[0]) / 2 : null
  const { verdict } = item
  const tone = verdict === 'better' || verdict === 'worse' ? WORD_TONES[verdict] : undefined
  return (
    <span
      className={cx('min-w-0 tabular-nums', inline ? 'flex items-baseline gap-1.5' : 'block leading-[17px]')}
      title={[verdict ? explain(item) : '', basis(item)].filter(Boolean).join(' ')}
    >
      <span className="whitespace-nowrap">
        <span className="font-medium">{format.score(item.mean)}</span>
        {half === null ? null : <span className="ml-1 text-xs text-ink-3">±{format.score(half)}</span>}
      </span>
      <span className={cx('truncate text-xs text-ink-3', !inline && 'block')}>
        {verdict && item.diff !== null ? (
          <span data-verdict={verdict} className={cx(tone && 'font-semibold', tone)}>
            {tone ? `${format.signed(item.diff, item.unit)} ${term(verdict)}` : term(verdict)}
            {' · '}
          </span>
        ) : null}
        <Trans>n {item.n}</Trans>
      </span>
    </span>
  )
}

type Overall = 'better' | 'worse' | 'mixed' | 'equivalent' | 'inconclusive'
const TONES: Record<Overall, Tone> = {
  better: 'better',
  worse: 'worse',
  mixed: 'warn',
  equivalent: 'unsure',
  inconclusive: 'unsure',
}

/** One word over all scores: worse or better where one is and none is the other; null without a verdict. */
export function overall(scores: readonly Pick<ComparedItem, 'verdict'>[]): Overall | null {
  const found = new Set(scores.flatMap(({ verdict }) => verdict ?? []))
  if (found.has('better') && found.has('worse')) return 'mixed'
  return (['better', 'worse', 'inconclusive', 'equivalent'] as const).find((word) => found.has(word)) ?? null
}

/** The verdict of an experiment against its baseline and, where there is none, what the run could have shown. */
export function VerdictCell({ comparison }: { comparison: Comparison }) {
  const word = overall(comparison.scores)
  if (!word) return <span className="text-ink-3">–</span>
  const judged = comparison.scores.filter(({ verdict }) => verdict)
  const seen = judged.flatMap(({ detectable }) => detectable ?? [])
  return (
    <span
      className="block min-w-0 leading-[17px]"
      title={judged.map((item) => `${item.name}: ${explain(item)}`).join('\n')}
    >
      <Badge tone={TONES[word]}>{term(word)}</Badge>
      {word === 'inconclusive' && seen.length ? (
        <span className="block truncate text-xs text-ink-3">
          {t`shows ${format.score(Math.min(...seen))} or more`}
        </span>
      ) : null}
    </span>
  )
}
