import { t } from '@lingui/core/macro'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'react'
import uPlot, { type AlignedData, type Options, type Series as PlotSeries } from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { exactTime } from '@/lib/format'
import { useZone, type Zone } from '@/lib/theme'
import type { Unit } from './charts'
import { colorAt } from './colors'
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
  /** Moments to mark, in epoch milliseconds. */
  marks?: readonly number[] | undefined
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
  const { series, before, unit, stacked, bars, marks = NO_MARKS, height = HEIGHT } = props
  const data = useMemo(() => aligned(series, before, stacked), [series, before, stacked])

  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const make = (): uPlot =>
      new uPlot(
        options(element, { series, before, unit, stacked, bars, zone, marks, height }, latest),
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
  }, [data, series, before, unit, stacked, bars, zone, marks, height])

  return <div ref={box} role="img" aria-label={props.label} className="w-full" style={{ height }} />
}

const NO_MARKS: readonly number[] = []

type Drawn = {
  series: Series
  before: Series | null
  unit: Unit
  stacked: boolean
  bars: boolean
  zone: Zone
  marks: readonly number[]
  height: number
}

/** Columns for the plot: time, each line, the ends of its band, then the earlier period. Topmost of a stack first. */
function aligned(series: Series, before: Series | null, stacked: boolean): AlignedData {
  const seconds = series.times.map((at) => at / 1000)
  const lines = stacked ? stack(series.lines).toReversed() : series.lines
  const columns = lines.flatMap((line) =>
    line.low && line.high ? [line.values, line.low, line.high] : [line.values],
  )
  const earlier = pairs(series, before).map(({ was }) => seconds.map((_, i) => was.values[i] ?? null))
  return [seconds, ...columns, ...earlier] as AlignedData
}

/** Lines of now with those of the period before, where there is one. */
function pairs(series: Series, before: Series | null): { was: Line; color: string }[] {
  return series.lines.flatMap(({ label, color }) => {
    const was = before?.lines.find((line) => line.label === label)
    return was ? [{ was, color: colorAt(color) }] : []
  })
}

function options(element: HTMLElement, drawn: Drawn, latest: React.RefObject<Props>): Options {
  const paint = (name: string, opacity = 1): string => resolved(element, name, opacity)
  const { series, before, unit, stacked, bars, zone, marks, height } = drawn
  const bands: uPlot.Band[] = []
  const faint = 0.14 * Math.min(1, 3 / series.lines.length) // bands of many lines lie on each other
  const shown: PlotSeries[] = [{}]
  const colored = series.lines.map((line) => ({ line, color: colorAt(line.color) }))
  for (const { line, color } of stacked ? colored.toReversed() : colored) {
    const at = shown.push(lineOf(line, paint(color), bars || stacked, paint(color, stacked ? 1 : 0.75)))
    if (line.low && line.high) {
      const end = { stroke: 'transparent', width: 0, points: { show: false } }
      shown.push({ ...end, label: t`${line.label} low` }, { ...end, label: t`${line.label} high` })
      bands.push({ series: [at + 1, at], fill: paint(color, faint) })
    }
  }
  for (const { was, color } of pairs(series, before))
    shown.push({
      label: t`${was.label} before`,
      stroke: paint(color, 0.8),
      width: 1,
      dash: [4, 4],
      points: lonePoints(was, paint(color, 0.8), 0),
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
    padding: [8, 14, 0, 0],
    ...(zone === 'utc' ? { tzDate: (at: number) => uPlot.tzDate(new Date(at * 1000), 'Etc/UTC') } : {}),
    axes: [
      {
        ...axis,
        size: 22,
        space: 64,
        grid: { show: false },
        values: (_, splits) => splits.map(clock(series, zone)),
      },
      {
        ...axis,
        size: (_, texts) => Math.max(40, 14 + 6 * Math.max(0, ...(texts ?? []).map((text) => text.length))),
        space: 34,
        ...(bars && unit === '' ? { incrs: WHOLE } : {}),
        values: (_, splits) => splits.map((value) => measure(value, unit)),
      },
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
      draw: [(plot) => drawMarks(plot, marked(series, marks), paint('--ink-2'))],
    },
  }
}

/** Steps of an axis of counts. */
const WHOLE = [1, 2, 5]
  .flatMap((step) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((power) => step * 10 ** power))
  .toSorted((a, b) => a - b)

/** The slots that moments fall into. */
function marked({ times, width }: Series, marks: readonly number[]): number[] {
  const slots = marks.flatMap((at) => times.findLast((time) => time <= at && at < time + width) ?? [])
  return [...new Set(slots)]
}

/** A dashed line with a flag on top at each moment. */
function drawMarks({ ctx, bbox, valToPos }: uPlot, marks: readonly number[], color: string): void {
  ctx.save()
  ctx.strokeStyle = ctx.fillStyle = color
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio])
  for (const at of marks) {
    const x = Math.round(valToPos(at / 1000, 'x', true))
    const flag = 4 * devicePixelRatio
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.beginPath()
    ctx.moveTo(x - flag, bbox.top)
    ctx.lineTo(x + flag, bbox.top)
    ctx.lineTo(x, bbox.top + 1.5 * flag)
    ctx.fill()
  }
  ctx.restore()
}

/** Days on a long axis, the time of day on a short one. */
function clock(series: Series, zone: Zone): (at: number) => string {
  const length = (series.times.at(-1) ?? 0) - (series.times[0] ?? 0)
  const [from, to] = length > 2 * 86_400_000 ? [5, 10] : length > 600_000 ? [11, 16] : [11, 19]
  return (at) => exactTime(new Date(at * 1000).toISOString(), zone).slice(from, to)
}

/** Every point of a short line, and of a long one those without a neighbour, which no stroke would show. */
function lonePoints({ values }: Line, fill: string, short = 25): PlotSeries['points'] {
  const known = values.flatMap((value, i) => (value === null ? [] : [i]))
  const lone = known.filter((i) => (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null)
  const drawn = known.length < short ? known : lone
  return { show: drawn.length > 0, size: 4, fill, filter: () => drawn }
}

function lineOf(line: Line, stroke: string, bars: boolean, fill: string): PlotSeries {
  const shared = { label: line.label, stroke, width: 1.5, spanGaps: false }
  if (!bars)
    return {
      ...shared,
      points: lonePoints(line, stroke),
    }
  return { ...shared, width: 0, fill, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.8, 40] }) }
}

/** In milliseconds: two clicks within it are a double click, of which the first one does nothing. */
const DOUBLE_CLICK = 300

function listen(plot: uPlot, latest: React.RefObject<Props>): void {
  let pressed = 0
  let picking: ReturnType<typeof setTimeout> | undefined
  plot.over.addEventListener('mousedown', (event) => (pressed = event.clientX))
  plot.over.addEventListener('click', (event) => {
    const slot = plot.cursor.idx
    if (Math.abs(event.clientX - pressed) < 4 && slot != null && event.detail === 1)
      picking = setTimeout(() => latest.current.onPick(slot), DOUBLE_CLICK)
  })
  plot.over.addEventListener('dblclick', () => {
    clearTimeout(picking)
    latest.current.onZoomOut()
  })
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
