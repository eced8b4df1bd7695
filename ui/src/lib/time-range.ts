import { t } from '@lingui/core/macro'
import { exactTime } from './format'
import { intl } from './i18n'

/** The `t` search parameter: a preset, `all`, or two ISO instants `from..to`. */

export const PRESETS: readonly { value: string; label: string; seconds: number }[] = [
  { value: '15m', label: t`Last 15 minutes`, seconds: 900 },
  { value: '1h', label: t`Last hour`, seconds: 3600 },
  { value: '24h', label: t`Last 24 hours`, seconds: 86_400 },
  { value: '7d', label: t`Last 7 days`, seconds: 7 * 86_400 },
  { value: '30d', label: t`Last 30 days`, seconds: 30 * 86_400 },
]
export const DEFAULT_RANGE = '7d'

export type Range = { from: string | null; to: string | null }

/** Bounds as ISO instants. Presets are rounded down to the minute so that a query keeps its cache entry for a while. */
export function bounds(value: string | undefined, now: number = Date.now()): Range {
  const range = value ?? DEFAULT_RANGE
  if (range.includes('..')) {
    const [from, to] = range.split('..')
    return { from: instant(from), to: instant(to) }
  }
  const preset = PRESETS.find((item) => item.value === range)
  if (!preset) return { from: null, to: null }
  const minute = Math.floor(now / 60_000) * 60_000
  return { from: new Date(minute - preset.seconds * 1000).toISOString(), to: null }
}

/** What the time button says. */
export function rangeLabel(value: string | undefined): string {
  const range = value ?? DEFAULT_RANGE
  const preset = PRESETS.find((item) => item.value === range)
  if (preset) return preset.label
  if (!range.includes('..')) return t`All time`
  const [from, to] = range.split('..').map(instant)
  return `${shortTime(from)} – ${shortTime(to)}`
}

function shortTime(iso: string | null | undefined): string {
  return iso
    ? new Date(iso).toLocaleString(intl.dates, {
        day: 'numeric',
        month: 'short',
        hour: '2-digit',
        minute: '2-digit',
      })
    : '…'
}

/** SQL conditions on `created`. */
export function rangeConditions({ from, to }: Range): string[] {
  return [from ? `created >= '${from}'` : '', to ? `created < '${to}'` : ''].filter(Boolean)
}

const WIDTHS: readonly [seconds: number, unit: string][] = [
  [1, '1 second'],
  [5, '5 seconds'],
  [15, '15 seconds'],
  [60, '1 minute'],
  [300, '5 minutes'],
  [900, '15 minutes'],
  [3600, '1 hour'],
  [10_800, '3 hours'],
  [43_200, '12 hours'],
  [86_400, '1 day'],
  [604_800, '7 days'],
]

/** Bucket width that splits the span of time into at most `most` bars. */
export function bucket(seconds: number, most = 96): { seconds: number; unit: string } {
  const fit = WIDTHS.find(([width]) => seconds / width <= most) ?? WIDTHS.at(-1)!
  return { seconds: fit[0], unit: fit[1] }
}

function instant(text: string | undefined): string | null {
  const time = text ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? null : new Date(time).toISOString()
}

/** A time at the end of an axis: as much of it as tells the two ends apart. */
export function axisTime(at: number, length: number, zone: 'utc' | 'local'): string {
  const text = exactTime(new Date(at).toISOString(), zone)
  if (length < 600_000) return text.slice(5, 19)
  return length < 2 * 86_400_000 ? text.slice(5, 16) : text.slice(0, 10)
}
