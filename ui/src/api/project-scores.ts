/** What a project has set up about scores: those made of others, in SQL, and which way is good. */
import { queryOptions } from '@tanstack/react-query'
import { path } from '@/lib/sql'
import { request } from './client'

export type ProjectScore = {
  name: string
  score_type: string
  /** Of an aggregate the scores it is made of: weights by name, or names. */
  categories?: unknown
  config?: { direction?: 'higher' | 'lower' | null } | null
}

export const projectScoresQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['project-scores', projectId],
    queryFn: async ({ signal }) => {
      const params = { project_id: projectId, limit: 1000 }
      return (await request<{ objects: ProjectScore[] }>('/v1/project_score', { params, signal })).objects
    },
    staleTime: 30_000,
  })

/** The scores of which less is better. */
export const lowerIsBetter = (scores: readonly ProjectScore[]): ReadonlySet<string> =>
  new Set(scores.flatMap(({ name, config }) => (config?.direction === 'lower' ? [name] : [])))

type Part = { name: string; weight: number }
export type AggregateSql = { name: string; sql: string }

function partsOf({ score_type, categories }: ProjectScore): Part[] {
  if (Array.isArray(categories))
    return categories.flatMap((name) => (typeof name === 'string' ? [{ name, weight: 1 }] : []))
  return Object.entries((categories ?? {}) as Record<string, unknown>)
    .map(([name, weight]) => ({ name, weight: score_type === 'weighted' ? Number(weight) : 1 }))
    .filter(({ weight }) => weight > 0)
}

const KINDS = new Set(['weighted', 'minimum', 'maximum'])

/**
 * Each aggregate over the scores of a row of shape `summary`: null where a part has no value, as comparisons compute it.
 * Aggregates may be parts; those made of themselves that way are left out.
 */
export function aggregateSqls(scores: readonly ProjectScore[]): AggregateSql[] {
  const made = new Map(
    scores
      .filter((score) => KINDS.has(score.score_type) && partsOf(score).length)
      .map((one) => [one.name, one]),
  )
  const write = (name: string, above: readonly string[]): string | null => {
    const aggregate = made.get(name)
    if (!aggregate) return path('scores', name)
    if (above.includes(name)) return null
    const parts = partsOf(aggregate)
    const written = parts.map((part) => write(part.name, [...above, name]))
    const known = written.filter((sql) => sql !== null)
    return known.length < parts.length ? null : combined(aggregate.score_type, known, parts)
  }
  return [...made.keys()].flatMap((name) => {
    const sql = write(name, [])
    return sql === null ? [] : [{ name, sql }]
  })
}

function combined(kind: string, sqls: readonly string[], parts: readonly Part[]): string {
  if (kind === 'weighted') {
    const total = parts.reduce((sum, { weight }) => sum + weight, 0)
    return `((${sqls.map((sql, i) => `${parts[i]!.weight} * ${sql}`).join(' + ')}) / ${total})`
  }
  if (sqls.length === 1) return sqls[0]!
  // least and greatest pass over what is null; an aggregate does not.
  const missing = sqls.map((sql) => `${sql} IS NULL`).join(' OR ')
  const pick = kind === 'minimum' ? 'least' : 'greatest'
  return `(CASE WHEN ${missing} THEN NULL ELSE ${pick}(${sqls.join(', ')}) END)`
}
