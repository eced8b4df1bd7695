import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { Suspense, useMemo, useState } from 'react'
import { Skeleton } from '@/components/ui/bits'
import { exactTime } from '@/lib/format'
import { loadLater } from '@/lib/load-later'
import { useZone } from '@/lib/theme'
import { colorAt } from '../monitor/colors'
import { measure } from '../monitor/measure'
import type { Series } from '../monitor/series'
import { draw, MOST_BARS, type Bar } from './chart'
import type { ResultRow } from './result-columns'

const Plot = loadLater(async () => (await import('../monitor/plot')).Plot)
const nothing = (): void => undefined

/** The rows of a query as lines over time or as bars. */
export function ResultChart({ rows }: { rows: readonly ResultRow[] }) {
  const drawing = useMemo(() => draw(rows.map((row) => row.values)), [rows])
  if (drawing.kind === 'series') return <Lines series={drawing.series} time={drawing.time} />
  if (drawing.kind === 'bars') return <Bars bars={drawing.bars} measure={drawing.measure} of={drawing.of} />
  return (
    <p className="max-w-xl px-3.5 py-8 text-ink-2">
      <Trans>
        These rows have nothing to draw. A chart takes a column of numbers and beside it a column of times
        (lines) or of text (bars), such as{' '}
        <code className="font-mono text-s">date_trunc('hour', created)</code> and{' '}
        <code className="font-mono text-s">count(*)</code>.
      </Trans>
    </p>
  )
}

function Lines({ series, time }: { series: Series; time: string }) {
  const [slot, setSlot] = useState<number | null>(null)
  const [zone] = useZone()
  const at = slot === null ? undefined : series.times[slot]
  const shown = slot ?? series.times.length - 1
  const names = series.lines.map((line) => line.label).join(', ')
  return (
    <figure aria-label={t`Chart`} className="p-3.5">
      <figcaption className="flex min-h-6 flex-wrap items-baseline gap-x-4 text-s">
        {series.lines.map((line) => (
          <span key={line.label} className="flex min-w-0 items-baseline gap-1.5">
            <span
              aria-hidden
              className="size-2 shrink-0 self-center rounded-full"
              style={{ background: `var(${colorAt(line.color)})` }}
            />
            <span className="max-w-48 truncate text-ink-3">{line.label}</span>
            <b className="font-semibold tabular-nums">{measure(line.values[shown], '')}</b>
          </span>
        ))}
        <span className="ml-auto text-xs text-ink-3 tabular-nums">
          {at === undefined ? t`over ${time}` : exactTime(new Date(at).toISOString(), zone).slice(0, 16)}
        </span>
      </figcaption>
      <Suspense fallback={<Skeleton className="h-[300px]" />}>
        <Plot
          series={series}
          before={null}
          unit=""
          stacked={false}
          bars={false}
          height={300}
          label={t`${names} over ${time}, ${series.times.length} times`}
          onHover={setSlot}
          onRange={nothing}
          onPick={nothing}
          onZoomOut={nothing}
        />
      </Suspense>
    </figure>
  )
}

type BarsProps = { bars: readonly Bar[]; measure: string; of: string }

function Bars({ bars, measure: name, of }: BarsProps) {
  const most = Math.max(...bars.map((bar) => Math.abs(bar.value ?? 0)), Number.MIN_VALUE)
  return (
    <figure aria-label={t`Chart`} className="max-w-3xl p-3.5">
      <figcaption className="pb-2 text-s text-ink-3">
        {bars.length === MOST_BARS ? t`${name} by ${of}, first ${MOST_BARS} rows` : t`${name} by ${of}`}
      </figcaption>
      <ol className="flex flex-col gap-0.5">
        {bars.map((bar, i) => (
          // Labels may repeat; rows have no identity besides their place.
          // oxlint-disable-next-line react/no-array-index-key
          <li
            key={i}
            className="relative flex h-6 items-center gap-2 overflow-hidden rounded-s px-1.5 text-s"
          >
            <span
              aria-hidden
              className={`absolute inset-y-0 left-0 ${(bar.value ?? 0) < 0 ? 'bg-worse-soft' : 'bg-accent-soft'}`}
              style={{ width: `${(Math.abs(bar.value ?? 0) / most) * 100}%` }}
            />
            <span className="relative min-w-0 flex-1 truncate">{bar.label}</span>
            <span className="relative font-medium tabular-nums">{measure(bar.value, '')}</span>
          </li>
        ))}
      </ol>
    </figure>
  )
}
