/** What a comparison means, in words and in colour. Colour is kept for evidence: better and worse, nothing else. */
import { t } from '@lingui/core/macro'
import type { Against, Case, CaseValue, ComparedItem, Comparison, Plan, Verdict } from '@/api/types'
import type { Tone } from '@/components/ui/bits'
import { count, quantity, score, signed, upTo } from '@/lib/format'

export function toneOf(verdict: Verdict | null): Tone {
  return verdict === 'better' || verdict === 'worse' ? verdict : 'unsure'
}

/** A confidence level in percent: `95 %`. */
export function levelText(level: number): string {
  return `${upTo(level * 100, 3)} %`
}

/** One sentence that explains the verdict; `level` is that of the interval. */
export function explain(item: ComparedItem, level = 0.95): string {
  if (item.verdict === null || item.diff === null) return t`No baseline to compare with.`
  const unit = item.unit
  const by = signed(item.diff, unit)
  const [from = '', to = ''] = item.diff_interval?.map((end) => signed(end, unit)) ?? []
  const difference = item.diff_interval
    ? t`The difference is ${by} (${levelText(level)} interval ${from} … ${to}).`
    : t`The difference is ${by}.`
  switch (item.verdict) {
    case 'better':
    case 'worse':
      return t`${difference} Chance is an unlikely reason.`
    case 'equivalent':
      return t`${difference} Any real difference is too small to matter: within ± ${quantity(item.margin, unit)}.`
    case 'inconclusive':
      return uncertain(item)
        ? t`${difference} By itself it would count; among all that is judged together, one such difference is to be expected by chance.`
        : t`${difference} These cases cannot tell whether it is real.`
  }
}

/** Whether the interval excludes zero and the correction over all that is judged together says that this is no evidence. */
function uncertain({ verdict, diff_interval: interval }: ComparedItem): boolean {
  return verdict === 'inconclusive' && interval !== null && (interval[0] > 0 || interval[1] < 0)
}

/** A comparison in short: what has which verdict, by the names people see; nothing for what has none. */
export function inShort(
  comparison: Pick<Comparison, 'scores' | 'metrics'>,
): Partial<Record<Verdict, string[]>> {
  const { first } = splitMetrics(comparison.metrics)
  const found: Partial<Record<Verdict, string[]>> = {}
  for (const { verdict, name } of [...comparison.scores, ...first])
    if (verdict) (found[verdict] ??= []).push(metricName(name))
  return found
}

/** The interval of the difference, or of the mean when there is no baseline. */
export function intervalText(item: ComparedItem): string {
  if (item.diff_interval) return item.diff_interval.map((end) => signed(end, item.unit)).join(' … ')
  return item.diff === null && item.interval
    ? item.interval.map((end) => quantity(end, item.unit)).join(' … ')
    : ''
}

/** What stands behind the interval, in one sentence. */
export function basis(item: ComparedItem): string {
  const parts = [t`${item.n} values`]
  const without = item.nulls + item.missing
  if (without > 0 && item.coverage !== null)
    parts.push(
      t`${without} without (${item.nulls} scored null): coverage ${Math.round(item.coverage * 1000) / 10} %`,
    )
  if (item.detectable !== null && item.diff !== null)
    parts.push(t`a difference of ${quantity(item.detectable, item.unit)} or more would have shown`)
  return `${parts.join('; ')}.`
}

/** Position in percent of a difference, zero in the middle, everything worth showing inside, of all the items alike. */
export function plotScale(
  ...items: Pick<ComparedItem, 'diff' | 'diff_interval' | 'detectable'>[]
): (value: number) => number {
  const reaches = items.flatMap(({ diff, diff_interval, detectable }) => [
    Math.abs(diff ?? 0),
    ...(diff_interval ?? [0]).map(Math.abs),
    detectable ?? 0,
  ])
  const reach = Math.max(...reaches) * 1.12 || 1
  return (value) => 50 + (value / reach) * 50
}

