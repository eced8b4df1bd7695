import * as format from '@/lib/format'
import type { Unit } from './charts'

/** A value of a chart as people read it. */
export function measure(value: number | null | undefined, unit: Unit): string {
  if (value == null || !Number.isFinite(value)) return '–'
  switch (unit) {
    case 's':
      return format.duration(value)
    case '$':
      return format.money(value)
    case '%':
      return `${format.fixed(value * 100, value !== 0 && Math.abs(value) < 0.1 ? 1 : 0)} %`
    case 'tok':
      return format.compact(Math.round(value))
    default:
      return Number.isInteger(value) || Math.abs(value) >= 100 ? format.compact(value) : format.score(value)
  }
}
