/** How people score: sliders, choices and free text, as the project keeps them in `project_score`. */
import { queryOptions } from '@tanstack/react-query'
import { request } from '@/api/client'

export type Choice = { name: string; value: number }

/** `slider` gives 0…1, `categorical` the value of the chosen names, `free-form` a text. */
export type ScoreConfig = {
  id: string
  name: string
  description: string | null
  type: 'slider' | 'categorical' | 'free-form'
  choices: Choice[]
  multiple: boolean
  /** The answer becomes what the row should have been. */
  toExpected: boolean
  /** What is set besides, such as which way is good: kept when the question changes. */
  details: Details
}

type Details = { multi_select?: boolean | null; destination?: string | null; [other: string]: unknown }

type Stored = {
  id: string
  name: string
  description?: string | null
  score_type: string
  categories?: unknown
  config?: Details | null
}

export const HUMAN_TYPES = ['slider', 'categorical', 'free-form'] as const

export const configsQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['score-configs', projectId],
    queryFn: async ({ signal }): Promise<ScoreConfig[]> => {
      const params = { project_id: projectId, limit: 1000 }
      const { objects } = await request<{ objects: Stored[] }>('/v1/project_score', { params, signal })
      return objects
        .toReversed()
        .map(readConfig)
        .filter((config) => config !== null)
    },
    staleTime: 30_000,
  })

export function readConfig(stored: Stored): ScoreConfig | null {
  const type = HUMAN_TYPES.find((known) => known === stored.score_type)
  if (!type) return null
  return {
    id: stored.id,
    name: stored.name,
    description: stored.description ?? null,
    type,
    choices: readChoices(stored.categories),
    multiple: stored.config?.multi_select === true,
    toExpected: stored.config?.destination === 'expected',
    details: stored.config ?? {},
  }
}

/** The three ways the API writes choices: objects, a map, plain names (spread over 0…1 in their order). */
export function readChoices(raw: unknown): Choice[] {
  if (Array.isArray(raw)) {
    const last = Math.max(1, raw.length - 1)
    return raw.flatMap((item: unknown, i): Choice[] => {
      if (typeof item === 'string') return [{ name: item, value: i / last }]
      const { name, value } = (item ?? {}) as Record<string, unknown>
      return typeof name === 'string' && typeof value === 'number' ? [{ name, value }] : []
    })
  }
  if (typeof raw === 'object' && raw !== null)
    return Object.entries(raw).flatMap(([name, value]): Choice[] =>
      typeof value === 'number' ? [{ name, value }] : [],
    )
  return []
}

export type NewConfig = Omit<ScoreConfig, 'id' | 'details'>

export function createConfig(projectId: string, config: NewConfig): Promise<unknown> {
  const body = { project_id: projectId, score_type: config.type, ...bodyOf(config, {}) }
  return request('/v1/project_score', { method: 'POST', body })
}

/** Change a question; its kind stays. */
export function changeConfig(of: ScoreConfig, to: NewConfig): Promise<unknown> {
  return request(`/v1/project_score/${of.id}`, { method: 'PATCH', body: bodyOf(to, of.details) })
}

function bodyOf(config: NewConfig, before: Details): object {
  const { name, description, type, choices, multiple, toExpected } = config
  const { multi_select: _several, destination, ...others } = before
  const elsewhere = destination === 'expected' ? undefined : destination
  const details = {
    ...others,
    ...(multiple ? { multi_select: true } : {}),
    ...(toExpected ? { destination: 'expected' } : elsewhere ? { destination: elsewhere } : {}),
  }
  return {
    name,
    description,
    ...(type === 'categorical' ? { categories: choices } : {}),
    config: Object.keys(details).length ? details : null,
  }
}

export function deleteConfig(id: string): Promise<unknown> {
  return request(`/v1/project_score/${id}`, { method: 'DELETE' })
}