/** The main baseline and every further one, each with its part of the comparison. */
export function sidesOf(comparison: Comparison): Against[] {
  const { baseline, cases, scores, metrics, warnings, others } = comparison
  return baseline ? [{ baseline, cases, scores, metrics, warnings }, ...others] : []
}

/** What these cases could have seen, and how many more a small difference takes. */
export function power(item: ComparedItem, plan: Plan | undefined): string {
  if (uncertain(item)) return t`excludes zero by itself, but not after the correction for several`
  if (item.diff === null || item.detectable === null) return ''
  const seen = t`can show ${quantity(item.detectable, item.unit)} or more`
  const planned = plan?.scores.find((one) => one.name === item.name)
  if (!plan || !planned || planned.difference >= item.detectable) return seen
  if (planned.cases_needed === null) return seen
  const more = roundUp(planned.cases_needed - plan.forecast.cases)
  return more > 0 ? t`${seen}; ${score(planned.difference)} needs about ${count(more)} more cases` : seen
}

/** Two significant digits, upwards: more would promise a precision nobody has. */
export function roundUp(value: number): number {
  if (value <= 0) return 0
  const step = 10 ** Math.max(0, String(Math.ceil(value)).length - 2)
  return Math.ceil(value / step) * step
}

/** Whether a case moved the good or the bad way on one value. */
export function movement(
  value: CaseValue | undefined,
  direction: 'higher' | 'lower',
): 'better' | 'worse' | null {
  if (!value?.delta || Math.abs(value.delta) < 1e-9) return null
  return value.delta > 0 === (direction === 'higher') ? 'better' : 'worse'
}

/** What happened to a case over all its scores. */
export function caseStatus(
  item: Case,
  directions: ReadonlyMap<string, 'higher' | 'lower'>,
): { label: string; tone: Tone } {
  if (item.error != null) return { label: t`error`, tone: 'worse' }
  if (!item.baseline) return { label: t`unmatched`, tone: 'plain' }
  const moves = new Set(
    Object.entries(item.scores).map(([name, value]) => movement(value, directions.get(name) ?? 'higher')),
  )
  if (moves.has('better') && moves.has('worse')) return { label: t`mixed`, tone: 'warn' }
  if (moves.has('better')) return { label: t`improved`, tone: 'better' }
  if (moves.has('worse')) return { label: t`regressed`, tone: 'worse' }
  return { label: t`same`, tone: 'unsure' }
}

/** Metrics people look at first; the others wait behind "more". */
const PROMINENT = ['duration', 'llm_duration', 'total_tokens', 'tokens', 'estimated_cost', 'cost']
const HIDDEN = new Set(['start', 'end'])

export function splitMetrics(metrics: readonly ComparedItem[]): {
  first: ComparedItem[]
  rest: ComparedItem[]
} {
  const known = metrics.filter((item) => !HIDDEN.has(item.name))
  const wanted = [
    'duration',
    known.some((item) => item.name === 'total_tokens') ? 'total_tokens' : 'tokens',
    known.some((item) => item.name === 'estimated_cost') ? 'estimated_cost' : 'cost',
  ]
  const first = wanted
    .map((name) => known.find((item) => item.name === name))
    .filter((item) => item !== undefined)
  const rest = known
    .filter((item) => !first.includes(item))
    .toSorted((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name))
  return { first, rest }
}

function rank(name: string): number {
  const at = PROMINENT.indexOf(name)
  return at === -1 ? PROMINENT.length : at
}

const NAMES: Record<string, string> = {
  duration: t`Duration`,
  llm_duration: t`Model time`,
  total_tokens: t`Tokens`,
  tokens: t`Tokens`,
  prompt_tokens: t`Prompt tokens`,
  completion_tokens: t`Completion tokens`,
  estimated_cost: t`Cost per case`,
  cost: t`Cost per case`,
  time_to_first_token: t`Time to first token`,
  llm_calls: t`Model calls`,
  tool_calls: t`Tool calls`,
  errors: t`Errors`,
}

export function metricName(name: string): string {
  return NAMES[name] ?? name
}
