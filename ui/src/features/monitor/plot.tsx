import { t } from '@lingui/core/macro'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'react'
import uPlot, { type AlignedData, type Options, type Series as PlotSeries } from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { exactTime } from '@/lib/format'
import { useZone, type Zone } from '@/lib/theme'
import type { Unit } from './charts'
import { COLORS } from './colors'
import { measure } from './measure'
import { stack, type Line, type Series } from './series'

const HEIGHT = 148

type Props = {
  series: Series
  /** The same lines one period earlier, drawn dashed. */
  before: Series | null
  unit: Unit
  stacked: boolean
  bars: boolean
  label: string
  /** In pixels. */
  height?: number
  onHover: (slot: number | null) => void
  onRange: (from: number, to: number) => void
  onPick: (slot: number) => void
  onZoomOut: () => void
}

/** A chart over time: drag for a part of it, double click to go back, click a slot to see its rows. */
export function Plot(props: Props) {
  const box = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  useLayoutEffect(() => {
    latest.current = props
  })
  const [zone] = useZone()
  const { series, before, unit, stacked, bars, height = HEIGHT } = props
  const data = useMemo(() => aligned(series, before, stacked), [series, before, stacked])

  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const make = (): uPlot =>
      new uPlot(
        options(element, { series, before, unit, stacked, bars, zone, height }, latest),
        data,
        element,
      )
    let plot = make()
    const watcher = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }))
    watcher.observe(element)
    // Colours on a canvas do not follow the page's theme by themselves.
    const repaint = (): void => {
      plot.destroy()
      plot = make()
    }
    const themes = new MutationObserver(repaint)
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const system = window.matchMedia('(prefers-color-scheme: dark)')
    system.addEventListener('change', repaint)
    return () => {
      watcher.disconnect()
      themes.disconnect()
      system.removeEventListener('change', repaint)
      plot.destroy()
    }
  }, [data, series, before, unit, stacked, bars, zone, height])

  return <div ref={box} role="img" aria-label={props.label} className="w-full" style={{ height }} />
}

type Drawn = {
  series: Series
  before: Series | null
  unit: Unit
  stacked: boolean
  bars: boolean
  zone: Zone
  height: number
}

/** Columns for the plot: time, each line, the ends of its band, then the earlier period. Topmost of a stack first. */
function aligned(series: Series, before: Series | null, stacked: boolean): AlignedData {
  const seconds = series.times.map((at) => at / 1000)
  const lines = stacked ? stack(series.lines).toReversed() : series.lines
  const columns = lines.flatMap((line) =>
    line.low && line.high ? [line.values, line.low, line.high] : [line.values],
  )
  const earlier = before?.lines.map((line) => seconds.map((_, i) => line.values[i] ?? null)) ?? []
  return [seconds, ...columns, ...earlier] as AlignedData
}

function options(element: HTMLElement, drawn: Drawn, latest: React.RefObject<Props>): Options {
  const paint = (name: string, opacity = 1): string => resolved(element, name, opacity)
  const { series, before, unit, stacked, bars, zone, height } = drawn
  const bands: uPlot.Band[] = []
  const shown: PlotSeries[] = [{}]
  const colored = series.lines.map((line, i) => ({ line, color: COLORS[i % COLORS.length]! }))
  for (const { line, color } of stacked ? colored.toReversed() : colored) {
    const at = shown.push(lineOf(line, paint(color), bars || stacked, paint(color, stacked ? 1 : 0.75)))
    if (line.low && line.high) {
      const end = { stroke: 'transparent', width: 0, points: { show: false } }
      shown.push({ ...end, label: t`${line.label} low` }, { ...end, label: t`${line.label} high` })
      bands.push({ series: [at + 1, at], fill: paint(color, 0.14) })
    }
  }
  for (const line of before?.lines ?? [])
    shown.push({
      label: t`${line.label} before`,
      stroke: paint('--ink-3'),
      width: 1,
      dash: [4, 4],
      points: { show: false },
    })
  const axis = {
    stroke: paint('--ink-3'),
    font: '10.5px Inter Variable, sans-serif',
    grid: { stroke: paint('--line'), width: 1 },
    ticks: { show: false },
  }
  return {
    width: Math.max(120, element.clientWidth),
    height,
    series: shown,
    bands,
    legend: { show: false },
    padding: [8, 6, 0, 0],
    ...(zone === 'utc' ? { tzDate: (at: number) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC') } : {}),
    axes: [
      {
        ...axis,
        size: 22,
        space: 64,
        grid: { show: false },
        values: (_, splits) => splits.map(clock(series, zone)),
      },
      { ...axis, size: 52, space: 34, values: (_, splits) => splits.map((value) => measure(value, unit)) },
    ],
    scales: {
      x: { range: (_, low, high) => [low - series.width / 2000, high + series.width / 2000] },
      y: { range: (_, low, high) => extent(low, high, unit) },
    },
    cursor: { sync: { key: 'monitor' }, drag: { x: true, y: false }, points: { size: 5 }, y: false },
    hooks: {
      setCursor: [(plot) => latest.current.onHover(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          if (plot.select.width < 4) return
          const time = (pixel: number): number => plot.posToVal(pixel, 'x') * 1000
          latest.current.onRange(time(plot.select.left), time(plot.select.left + plot.select.width))
          plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
        },
      ],
      ready: [(plot) => listen(plot, latest)],
    },
  }
}

/** Days on a long axis, the time of day on a short one. */
function clock(series: Series, zone: Zone): (at: number) => string {
  const length = (series.times.at(-1) ?? 0) - (series.times[0] ?? 0)
  const [from, to] = length > 2 * 86_400_000 ? [5, 10] : length > 600_000 ? [11, 16] : [11, 19]
  return (at) => exactTime(new Date(at * 1000).toISOString(), zone).slice(from, to)
}

function lineOf(line: Line, stroke: string, bars: boolean, fill: string): PlotSeries {
  const shared = { label: line.label, stroke, width: 1.5, spanGaps: false }
  if (!bars)
    return {
      ...shared,
      points: { show: line.values.filter((value) => value !== null).length < 25, size: 4, fill: stroke },
    }
  return { ...shared, width: 0, fill, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.8, 40] }) }
}

function listen(plot: uPlot, latest: React.RefObject<Props>): void {
  let pressed = 0
  plot.over.addEventListener('mousedown', (event) => (pressed = event.clientX))
  plot.over.addEventListener('click', (event) => {
    const slot = plot.cursor.idx
    if (Math.abs(event.clientX - pressed) < 4 && slot != null && event.detail === 1)
      latest.current.onPick(slot)
  })
  plot.over.addEventListener('dblclick', () => latest.current.onZoomOut())
  plot.over.addEventListener('mouseleave', () => latest.current.onHover(null))
}

function extent(low: number, high: number, unit: Unit): [number, number] {
  if (unit === '%') return [0, Math.max(0.01, Math.min(1, high * 1.15))]
  const top = high > 0 ? high * 1.1 : 1
  return [Math.min(0, low ?? 0), top]
}

/** The computed colour of a variable of ours: light-dark() is resolved by the browser only where it is used. */
function resolved(element: HTMLElement, name: string, opacity: number): string {
  const probe = document.createElement('span')
  probe.style.color = `color-mix(in srgb, var(${name}) ${opacity * 100}%, transparent)`
  element.append(probe)
  const color = getComputedStyle(probe).color
  probe.remove()
  return color
}
