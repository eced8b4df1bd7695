/** From rows of a question to what is drawn: time slots without holes, one line a measure (or a value of the group). */
import { intervalOf } from '@/lib/interval'
import type { Chart } from './charts'
import type { Value } from './questions'

export type Row = { at: string; series?: Value | null } & Record<`c${number}`, number | null>

/** `low` and `high` are the ends of a 95 % interval on a mean. */
export type Line = {
  label: string
  /** The value of the group this line stands for. */
  value: Value | null
  values: (number | null)[]
  /** How many values each mean is of. */
  n: number[] | null
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

export function readSeries(
  chart: Chart,
  rows: readonly Row[],
  columns: readonly number[][],
  times: number[],
  width: number,
): Series {
  const grouped = rows.some((row) => row.series !== undefined)
  const groups: (Value | null)[] = grouped ? [...new Set(rows.map((row) => row.series ?? null))] : [null]
  const index = new Map(times.map((at, i) => [at, i]))
  const lines = groups.flatMap((group) => {
    const own = grouped ? rows.filter((row) => (row.series ?? null) === group) : rows
    return chart.measures.map((measure, m): Line => {
      const places = columns[m] ?? []
      const line: Line = {
        label: labelOf(chart, measure.label, grouped ? String(group) : null),
        value: group,
        values: empty(times.length, countsNothing(measure.sql) ? 0 : null),
        n: measure.mean ? times.map(() => 0) : null,
        low: measure.mean ? empty(times.length, null) : null,
        high: measure.mean ? empty(times.length, null) : null,
      }
      for (const row of own) {
        const slot = index.get(Date.parse(row.at))
        if (slot === undefined) continue
        const [value, deviation, n] = places.map((place) => row[`c${place}`] ?? null)
        line.values[slot] = value ?? line.values[slot] ?? null
        if (line.n) line.n[slot] = n ?? 0
        const interval = measure.mean ? intervalOf(chart.unit === '%', value, deviation, n) : null
        if (interval && line.low && line.high) [line.low[slot], line.high[slot]] = interval
      }
      return line
    })
  })
  return { times, lines, width }
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

/** What one number says about a line: counts are summed, means averaged over all their values, else the last known. */
export function headline(chart: Chart, line: Line): number | null {
  const { n, values } = line
  if (n) {
    const all = n.reduce((sum, some) => sum + some, 0)
    return all ? values.reduce<number>((sum, value, i) => sum + (value ?? 0) * (n[i] ?? 0), 0) / all : null
  }
  const known = values.filter((value): value is number => value !== null)
  if (known.length && chart.measures.every((measure) => countsNothing(measure.sql)))
    return known.reduce((sum, value) => sum + value, 0)
  return known.at(-1) ?? null
}

/** Lines on top of each other: each with the sum of those before it added. */
export function stack(lines: readonly Line[]): Line[] {
  const below: number[] = []
  return lines.map((line) => ({
    ...line,
    values: line.values.map((value, i) => (below[i] = (below[i] ?? 0) + (value ?? 0))),
  }))
}
