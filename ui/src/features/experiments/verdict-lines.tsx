import { Trans } from '@lingui/react/macro'
import type { ComparedItem, Comparison } from '@/api/types'
import { Badge } from '@/components/ui/bits'
import { cx } from '@/lib/cx'
import { signed } from '@/lib/format'
import { tellingNames } from '@/lib/telling-names'
import { term } from '@/lib/terms'
import { DifferencePlot } from './interval-plot'
import { basis, explain, plotScale, sidesOf, toneOf } from './verdict'

type Kind = 'scores' | 'metrics'

/** One number against each of several baselines, all intervals on one scale. */
export function VerdictLines({
  comparison,
  kind,
  name,
}: {
  comparison: Comparison
  kind: Kind
  name: string
}) {
  const lines = sidesOf(comparison).flatMap(({ baseline, [kind]: items }) => {
    const item = items.find((one) => one.name === name)
    return item && item.diff !== null ? [{ baseline, item }] : []
  })
  const names = tellingNames(lines.map(({ baseline }) => baseline.name))
  const scale = plotScale(...lines.map(({ item }) => item))
  return (
    <span role="list" className="mt-1 block space-y-0.5">
      {lines.map(({ baseline, item }, i) => (
        <span
          role="listitem"
          key={baseline.id}
          data-against={baseline.name}
          data-verdict={item.verdict ?? undefined}
          title={`${explain(item, comparison.level)} ${basis(item)}`}
          className="grid grid-cols-[minmax(0,5.5rem)_minmax(0,1fr)_auto] items-center gap-2 text-xs"
        >
          <span className="truncate text-ink-3" title={baseline.name}>
            <Trans>vs {names[i]}</Trans>
          </span>
          <DifferencePlot item={item} level={comparison.level} scale={scale} />
          <LineVerdict item={item} />
        </span>
      ))}
    </span>
  )
}

function LineVerdict({ item }: { item: ComparedItem }) {
  const decided = item.verdict === 'better' || item.verdict === 'worse'
  return (
    <span className="flex w-34 items-center justify-end gap-1.5 whitespace-nowrap tabular-nums">
      <b className={cx('font-semibold', !decided && 'text-ink-2')}>{signed(item.diff, item.unit)}</b>
      {item.verdict ? <Badge tone={toneOf(item.verdict)}>{term(item.verdict)}</Badge> : null}
    </span>
  )
}
