import { useMemo, useRef, useState } from 'react'
import { cx } from '@/lib/cx'
import { count, exactTime, plural } from '@/lib/format'
import { axisTime } from '@/lib/time-range'
import { useZone } from '@/lib/theme'
import type { Histogram as Data } from './api'

const HEIGHT = 44

/** Traces over time with their errors; drag to look at a part of it, click a bar for that bar. */
export function Histogram({ data, onRange }: { data: Data; onRange: (from: number, to: number) => void }) {
  const box = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<[number, number] | null>(null)
  const [over, setOver] = useState<number | null>(null)
  const [zone] = useZone()
  const slots = useMemo(() => fill(data), [data])
  const most = Math.max(1, ...slots.map((slot) => slot.traces))

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
        aria-label={`${plural(data.total, 'trace')} over time, ${data.errors} with errors`}
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
          const height = slot.traces === 0 ? 0 : Math.max(2, (slot.traces / most) * HEIGHT)
          return (
            <span
              key={slot.at}
              className={cx(
                'flex h-full min-w-0 flex-1 items-end rounded-t-[1px]',
                (inside || over === i) && 'bg-sunken',
              )}
            >
              <span
                className={cx(
                  'relative w-full overflow-hidden rounded-t-[1px]',
                  inside ? 'bg-accent' : 'bg-line-strong',
                )}
                style={{ height }}
              >
                {slot.errors > 0 ? (
                  <span
                    className="absolute inset-x-0 bottom-0 min-h-0.5 bg-worse"
                    style={{ height: (slot.errors / most) * HEIGHT }}
                  />
                ) : null}
              </span>
            </span>
          )
        })}
      </div>
      <div className="flex h-4.5 items-center justify-between text-[10.5px] text-ink-3 tabular-nums">
        <span>{axisTime(slots[0]?.at ?? data.first, data.last - data.first, zone)}</span>
        {hovered ? (
          <span className="text-s text-ink-2">
            {exactTime(new Date(hovered.at).toISOString(), zone).slice(5, 19)} ·{' '}
            {plural(hovered.traces, 'trace')}
            {hovered.errors ? <span className="text-worse"> · {plural(hovered.errors, 'error')}</span> : null}
          </span>
        ) : (
          <span className="text-s text-ink-2" data-testid="logs-count">
            {plural(data.total, 'trace')}
            {data.errors ? <span className="text-worse"> · {count(data.errors)} with errors</span> : null}
          </span>
        )}
        <span>{axisTime(data.last, data.last - data.first, zone)}</span>
      </div>
    </div>
  )
}

/** Every bucket of the range, the empty ones too. */
function fill({ bars, first, last, width }: Data): Data['bars'] {
  const byTime = new Map(bars.map((bar) => [bar.at, bar]))
  const start = bars[0]?.at ?? first
  const out: Data['bars'] = []
  for (let at = start; at <= last && out.length < 400; at += width)
    out.push(byTime.get(at) ?? { at, traces: 0, errors: 0 })
  return out
}
