import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { useState, type CSSProperties, type ReactNode } from 'react'
import type { ComparedItem, Comparison, Plan } from '@/api/types'
import { Badge } from '@/components/ui/bits'
import { cx } from '@/lib/cx'
import { quantity, signed } from '@/lib/format'
import { usePreference } from '@/lib/storage'
import { term } from '@/lib/terms'
import { planQuery } from './api'
import { InShort } from './in-short'
import { DifferencePlot } from './interval-plot'
import { LowerMark } from './lower-mark'
import { basis, explain, intervalText, levelText, metricName, power, splitMetrics, toneOf } from './verdict'
import { FoldedVerdicts, hasMany } from './verdict-fold'
import { VerdictLines } from './verdict-lines'

type Props = {
  comparison: Comparison
  cluster: string | undefined
  score: string | null
  /** The sentence alone, where the room is needed. */
  short: boolean
  onScore: (name: string | null) => void
}

/** Each score and metric: its value, the difference to each baseline, how sure that is, and the verdict. */
export function VerdictStrip({ comparison, cluster, score, short, onScore }: Props) {
  const [more, setMore] = useState(false)
  const [unfolded, setUnfolded] = usePreference('verdicts.each', false)
  const { first, rest } = splitMetrics(comparison.metrics)
  const { experiment, baseline, others } = comparison
  const { data: plan } = useQuery({
    ...planQuery(experiment.id, baseline?.id ?? '', cluster),
    enabled: baseline !== null,
  })
  const shown = [...comparison.scores, ...first, ...(more ? rest : [])]
  const many = hasMany(comparison)
  const folded = many && !unfolded
  const lines = (kind: 'scores' | 'metrics', name: string): ReactNode =>
    others.length ? <VerdictLines comparison={comparison} kind={kind} name={name} /> : null
  return (
    <section
      aria-label={t`Verdicts`}
      className="@container shrink-0 border-b border-line px-3.5 py-3 max-sm:px-3"
    >
      <InShort comparison={comparison} />
      {short || !folded ? null : (
        <FoldedVerdicts
          comparison={comparison}
          metrics={[...first, ...(more ? rest : [])]}
          score={score}
          onScore={onScore}
        />
      )}
      {short || folded ? null : (
        <div
          className={cx(
            'grid gap-2.5',
            others.length
              ? 'grid-cols-[repeat(auto-fill,minmax(340px,1fr))]'
              : 'grid-cols-[repeat(auto-fill,minmax(max(184px,(100%-10px*(var(--most)-1))/var(--most)),1fr))]',
            '@max-4xl:-mx-3.5 @max-4xl:flex @max-4xl:snap-x @max-4xl:scroll-pl-3.5 @max-4xl:overflow-x-auto @max-4xl:px-3.5 @max-4xl:pb-1',
          )}
          style={{ '--most': perRow(shown.length) } as CSSProperties}
        >
          {comparison.scores.map((item) => (
            <Card
              key={item.name}
              item={item}
              level={comparison.level}
              name={item.name}
              plan={plan}
              lines={lines('scores', item.name)}
              active={score === item.name}
              onPick={() => onScore(score === item.name ? null : item.name)}
            />
          ))}
          {[...first, ...(more ? rest : [])].map((item) => (
            <Card
              key={item.name}
              item={item}
              level={comparison.level}
              name={metricName(item.name)}
              plan={plan}
              lines={lines('metrics', item.name)}
            />
          ))}
        </div>
      )}
      {short ? null : (
        <div className="flex gap-4 text-s text-ink-3">
          {rest.length ? (
            <button type="button" onClick={() => setMore(!more)} className="mt-1.5 hover:text-ink">
              {more ? t`Fewer metrics` : t`${rest.length} more metrics`}
            </button>
          ) : null}
          {many ? (
            <button type="button" onClick={() => setUnfolded(folded)} className="mt-1.5 hover:text-ink">
              {folded ? t`Show each baseline` : t`One line each`}
            </button>
          ) : null}
        </div>
      )}
    </section>
  )
}

const MOST_IN_ROW = 6

/** How many cards stand in a row where there is room: as many as leave no card alone in the last one. */
function perRow(cards: number): number {
  return Math.max(1, Math.ceil(cards / Math.ceil(cards / MOST_IN_ROW)))
}

function Card({
  item,
  level,
  name,
  plan,
  lines,
  active = false,
  onPick,
}: {
  item: ComparedItem
  level: number
  name: string
  plan: Plan | undefined
  /** The differences to several baselines, instead of the one to the only one. */
  lines: ReactNode
  active?: boolean
  onPick?: () => void
}) {
  const Tag = onPick ? 'button' : 'div'
  return (
    <Tag
      {...(onPick
        ? {
            type: 'button' as const,
            onClick: onPick,
            'aria-pressed': active,
            title: t`Count improved and regressed cases by ${name} only`,
          }
        : {})}
      data-verdict={item.verdict ?? undefined}
      data-name={item.name}
      className={cx(
        'flex min-w-0 flex-col rounded-l border px-3 py-2 text-left @max-4xl:shrink-0 @max-4xl:snap-start',
        lines ? '@max-4xl:w-80' : '@max-4xl:w-52',
        active ? 'border-accent' : 'border-line',
        onPick && 'hover:border-line-strong',
      )}
    >
      <span className="flex items-center justify-between gap-2">
        <span
          className="flex min-w-0"
          title={item.direction === 'lower' ? t`${name}: lower is better` : name}
        >
          <span className="truncate">{name}</span>
          {item.direction === 'lower' ? <LowerMark /> : null}
        </span>
        {item.verdict && !lines ? (
          <Badge tone={toneOf(item.verdict)} title={explain(item, level)}>
            {term(item.verdict)}
          </Badge>
        ) : null}
      </span>
      <span className="mt-0.5 flex h-[27px] flex-wrap items-baseline gap-x-2 overflow-hidden whitespace-nowrap tabular-nums">
        <span className="text-xl font-semibold tracking-[-0.02em]">{quantity(item.mean, item.unit)}</span>
        {item.diff === null || lines ? null : <Delta item={item} />}
      </span>
      {lines ?? (
        <span className="mt-1 block">
          <DifferencePlot item={item} level={level} />
        </span>
      )}
      <span
        className="mt-1 flex justify-between gap-2 text-xs whitespace-nowrap text-ink-3"
        title={basis(item)}
      >
        <span className="truncate">{lines ? '' : withLevel(intervalText(item), level)}</span>
        <span>
          <Trans>n {item.n}</Trans>
        </span>
      </span>
      {item.diff === null || lines ? null : (
        <span
          className="block min-h-[2lh] text-xs text-ink-3" // two lines from the start: what comes late moves nothing
          title={plan?.scores.find((one) => one.name === item.name)?.text}
        >
          {power(item, plan)}
        </span>
      )}
    </Tag>
  )
}

/** An interval says how sure it is, or it is two numbers. */
function withLevel(interval: string, level: number): string {
  return interval && `${levelText(level)}: ${interval}`
}

function Delta({ item }: { item: ComparedItem }) {
  const decided = item.verdict === 'better' || item.verdict === 'worse'
  return (
    <>
      <b
        className={cx(
          'font-semibold',
          decided ? (item.verdict === 'better' ? 'text-better' : 'text-worse') : 'text-ink-2',
        )}
      >
        {signed(item.diff, item.unit)}
      </b>
      <span className="text-xs text-ink-3">{t`from ${quantity(item.baseline_mean, item.unit)}`}</span>
    </>
  )
}
