/** How a line differs from the same line in the period before. */
import { intervalOf, type Evidence } from '@/lib/interval'
import type { Line, Series, Total } from './series'

/** `interval` is the 95 % interval of the difference of two means, null where nothing tells how sure a value is. */
export type Change = { before: number; by: number; interval: [number, number] | null }

/** Null where one of both is not known. */
export function changeOf(line: Line, before: Series | null): Change | null {
  const earlier = before?.lines.find(({ label }) => label === line.label)
  return earlier ? changeOfTotals(line.of, line.total, earlier.total) : null
}

/** The interval is Newcombe's (1998) hybrid score interval for rates, put together of Student's for other means. */
export function changeOfTotals(of: Evidence, now: Total, before: Total): Change | null {
  if (now.value === null || before.value === null) return null
  const by = now.value - before.value
  const [is, was] = [now, before].map(({ value, deviation, n }) => intervalOf(of, value, deviation, n))
  if (!is || !was) return { before: before.value, by, interval: null }
  const below = Math.hypot(now.value - is[0], was[1] - before.value)
  const above = Math.hypot(is[1] - now.value, before.value - was[0])
  return { before: before.value, by, interval: [by - below, by + above] }
}

/** Whether the interval leaves no doubt that it went up (1) or down (-1); 0 where it does. */
export function direction({ interval }: Change): -1 | 0 | 1 {
  if (!interval) return 0
  return interval[0] > 0 ? 1 : interval[1] < 0 ? -1 : 0
}
