/** From rows of a question to what is drawn: time slots without holes, one line a measure (or a value of the group). */
import { intervalOf, type Evidence } from '@/lib/interval'
import { evidenceOf, type Chart } from './charts'
import type { Value } from './questions'

/** `name` is that of a score where scores are divided. */
type Columns = { series?: Value | null; name?: string } & Record<`c${number}`, number | null>
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
  /** What its values are, if they are means. */
  of: Evidence
  low: (number | null)[] | null
  high: (number | null)[] | null
  /** The place of its colour: a value has the same in every chart, also where another has no line. */
  color: number
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
  const places = [...order, ...[...seen].filter((value) => !order.includes(value!))]
  const groups = places.filter((value) => seen.has(value))
  const index = new Map(times.map((at, i) => [at, i]))
  const lines = groups.flatMap((group) => {
    const isOwn = (row: TotalRow): boolean => !grouped || (row.series ?? null) === group
    const name = grouped ? nameOf(group, called) : null
    return chart.measures.map((measure, m): Line => {
      const own = columns[m] ?? []
      const of = evidenceOf(chart, measure)
      const line: Line = {
        label: labelOf(chart, measure.label, name),
        value: group,
        values: empty(times.length, addsUp(measure.sql) ? 0 : null),
        total: totalOf(totals.find(isOwn), own),
        of,
        low: measure.mean ? empty(times.length, null) : null,
        high: measure.mean ? empty(times.length, null) : null,
        color: places.indexOf(group) * chart.measures.length + m,
      }
      for (const row of rows.filter(isOwn)) {
        const slot = index.get(Date.parse(row.at))
        if (slot === undefined) continue
        const [value, deviation, n] = own.map((place) => row[`c${place}`] ?? null)
        line.values[slot] = value ?? line.values[slot] ?? null
        const interval = measure.mean ? intervalOf(of, value, deviation, n) : null
        if (interval && line.low && line.high) [line.low[slot], line.high[slot]] = interval
      }
      return line
    })
  })
  return { times, lines, width }
}

/** What people call a value. */
export function nameOf(value: Value | null, called: ReadonlyMap<Value, string> | undefined): string {
  return called?.get(value ?? '') ?? String(value)
}

const LONG = 24

/** Long names that begin alike, each without what they share up to a sign between words. */
export function tails(names: readonly string[]): string[] {
  const [first = [], ...rest] = names.map((name) => [...name])
  const end = first.findIndex((sign, i) => rest.some((name) => name[i] !== sign))
  const shared = first.slice(0, end === -1 ? first.length : end).join('')
  const [start] = /^.*[^\p{L}\p{N}]/u.exec(shared) ?? ['']
  if (rest.length === 0 || start.length < LONG / 2 || names.every((name) => name.length <= LONG))
    return [...names]
  return names.map((name) => `…${name.slice(start.length)}`)
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

/** Where nothing happened a count or a sum is 0, while a mean or a percentile is unknown; parts of it add up. */
export function addsUp(sql: string): boolean {
  return /^(count|count_if|sum)\(/.test(sql.trim())
}

function empty(length: number, value: number | null): (number | null)[] {
  return Array.from({ length }, () => value)
}

/** Lines on top of each other: each with the sum of those before it added. */
export function stack(lines: readonly Line[]): Line[] {
  const below: number[] = []
  return lines.map((line) => ({
    ...line,
    values: line.values.map((value, i) => (below[i] = (below[i] ?? 0) + (value ?? 0))),
  }))
}
