import { plural, t } from '@lingui/core/macro'
import { useMemo, useRef, useState, type ReactNode } from 'react'
import { cx } from '@/lib/cx'
import { count, exactTime, score as scoreText } from '@/lib/format'
import { axisTime } from '@/lib/time-range'
import { useZone } from '@/lib/theme'
import { scoreOfBar, type Bar, type Histogram as Data } from './api'
import { scale, type Scale } from './score-scale'

const HEIGHT = 44

type Props = {
  data: Data
  /** The rows are spans, not traces. */
  spans: boolean
  /** What the bars measure: nothing (rows and their errors), `errors`, or `score:` with a name. */
  bar: string | undefined
  scores: readonly string[]
  onBar: (bar: string | undefined) => void
  onRange: (from: number, to: number) => void
}

/** Rows, errors or a mean score over time; drag to look at a part of it, click a slot for that slot. */
export function Histogram({ data, spans, bar, scores, onBar, onRange }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<[number, number] | null>(null)
  const [over, setOver] = useState<number | null>(null)
  const [zone] = useZone()
  const slots = useMemo(() => fill(data), [data])
  const name = scoreOfBar(bar)
  const most = Math.max(1, ...slots.map((slot) => (bar === 'errors' ? slot.errors : slot.rows)))
  const range = useMemo(() => scale(slots), [slots])

  const indexAt = (clientX: number): number => {
    const { left, width } = box.current!.getBoundingClientRect()
    return Math.max(0, Math.min(slots.length - 1, Math.floor(((clientX - left) / width) * slots.length)))
  }
  const finish = (): void => {
    if (drag) onRange(slots[Math.min(...drag)]!.at, slots[Math.max(...drag)]!.at + data.width)
    setDrag(null)
  }
  const hovered = over === null ? null : slots[over]
  return (
    <div className="relative shrink-0 border-b border-line px-3.5 pt-2 select-none max-sm:px-3">
      <div
        ref={box}
        role="img"
        aria-label={
          name
            ? t`${counted(data.total, spans)} over time, ${data.errors} with errors, mean ${name} ${withInterval(data.score)}`
            : t`${counted(data.total, spans)} over time, ${data.errors} with errors`
        }
        className="flex touch-pan-y items-end gap-px"
        style={{ height: HEIGHT }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          const index = indexAt(event.clientX)
          setDrag([index, index])
        }}
        onPointerMove={(event) => {
          const index = indexAt(event.clientX)
          setOver(index)
          if (drag) setDrag([drag[0], index])
        }}
        onPointerUp={finish}
        onPointerCancel={() => setDrag(null)}
        onPointerLeave={() => setOver(null)}
      >
        {slots.map((slot, i) => {
          const inside = drag !== null && i >= Math.min(...drag) && i <= Math.max(...drag)
          return (
            <span
              key={slot.at}
              className={cx(
                'relative flex h-full min-w-0 flex-1 items-end rounded-t-[1px]',
                (inside || over === i) && 'bg-sunken',
              )}
            >
              {name ? (
                <Mean score={slot.score} range={range} />
              ) : (
                <Bars slot={slot} most={most} inside={inside} errorsOnly={bar === 'errors'} />
              )}
            </span>
          )
        })}
      </div>
      <div className="flex min-h-6 items-center justify-between gap-2 text-[10.5px] text-ink-3 tabular-nums">
        <span className="max-sm:hidden">
          {axisTime(slots[0]?.at ?? data.first, data.last - data.first, zone)}
        </span>
        {hovered ? (
          <span className="text-s text-ink-2">
            {exactTime(new Date(hovered.at).toISOString(), zone).slice(5, 19)} ·{' '}
            <Figures slot={hovered} spans={spans} name={name} />
          </span>
        ) : (
          <span className="text-s text-ink-2" data-testid="logs-count">
            <Figures slot={{ ...data, rows: data.total }} spans={spans} name={name} />
          </span>
        )}
        <span className="flex items-center gap-2">
          <select
            aria-label={t`What the bars measure`}
            value={bar ?? ''}
            onChange={(event) => onBar(event.target.value || undefined)}
            className="h-5 max-w-32 rounded border border-line bg-bg text-xs text-ink-2 max-sm:h-7"
          >
            <option value="">{t`Count`}</option>
            <option value="errors">{t`Errors`}</option>
            {[...new Set([...(name ? [name] : []), ...scores])].map((score) => (
              <option key={score} value={`score:${score}`}>
                {score}
              </option>
            ))}
          </select>
          <span className="max-sm:hidden">{axisTime(data.last, data.last - data.first, zone)}</span>
        </span>
      </div>
    </div>
  )
}

