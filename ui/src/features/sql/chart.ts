/** How the rows of any query can be drawn: over time when there is a time, as bars when there is a name, else not. */
import type { Line, Series } from '../monitor/series'

type Values = Readonly<Record<string, unknown>>
export type Bar = { label: string; value: number | null }
export type Drawing =
  | { kind: 'series'; series: Series; time: string }
  | { kind: 'bars'; bars: Bar[]; measure: string; of: string }
  | { kind: 'none' }

export const MOST_LINES = 6
export const MOST_BARS = 50
const TIME = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/

/** Draw rows. Columns of numbers are lines over a column of times, divided by a column of text when there is one. */
export function draw(rows: readonly Values[]): Drawing {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const all = (name: string, test: (value: unknown) => boolean): boolean =>
    rows.some((row) => row[name] != null) && rows.every((row) => row[name] == null || test(row[name]))
  const numbers = columns.filter((name) => all(name, (value) => typeof value === 'number'))
  const time = columns.find((name) => all(name, (value) => typeof value === 'string' && TIME.test(value)))
  const label = columns.find((name) => name !== time && all(name, isName))
  if (time && numbers.length) return { kind: 'series', time, series: overTime(rows, time, numbers, label) }
  const measure = numbers[0]
  if (measure === undefined || label === undefined) return { kind: 'none' }
  const bars = rows
    .slice(0, MOST_BARS)
    .map((row) => ({ label: nameOf(row[label]), value: numberOf(row[measure]) }))
  return { kind: 'bars', bars, measure, of: label }
}

function isName(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean'
}

function nameOf(value: unknown): string {
  return value == null ? '–' : String(value)
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function overTime(
  rows: readonly Values[],
  time: string,
  numbers: readonly string[],
  label: string | undefined,
): Series {
  const at = (row: Values): number => instant(row[time])
  const times = [...new Set(rows.map(at).filter(Number.isFinite))].toSorted((a, b) => a - b)
  const place = new Map(times.map((moment, i) => [moment, i]))
  const lines = new Map<string, Line>()
  for (const row of rows)
    for (const name of numbers) {
      const group = label === undefined ? null : nameOf(row[label])
      const title = group === null ? name : numbers.length > 1 ? `${group} ${name}` : group
      const line = lines.get(title) ?? newLine(title, times.length, lines.size)
      const slot = place.get(at(row))
      if (slot !== undefined) line.values[slot] = numberOf(row[name])
      lines.set(title, line)
    }
  return { times, lines: [...lines.values()].slice(0, MOST_LINES), width: narrowest(times) }
}

/** Times without a zone are UTC, as everywhere in the query language. */
function instant(value: unknown): number {
  if (typeof value !== 'string') return Number.NaN
  const text = value.replace(' ', 'T')
  return Date.parse(/T/.test(text) && !/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text)
}

function newLine(label: string, length: number, color: number): Line {
  const values = Array.from({ length }, (): number | null => null)
  return {
    label,
    value: null,
    values,
    total: { value: null, deviation: null, n: null },
    of: 'mean',
    low: null,
    high: null,
    color,
  }
}

/** The least distance of two times, which is how wide a bar may be. */
function narrowest(times: readonly number[]): number {
  const gaps = times.slice(1).map((at, i) => at - times[i]!)
  return gaps.length ? Math.min(...gaps) : 60_000
}
