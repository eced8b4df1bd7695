import { t } from '@lingui/core/macro'
import type { ComparedItem, Interval } from '@/api/types'
import { cx } from '@/lib/cx'
import { quantity, signed } from '@/lib/format'
import { levelText, plotScale, toneOf } from './verdict'

const HEIGHT = 26
const STROKE = {
  better: 'bg-better',
  worse: 'bg-worse',
  unsure: 'bg-unsure',
  warn: 'bg-warn',
  plain: 'bg-ink-3',
} as const

/** The difference to the baseline with its interval around zero; the grey band is what this many cases could not have seen. */
export function DifferencePlot({
  item,
  level,
  scale = plotScale(item),
}: {
  item: ComparedItem
  level: number
  scale?: (value: number) => number
}) {
  const { diff, diff_interval: interval, detectable } = item
  if (diff === null) return <MeanPlot item={item} />
  const tone = STROKE[toneOf(item.verdict)]
  const by = signed(diff, item.unit)
  const [from = '', to = ''] = interval?.map((end) => signed(end, item.unit)) ?? []
  const label = interval
    ? t`Difference ${by}, ${levelText(level)} interval ${from} to ${to}`
    : t`Difference ${by}`
  return (
    <div role="img" aria-label={label} title={label} className="relative" style={{ height: HEIGHT }}>
      <span className="absolute inset-x-0 bottom-0 border-b border-line" />
      {detectable ? (
        <span className="absolute top-1 bottom-0 bg-sunken" style={span(scale, [-detectable, detectable])} />
      ) : null}
      <span className="absolute top-0 bottom-0 left-1/2 w-px bg-ink-3" />
      {interval ? <Whisker at={span(scale, interval)} tone={tone} /> : null}
      <Dot left={scale(diff)} tone={tone} />
    </div>
  )
}

/** Without a baseline: the mean with its interval on the scale of the score. */
function MeanPlot({ item }: { item: ComparedItem }) {
  const { mean, interval } = item
  const bounded = item.unit === '' && (interval ?? [mean ?? 0]).every((value) => value >= 0 && value <= 1)
  if (mean === null || !bounded) return <div style={{ height: HEIGHT }} className="border-b border-line" />
  return (
    <div
      role="img"
      aria-label={t`Mean ${quantity(mean, '')} between 0 and 1`}
      className="relative border-b border-line"
      style={{ height: HEIGHT }}
    >
      {interval ? <Whisker at={span(percent, interval)} tone={STROKE.plain} /> : null}
      <Dot left={percent(mean)} tone={STROKE.plain} />
    </div>
  )
}

function percent(value: number): number {
  return value * 100
}

function Whisker({ at, tone }: { at: { left: string; width: string }; tone: string }) {
  return (
    <span className="absolute top-[8px] h-[9px] min-w-px" style={at}>
      <span className={cx('absolute inset-x-0 top-[3px] h-[3px] rounded-full opacity-55', tone)} />
      <span className={cx('absolute inset-y-0 left-0 w-px', tone)} />
      <span className={cx('absolute inset-y-0 right-0 w-px', tone)} />
    </span>
  )
}

function Dot({ left, tone }: { left: number; tone: string }) {
  return (
    <span
      className={cx('absolute top-[8px] -ml-[4.5px] size-[9px] rounded-full ring-2 ring-bg', tone)}
      style={{ left: `${left}%` }}
    />
  )
}

function span(scale: (value: number) => number, [low, high]: Interval): { left: string; width: string } {
  return { left: `${scale(low)}%`, width: `${Math.max(0, scale(high) - scale(low))}%` }
}
