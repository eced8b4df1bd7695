/** From rows of a question to what is drawn: time slots without holes, one line a measure (or a value of the group). */
import { intervalOf } from '@/lib/interval'
import type { Chart } from './charts'
import type { Value } from './questions'

type Columns = { series?: Value | null } & Record<`c${number}`, number | null>
export type Row = { at: string } & Columns
/** A row over the whole time. */
export type TotalRow = Columns

/** A value over the whole time; of a mean also the deviation and number of what it is of. */
export type Total = { value: number | null; deviation: number | null; n: number | null }

/** `low` and `high` are the ends of a 95 % interval on a mean. */
export type Line = {
  label: string
  /** The value of the group this line stands for. */
  value: Value | null
  values: (number | null)[]
  total: Total
  low: (number | null)[] | null
  high: (number | null)[] | null
}
export type Series = { times: number[]; lines: Line[]; width: number }

const MOST_SLOTS = 400

/** Slots of `width` milliseconds that cover the rows and the window, oldest first. */
export function slots(rows: readonly Row[], width: number, first: number, last: number): number[] {
  const times = rows.map((row) => Date.parse(row.at))
  const anchor = times[0] ?? Math.floor(first / width) * width
  const begin = anchor - Math.ceil(Math.max(0, anchor - first) / width) * width
  const end = Math.max(last, ...times.slice(-1))
  const out: number[] = []
  for (let at = begin; at <= end && out.length < MOST_SLOTS; at += width) out.push(at)
  return out
}

type Found = {
  rows: readonly Row[]
  totals: readonly TotalRow[]
  /** The places of the values of each measure. */
  columns: readonly number[][]
  times: number[]
  width: number
  /** Values of the group in the order of their lines, and what people call them. */
  order?: readonly Value[] | undefined
  called?: ReadonlyMap<Value, string> | undefined
}

/** The lines of a chart: one for each measure, of each value of the group. */
export function readSeries(chart: Chart, found: Found): Series {
  const { rows, totals, columns, times, width, order = [], called } = found
  const grouped = rows.some((row) => row.series !== undefined)
  const seen: ReadonlySet<Value | null> = new Set(grouped ? rows.map((row) => row.series ?? null) : [null])
  const groups = [
    ...order.filter((value) => seen.has(value)),
    ...[...seen].filter((v) => !order.includes(v!)),
  ]
  const index = new Map(times.map((at, i) => [at, i]))
  const lines = groups.flatMap((group) => {
    const isOwn = (row: TotalRow): boolean => !grouped || (row.series ?? null) === group
    const name = grouped ? (called?.get(group ?? '') ?? String(group)) : null
    return chart.measures.map((measure, m): Line => {
      const places = columns[m] ?? []
      const line: Line = {
        label: labelOf(chart, measure.label, name),
        value: group,
        values: empty(times.length, countsNothing(measure.sql) ? 0 : null),
        total: totalOf(totals.find(isOwn), places),
        low: measure.mean ? empty(times.length, null) : null,
        high: measure.mean ? empty(times.length, null) : null,
      }
      for (const row of rows.filter(isOwn)) {
        const slot = index.get(Date.parse(row.at))
        if (slot === undefined) continue
        const [value, deviation, n] = places.map((place) => row[`c${place}`] ?? null)
        line.values[slot] = value ?? line.values[slot] ?? null
        const interval = measure.mean ? intervalOf(chart.unit === '%', value, deviation, n) : null
        if (interval && line.low && line.high)
          [line.low[slot], line.high[slot]] = chart.grain === 'scores' ? within(interval) : interval
      }
      return line
    })
  })
  return { times, lines, width }
}

function totalOf(row: TotalRow | undefined, places: readonly number[]): Total {
  const [value = null, deviation = null, n = null] = row
    ? places.map((place) => row[`c${place}`] ?? null)
    : []
  return { value, deviation, n }
}

function labelOf(chart: Chart, measure: string, group: string | null): string {
  if (group === null) return measure
  return chart.measures.length > 1 ? `${group} ${measure}` : group
}

/** Where nothing happened a count or a sum is 0, while a mean or a percentile is unknown. */
function countsNothing(sql: string): boolean {
  return /^(count|count_if|sum)\(/.test(sql.trim())
}

function empty(length: number, value: number | null): (number | null)[] {
  return Array.from({ length }, () => value)
}

/** Scores are between 0 and 1, and so are the means they can have. */
function within([low, high]: [number, number]): [number, number] {
  return [Math.max(0, low), Math.min(1, high)]
}

/** Lines on top of each other: each with the sum of those before it added. */
export function stack(lines: readonly Line[]): Line[] {
  const below: number[] = []
  return lines.map((line) => ({
    ...line,
    values: line.values.map((value, i) => (below[i] = (below[i] ?? 0) + (value ?? 0))),
  }))
}
