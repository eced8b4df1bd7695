/** Measures put together by choosing, and read back from their SQL. */
import { t } from '@lingui/core/macro'
import type { Grain, Measure, Unit } from './charts'

export const WAYS = ['count', 'sum', 'mean', 'p50', 'p95', 'max', 'distinct', 'share', 'sql'] as const
/** How the rows of a slot become one value. */
export type Way = (typeof WAYS)[number]

export const WAY_LABELS: Record<Way, string> = {
  count: t`How many`,
  sum: t`Sum of`,
  mean: t`Mean of`,
  p50: t`Median of`,
  p95: t`95th percentile of`,
  max: t`Highest`,
  distinct: t`How many different`,
  share: t`Share where`,
  sql: t`SQL`,
}

/** SQL around what is measured, and what the value is called. */
const FORMS: Record<Exclude<Way, 'count' | 'sql'>, [before: string, after: string, label: string]> = {
  sum: ['sum(', ')', t`sum`],
  mean: ['', '', t`mean`],
  p50: ['percentile(', ', 0.5)', t`p50`],
  p95: ['percentile(', ', 0.95)', t`p95`],
  max: ['max(', ')', t`highest`],
  distinct: ['count_distinct(', ')', t`different`],
  share: ['CASE WHEN ', ' THEN 1 ELSE 0 END', t`share`],
}

/** The measure of a way and what it is of: a field, an expression, or of a share a condition. */
export function measureOf(way: Way, of: string): Measure {
  if (way === 'count') return { label: t`count`, sql: 'count(*)' }
  if (way === 'sql') return { label: t`value`, sql: of }
  const [before, after, label] = FORMS[way]
  const sql = of.trim() ? `${before}${of}${after}` : ''
  return way === 'mean' || way === 'share' ? { label, sql, mean: true } : { label, sql }
}

/** What a measure was put together of; SQL that is of no such form stays SQL. */
export function readMeasure({ sql, mean }: Measure): { way: Way; of: string } {
  if (!mean && sql === 'count(*)') return { way: 'count', of: '' }
  const ways: readonly (keyof typeof FORMS)[] = mean
    ? ['share', 'mean']
    : ['sum', 'p50', 'p95', 'max', 'distinct']
  for (const way of ways) {
    const [before, after] = FORMS[way]
    const fits = sql.startsWith(before) && sql.endsWith(after) && sql.length > before.length + after.length
    const of = fits ? sql.slice(before.length, sql.length - after.length) : ''
    if (of && balanced(of)) return { way, of }
  }
  return { way: 'sql', of: sql }
}

/** Whether each parenthesis closes within the text: `sum(a) / sum(b)` is no sum. */
function balanced(text: string): boolean {
  let depth = 0
  for (const character of text) {
    depth += character === '(' ? 1 : character === ')' ? -1 : 0
    if (depth < 0) return false
  }
  return depth === 0
}

const SPAN_SECONDS = 'metrics.end - metrics.start'
/** What can be measured of rows, and in which unit. */
export const MEASURED: Record<Grain, readonly (readonly [of: string, unit: Unit])[]> = {
  traces: [
    ['metrics.duration', 's'],
    ['metrics.time_to_first_token', 's'],
    ['metrics.total_tokens', 'tok'],
    ['metrics.estimated_cost', '$'],
    ['metrics.errors', ''],
  ],
  calls: [
    [SPAN_SECONDS, 's'],
    ['metrics.time_to_first_token', 's'],
    ['metrics.tokens', 'tok'],
    ['metrics.prompt_tokens', 'tok'],
    ['metrics.completion_tokens', 'tok'],
    ['metrics.estimated_cost', '$'],
  ],
  tools: [[SPAN_SECONDS, 's']],
  scores: [['value', '']],
  spans: [
    [SPAN_SECONDS, 's'],
    ['metrics.tokens', 'tok'],
    ['metrics.estimated_cost', '$'],
  ],
}

/** The unit that goes with a measure: that of what is measured, none of a count, a rate of a share. */
export function unitOf(way: Way, of: string, grain: Grain, now: Unit): Unit {
  if (way === 'count' || way === 'distinct') return ''
  if (way === 'share') return '%'
  return MEASURED[grain].find(([known]) => known === of)?.[1] ?? now
}