/** Room for a histogram on its way, so that the rows do not move when it comes. */
export function HistogramRoom() {
  return <div aria-hidden className="shrink-0 border-b border-line" style={{ height: HEIGHT + 33 }} />
}

type FiguresProps = { slot: Pick<Bar, 'rows' | 'errors' | 'score'>; spans: boolean; name: string | null }

function Figures({ slot: { rows, errors, score }, spans, name }: FiguresProps): ReactNode {
  return (
    <>
      {counted(rows, spans)}
      {errors ? <span className="text-worse"> {t`· ${count(errors)} with errors`}</span> : null}
      {name ? (
        <span>
          {' '}
          · {name} {withInterval(score)}
        </span>
      ) : null}
    </>
  )
}

/** "0.62 (0.58 – 0.66, n 120)". */
export function withInterval(score: Bar['score']): string {
  if (!score) return '–'
  const { mean, interval, n } = score
  const bounds = interval ? `${scoreText(interval[0])} – ${scoreText(interval[1])}, ` : ''
  return `${scoreText(mean)} (${bounds}n ${count(n)})`
}

function counted(rows: number, spans: boolean): string {
  return spans
    ? plural(rows, { one: '# span', other: '# spans' })
    : plural(rows, { one: '# trace', other: '# traces' })
}

type BarsProps = { slot: Bar; most: number; inside: boolean; errorsOnly: boolean }

function Bars({ slot, most, inside, errorsOnly }: BarsProps) {
  const whole = errorsOnly ? slot.errors : slot.rows
  return (
    <span
      className={cx(
        'relative w-full overflow-hidden rounded-t-[1px]',
        inside ? 'bg-accent' : 'bg-line-strong',
      )}
      style={{ height: whole === 0 ? 0 : Math.max(2, (whole / most) * HEIGHT) }}
    >
      {slot.errors > 0 ? (
        <span
          className="absolute inset-x-0 bottom-0 min-h-0.5 bg-worse"
          style={{ height: (slot.errors / most) * HEIGHT }}
        />
      ) : null}
    </span>
  )
}

/** The mean as a line across its slot, its interval as a band behind it. */
function Mean({ score, range }: { score: Bar['score']; range: Scale }) {
  if (!score) return null
  const [low, high] = score.interval ?? [score.mean, score.mean]
  const at = (value: number): number => range(value) * (HEIGHT - 2)
  return (
    <>
      <span
        className="absolute inset-x-0 bg-score/25"
        style={{ bottom: at(low), height: Math.max(1, at(high) - at(low)) }}
      />
      <span className="absolute inset-x-0 h-0.5 bg-score" style={{ bottom: at(score.mean) }} />
    </>
  )
}

/** Every bucket of the range, the empty ones too. */
function fill({ bars, first, last, width }: Data): Data['bars'] {
  const byTime = new Map(bars.map((bar) => [bar.at, bar]))
  const start = bars[0]?.at ?? first
  const out: Data['bars'] = []
  for (let at = start; at <= last && out.length < 400; at += width)
    out.push(byTime.get(at) ?? { at, rows: 0, errors: 0, score: null })
  return out
}
