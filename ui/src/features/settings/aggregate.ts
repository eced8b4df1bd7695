/** Scores made of other scores, as the project keeps them in `project_score`. */
import { t } from '@lingui/core/macro'
import { queryOptions } from '@tanstack/react-query'
import { request } from '@/api/client'
import { comparisonQuery, experimentsQuery } from '@/api/objects'
import { term } from '@/lib/terms'
import type { QueryClient } from '@tanstack/react-query'
import type { Item } from './resources'

export const KINDS = [
  { value: 'weighted', label: t`Weighted mean` },
  { value: 'minimum', label: t`Minimum: the least of them` },
  { value: 'maximum', label: t`Maximum: the greatest of them` },
] as const
export type Kind = (typeof KINDS)[number]['value']

/** What is being written; a weight is what was typed. */
export type Part = { name: string; weight: string }
export type Aggregate = {
  name: string
  description: string
  kind: Kind
  lower: boolean
  parts: Part[]
}

export const kindOf = (item: Item): Kind | null =>
  KINDS.find((known) => known.value === item.score_type)?.value ?? null

const NAMES: Record<string, string> = {
  slider: t`Slider`,
  categorical: t`Choice`,
  'free-form': t`Free text`,
  weighted: t`Weighted mean`,
  minimum: t`Minimum`,
  maximum: t`Maximum`,
}

/** What kind of score it is, as people say it. */
export const kindLabel = ({ score_type: kind }: Item): string => NAMES[String(kind)] ?? term(String(kind))

/** The parts of a stored aggregate: weights by name, or names. */
export function partsOf({ categories }: Item): Part[] {
  if (Array.isArray(categories))
    return categories.flatMap((name: unknown) => (typeof name === 'string' ? [{ name, weight: '1' }] : []))
  return Object.entries((categories ?? {}) as Record<string, unknown>).map(([name, weight]) => ({
    name,
    weight: String(weight),
  }))
}

/** "Variety × 2, Length × 1" in a list; null for what is no aggregate. */
export function madeOf(item: Item): string | null {
  const kind = kindOf(item)
  if (!kind) return null
  const parts = partsOf(item)
  if (!parts.length) return t`nothing yet`
  return parts.map(({ name, weight }) => (kind === 'weighted' ? `${name} × ${weight}` : name)).join(', ')
}

export function readAggregate(item: Item | null): Aggregate {
  const config = (item?.config ?? {}) as Record<string, unknown>
  return {
    name: item?.name ?? '',
    description: typeof item?.description === 'string' ? item.description : '',
    kind: (item && kindOf(item)) ?? 'weighted',
    lower: config.direction === 'lower',
    parts: item ? partsOf(item) : [],
  }
}

const partNames = (item: Item): string[] => (kindOf(item) ? partsOf(item).map(({ name }) => name) : [])

/** Names of the aggregates that are made of a score, by way of others or not: none of them can be a part of it. */
export function madeWith(score: string, items: readonly Item[]): string[] {
  const found = new Set<string>()
  for (let before = -1; before < found.size;) {
    before = found.size
    for (const item of items)
      if (item.name && partNames(item).some((name) => name === score || found.has(name))) found.add(item.name)
  }
  return [...found]
}

/** What keeps an aggregate from being saved, in words; null when nothing does. `others` are the project's other scores. */
export function problemOf(made: Aggregate, others: readonly Item[]): string | null {
  const names = made.parts.map((part) => part.name.trim())
  const name = made.name.trim()
  if (!name) return t`Give it a name.`
  if (others.some((one) => one.name === name)) return t`There is a score called ${name} already.`
  if (!names.some(Boolean)) return t`Name at least one score it is made of.`
  if (names.some((one) => one === '')) return t`Name every score, or take its line away.`
  if (names.includes(name)) return t`It cannot be made of itself.`
  const circular = names.find((one) => madeWith(name, others).includes(one))
  if (circular) return t`${circular} is made of ${name}: one cannot be made of the other both ways.`
  if (new Set(names).size < names.length) return t`Name every score once.`
  if (made.kind !== 'weighted') return null
  const weights = made.parts.map((part) => (part.weight.trim() === '' ? Number.NaN : Number(part.weight)))
  if (!weights.every((weight) => Number.isFinite(weight) && weight >= 0))
    return t`A weight is a number of 0 or more.`
  return weights.some((weight) => weight > 0) ? null : t`One weight must be above 0.`
}

/** Save a new aggregate, or the changes of `item`. Fields of its configuration that are not shown stay. */
export function saveAggregate(projectId: string, item: Item | null, made: Aggregate): Promise<unknown> {
  const parts = made.parts.map((part) => [part.name.trim(), Number(part.weight)] as const)
  const kept = { ...((item?.config ?? {}) as Record<string, unknown>) }
  delete kept.direction
  const body = {
    name: made.name.trim(),
    description: made.description.trim() || null,
    score_type: made.kind,
    categories: made.kind === 'weighted' ? Object.fromEntries(parts) : parts.map(([name]) => name),
    config: { ...kept, ...(made.lower ? { direction: 'lower' } : {}) },
  }
  return item
    ? request(`/v1/project_score/${item.id}`, { method: 'PATCH', body })
    : request('/v1/project_score', { method: 'POST', body: { ...body, project_id: projectId } })
}

/** Names of the scores that the newest experiment has, to choose from. */
export const knownScoresQuery = (projectId: string, client: QueryClient) =>
  queryOptions({
    queryKey: ['known-scores', projectId],
    queryFn: async (): Promise<string[]> => {
      const newest = (await client.fetchQuery(experimentsQuery(projectId)))[0]
      if (!newest) return []
      const { scores } = await client.fetchQuery(comparisonQuery(newest.id, ['none']))
      return scores.map((score) => score.name)
    },
    staleTime: 30_000,
    retry: false,
  })
