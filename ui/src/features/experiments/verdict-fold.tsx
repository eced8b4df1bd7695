import { t } from '@lingui/core/macro'
import type { ComparedItem, Comparison, Verdict } from '@/api/types'
import { cx } from '@/lib/cx'
import { quantity } from '@/lib/format'
import { term } from '@/lib/terms'
import { LowerMark } from './lower-mark'
import { explain, metricName, sidesOf } from './verdict'

type Kind = 'scores' | 'metrics'
const ORDER: readonly Verdict[] = ['better', 'worse', 'equivalent', 'inconclusive']
const TONES: Partial<Record<Verdict, string>> = { better: 'text-better', worse: 'text-worse' }

/** From so many baselines on, an interval for each leaves no room for cases. */
const MANY_BASELINES = 3

export function hasMany({ others }: Comparison): boolean {
  return others.length + 1 >= MANY_BASELINES
}

type Props = {
  comparison: Comparison
  /** Metrics that have a line beside those of all scores. */
  metrics: readonly ComparedItem[]
  score: string | null
  onScore: (name: string | null) => void
}

/** One line a number: its value, and how often which verdict was reached over the baselines. */
export function FoldedVerdicts({ comparison, metrics, score, onScore }: Props) {
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(min(340px,100%),1fr))] gap-1.5">
      {comparison.scores.map((item) => (
        <button
          key={item.name}
          type="button"
          aria-pressed={score === item.name}
          title={t`Count improved and regressed cases by ${item.name} only`}
          onClick={() => onScore(score === item.name ? null : item.name)}
          data-name={item.name}
          className={cx(
            LINE,
            'hover:border-line-strong',
            score === item.name ? 'border-accent' : 'border-line',
          )}
        >
          <FoldedLine comparison={comparison} kind="scores" item={item} name={item.name} />
        </button>
      ))}
      {metrics.map((item) => (
        <div key={item.name} data-name={item.name} className={cx(LINE, 'border-line')}>
          <FoldedLine comparison={comparison} kind="metrics" item={item} name={metricName(item.name)} />
        </div>
      ))}
    </div>
  )
}

const LINE = 'flex h-8 min-w-0 items-center gap-2 rounded border px-2.5 text-left'

type LineProps = { comparison: Comparison; kind: Kind; item: ComparedItem; name: string }

function FoldedLine({ comparison, kind, item, name }: LineProps) {
  const against = sidesOf(comparison).flatMap(({ baseline, [kind]: items }) => {
    const found = items.find((one) => one.name === item.name)
    return found?.verdict ? [{ baseline, item: found, verdict: found.verdict }] : []
  })
  const counted = ORDER.map((verdict) => ({
    verdict,
    times: against.filter((one) => one.verdict === verdict).length,
  })).filter(({ times }) => times > 0)
  return (
    <>
      <span className="min-w-0 flex-1 truncate" title={name}>
        {name}
        {item.direction === 'lower' ? <LowerMark /> : null}
      </span>
      <b className="font-semibold tabular-nums">{quantity(item.mean, item.unit)}</b>
      <span
        className="flex gap-2 text-xs whitespace-nowrap text-ink-3"
        title={against
          .map((one) => `${one.baseline.name}: ${explain(one.item, comparison.level)}`)
          .join('\n')}
      >
        {counted.map(({ verdict, times }) => (
          <span
            key={verdict}
            data-verdict={verdict}
            className={cx(TONES[verdict], TONES[verdict] && 'font-semibold')}
          >
            {times} {term(verdict)}
          </span>
        ))}
      </span>
    </>
  )
}
