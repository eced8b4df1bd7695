/** Numbers, durations and times as people read them. Every function is pure and total: bad input gives '–'. */

import { t } from '@lingui/core/macro'
import { intl } from './i18n'

const NONE = '–'
const MINUS = '−'

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** Seconds → "312 ms", "1.24 s", "2 m 05 s", "1 h 12 m". */
export function duration(seconds: number | null | undefined): string {
  if (!isNumber(seconds)) return NONE
  const magnitude = Math.abs(seconds)
  if (magnitude === 0) return '0 ms'
  if (magnitude < 0.0005) return '<1 ms'
  if (magnitude < 1) return t`${Math.round(seconds * 1000)} ms`
  if (magnitude < 10) return `${fixed(seconds, 2)} s`
  if (magnitude < 60) return `${fixed(seconds, 1)} s`
  const whole = Math.round(magnitude)
  const sign = seconds < 0 ? MINUS : ''
  if (whole < 3600) return `${sign}${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, '0')} s`
  return `${sign}${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} m`
}

/** 940 → "940", 6 213 → "6.2k", 48 210 → "48.2k", 3 400 000 → "3.4M". */
export function compact(value: number | null | undefined): string {
  if (!isNumber(value)) return NONE
  const magnitude = Math.abs(value)
  if (magnitude < 1000) return upTo(value, 1)
  if (magnitude < 999_950) return `${upTo(value / 1e3, 1)}k`
  if (magnitude < 999_950_000) return `${upTo(value / 1e6, 1)}M`
  return `${upTo(value / 1e9, 1)}G`
}

/** A whole count with thousands separators: "48,210". */
export function count(value: number | null | undefined): string {
  return isNumber(value) ? value.toLocaleString(intl.numbers) : NONE
}

/** US dollars with as many digits as the amount needs: "$0.0041", "$1.27", "$1,204". */
export function money(value: number | null | undefined): string {
  if (!isNumber(value)) return NONE
  const magnitude = Math.abs(value)
  const sign = value < 0 ? MINUS : ''
  if (magnitude === 0) return '$0'
  if (magnitude < 0.00005) return `${sign}<$0.0001`
  if (magnitude < 0.1) return `${sign}$${fixed(magnitude, 4)}`
  if (magnitude < 1000) return `${sign}$${fixed(magnitude, 2)}`
  return `${sign}$${Math.round(magnitude).toLocaleString(intl.numbers)}`
}

/** A score, two digits; three when it lies strictly between 0 and 0.01 of a bound. */
export function score(value: number | null | undefined): string {
  if (!isNumber(value)) return NONE
  const text = value.toFixed(2)
  const rounded = Number(text)
  const looksExact = rounded !== value && (rounded === 0 || rounded === 1)
  return fixed(value, looksExact ? 3 : 2).replace('-', MINUS)
}

const formats = new Map<string, Intl.NumberFormat>()

function formatOf(least: number, most: number): Intl.NumberFormat {
  const key = `${intl.numbers} ${least} ${most}`
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.NumberFormat(intl.numbers, {
    minimumFractionDigits: least,
    maximumFractionDigits: most,
    useGrouping: false,
  })
  formats.set(key, made)
  return made
}

/** A number with so many digits after the point, as the language writes it: "0.50". */
export const fixed = (value: number, digits: number): string => formatOf(digits, digits).format(value)

/** A number with at most so many digits after the point: "0.5". */
export const upTo = (value: number, digits: number): string => formatOf(0, digits).format(value)

export type Unit = '' | 's' | 'tok' | '$'

/** A value in one of the units the comparison endpoint uses. */
export function quantity(value: number | null | undefined, unit: string): string {
  if (unit === 's') return duration(value)
  if (unit === 'tok') return compact(isNumber(value) && Math.abs(value) >= 10 ? Math.round(value) : value)
  if (unit === '$') return money(value)
  return isNumber(value) && Math.abs(value) > 10 ? compact(value) : score(value)
}

/** A difference with its sign: "+0.42", "−1.60 s", near zero "> −1 ms". Zero has no sign. */
export function signed(value: number | null | undefined, unit: string): string {
  if (!isNumber(value)) return NONE
  const text = quantity(Math.abs(value), unit)
  if (!/[1-9]/.test(text)) return text
  if (text.startsWith('<')) return value > 0 ? `< +${text.slice(1)}` : `> ${MINUS}${text.slice(1)}`
  return (value > 0 ? '+' : MINUS) + text
}

const STEPS: readonly [limit: number, size: number, name: string][] = [
  [60, 1, 's'],
  [3600, 60, 'min'],
  [86_400, 3600, 'h'],
  [604_800, 86_400, 'd'],
]

/** "just now", "12 s ago", "2 min ago", "3 h ago", "5 d ago", ahead "in 3 h", and beyond a week a date. */
export function ago(iso: string | null | undefined, now: number = Date.now()): string {
  const time = iso ? Date.parse(iso) : Number.NaN
  if (Number.isNaN(time)) return NONE
  const seconds = (now - time) / 1000
  // Clocks differ by a little: that is not the future.
  const ahead = seconds < -60
  if (seconds < 5 && !ahead) return t`just now`
  for (const [limit, size, name] of STEPS)
    if (Math.abs(seconds) < limit)
      return ahead
        ? t`in ${Math.round(-seconds / size)} ${name}`
        : t`${Math.floor(seconds / size)} ${name} ago`
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear()
  return new Date(time).toLocaleDateString(intl.dates, {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  })
}

/** "2026-11-21 05:43:12.081", in UTC or in the reader's zone. */
export function exactTime(iso: string | null | undefined, zone: 'utc' | 'local' = 'local'): string {
  const date = iso ? new Date(iso) : null
  if (!date || Number.isNaN(date.getTime())) return NONE
  const shifted = zone === 'utc' ? date : new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return shifted.toISOString().slice(0, 23).replace('T', ' ') + (zone === 'utc' ? ' UTC' : '')
}

/** A share of 1 as "75 %". */
export function percent(share: number | null | undefined): string {
  return isNumber(share) ? `${Math.round(share * 100)} %` : NONE
}

/** "Sessions" from "sessions". */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** “a, b or c”, in the reader's language. */
export const anyOf = (names: readonly string[]): string =>
  new Intl.ListFormat(intl.dates, { type: 'disjunction' }).format(names)
