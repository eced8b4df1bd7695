/** What sets the traces that fulfil some predicates apart from the others of the same time. */
import { t } from '@lingui/core/macro'
import { queryOptions } from '@tanstack/react-query'
import { request } from '@/api/client'
import type { Interval } from '@/api/types'
import { literal, textSearch } from '@/lib/sql'
import { bounds, rangeConditions } from '@/lib/time-range'
import type { LogsFilter } from './api'

export type Distinction = {
  field: string
  value: string | number | boolean
  /** The predicate on a span that finds the value. */
  where: string
  chosen: number
  others: number
  share: number
  other_share: number
  difference: number
  interval: Interval
  p: number
}
export type Distinctions = {
  chosen: number
  others: number
  tested: number
  left_out: string[]
  distinctions: Distinction[]
}
/** The body of the question. */
export type Choice = { where: string[]; within: string[] }

/** The traces that the filters of the address find, or those with these root spans. */
export function choiceOf({ t: range, q, f = [] }: LogsFilter, rootSpanIds?: readonly string[]): Choice {
  const where = rootSpanIds
    ? [`root_span_id IN (${rootSpanIds.map(literal).join(', ')})`]
    : [...f, ...(q ? [textSearch(q)] : [])]
  return { where, within: rangeConditions(bounds(range)) }
}

export const distinctionsPath = (projectId: string): string => `/v1/project_logs/${projectId}/distinctions`

export const distinctionsQuery = (projectId: string, choice: Choice) =>
  queryOptions({
    queryKey: ['distinctions', projectId, choice],
    queryFn: ({ signal }) =>
      request<Distinctions>(distinctionsPath(projectId), { method: 'POST', body: choice, signal }),
    staleTime: 60_000,
  })

const FIELDS: Record<string, string> = { error: t`Error`, tool: t`Tool`, step: t`Step`, tags: t`Tag` }

export function fieldLabel(field: string): string {
  return FIELDS[field] ?? field.replaceAll('"', '')
}

export function valueLabel({ field, value }: Distinction): string {
  return field === 'error' ? t`with an error` : String(value)
}

/** How many times as common the value is among the chosen: "2.9 ×", or in which of both alone it occurs. */
export function timesAsCommon({ share, other_share }: Distinction): string {
  if (other_share === 0) return t`only in these`
  if (share === 0) return t`never in these`
  const times = share / other_share
  return `${times >= 10 ? Math.round(times) : times.toPrecision(2)} ×`
}

/** A share as a whole percentage, one digit more where it is small: "61 %", "0.4 %". */
export function percent(share: number): string {
  const value = share * 100
  return `${value > 0 && value < 1 ? value.toFixed(1) : Math.round(value)} %`
}
