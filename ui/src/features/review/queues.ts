/** Review queues: what the server keeps of them, and what is asked of it. */
import { t } from '@lingui/core/macro'
import { queryOptions, useQueryClient } from '@tanstack/react-query'
import { request } from '@/api/client'
import type { Json, JsonObject } from '@/lib/json'
import type { Source } from '@/lib/sql'
import type { Answer } from './answers'
import type { ScoreConfig } from './configs'

export type Progress = {
  total: number
  pending: number
  in_review: number
  done: number
  needs_adjudication: number
  adjudicated: number
  skipped: number
  mine: number
  mine_open: number
}

export type QueueRules = {
  name: string
  description: string | null
  instructions: string | null
  kind: 'single' | 'pairwise'
  questions: { project_score_id: string; required: boolean }[]
  tags: string[] | null
  reviewers_per_item: number
  reviewers: string[] | null
  blind: boolean
  lock_minutes: number
  spread: number
}

export type Queue = QueueRules & { id: string; project_id: string; created: string; progress: Progress }

export type Side = 'left' | 'right' | 'tie'
type Wire = number | string | string[]

export type Said = {
  answers: Record<string, Wire> | null
  preference?: Side | null
  strength?: number | null
  tags: string[] | null
}

export type Review = Said & {
  user_id: string
  state: 'leased' | 'answered' | 'skipped'
  until: string | null
  comment: string | null
}

export type ItemStatus = 'pending' | 'done' | 'needs_adjudication' | 'adjudicated' | 'skipped'

export type Place = { object_type: Source; object_id: string; row_id: string; system: string | null }

export type Item = {
  id: string
  position: number
  status: ItemStatus
  sources: Place[] | null
  disagree: string[]
  decision: Said | null
  decided_by: string | null
  reviews: Review[]
}

export type Content = {
  input: Json
  output: Json
  expected: Json
  error: Json
  metadata: JsonObject | null
}

export type Turn = {
  item: Item | null
  content: (Content | null)[]
  until: string | null
  waiting: 'empty' | 'locked' | 'others' | 'finished' | null
  progress: Progress
}

export type Coefficient = {
  measure: 'cohen_kappa' | 'fleiss_kappa' | 'alpha_nominal' | 'alpha_ordinal' | 'alpha_interval'
  value: number | null
  interval: [number, number] | null
  items: number
}

export type Standing = {
  system: string
  wins: number
  losses: number
  ties: number
  rate: number | null
  interval: [number, number] | null
}

export type Results = {
  progress: Progress
  may_review: boolean
  may_manage: boolean
  reviewers: { user_id: string; name: string; answered: number; skipped: number; seconds: number | null }[]
  agreement: {
    project_score_id: string | null
    name: string
    items: number
    equal: number | null
    coefficients: Coefficient[]
  }[]
  systems: (Standing & { strength: number | null })[]
  pairs: (Standing & { against: string })[]
}

const ROOT = '/v1/review_queue'
const KEY = 'review-queues'

export const queuesQuery = (projectId: string) =>
  queryOptions({
    queryKey: [KEY, 'list', projectId],
    queryFn: async ({ signal }) => {
      const params = { project_id: projectId, limit: 1000 }
      return (await request<{ objects: Queue[] }>(ROOT, { params, signal })).objects
    },
    staleTime: 3_000,
  })

export const queueQuery = (id: string) =>
  queryOptions({
    queryKey: [KEY, 'one', id],
    queryFn: ({ signal }) => request<Queue>(`${ROOT}/${id}`, { signal }),
    staleTime: 3_000,
  })

export const resultsQuery = (id: string) =>
  queryOptions({
    queryKey: [KEY, 'results', id],
    queryFn: ({ signal }) => request<Results>(`${ROOT}/${id}/results`, { signal }),
    staleTime: 0, // others answer at the same time
  })

export const ITEMS_PAGE = 100

export const itemsQuery = (id: string, status: ItemStatus | 'all', limit: number) =>
  queryOptions({
    queryKey: [KEY, 'items', id, status, limit],
    queryFn: async ({ signal }) => {
      const params = { limit, ...(status === 'all' ? {} : { status }) }
      return (await request<{ objects: Item[] }>(`${ROOT}/${id}/items`, { params, signal })).objects
    },
    placeholderData: (before) => before,
    staleTime: 3_000,
  })

export const itemQuery = (id: string, itemId: string) =>
  queryOptions({
    queryKey: [KEY, 'item', id, itemId],
    queryFn: ({ signal }) =>
      request<{ item: Item; content: (Content | null)[] }>(`${ROOT}/${id}/items/${itemId}`, { signal }),
    gcTime: 0,
  })

/** Holds the next item; asking again gives the same until it is answered. */
export function nextItem(id: string, signal?: AbortSignal): Promise<Turn> {
  return request(`${ROOT}/${id}/next`, { method: 'POST', body: {}, ...(signal ? { signal } : {}) })
}

export type Step = 'answer' | 'skip' | 'reopen' | 'adjudicate' | 'restore'

export function takeStep(id: string, itemId: string, step: Step, body: object = {}): Promise<Item> {
  return request(`${ROOT}/${id}/items/${itemId}/${step}`, { method: 'POST', body })
}

export function createQueue(projectId: string, rules: QueueRules): Promise<Queue> {
  return request(ROOT, { method: 'POST', body: { project_id: projectId, ...rules } })
}

export function changeQueue(id: string, rules: Partial<QueueRules>): Promise<Queue> {
  return request(`${ROOT}/${id}`, { method: 'PATCH', body: rules })
}

export function deleteQueue(id: string): Promise<Queue> {
  return request(`${ROOT}/${id}`, { method: 'DELETE' })
}

export type Added = {
  added: number
  found: number
  refused: { item: number; code: string; message: string }[]
}

export function addItems(id: string, body: object): Promise<Added> {
  return request(`${ROOT}/${id}/items`, { method: 'POST', body })
}

export function answersUrl(id: string, format: 'csv' | 'jsonl'): string {
  return `${ROOT}/${id}/answers?format=${format}`
}

/** Reads again whatever shows queues. */
export function useQueuesRefresh(): () => Promise<void> {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: [KEY] })
}

type User = { id: string; email: string; given_name: string | null; family_name: string | null }

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: async ({ signal }) => {
    const params = { limit: 1000 }
    const { objects } = await request<{ objects: User[] }>('/v1/user', { params, signal })
    return objects.map((user) => ({
      id: user.id,
      email: user.email,
      name: [user.given_name, user.family_name].filter(Boolean).join(' ') || user.email,
    }))
  },
  staleTime: 60_000,
})

// -- answers ------------------------------------------------------------------------------------------------

/** The questions of a queue, in its order. */
export function questionsOf(
  queue: Queue,
  configs: readonly ScoreConfig[],
): (ScoreConfig & { required: boolean })[] {
  return queue.questions.flatMap(({ project_score_id, required }) => {
    const config = configs.find((one) => one.id === project_score_id)
    return config ? [{ ...config, required }] : []
  })
}

/** An answer as the server takes it: one choice is its name. */
export function toWire(config: ScoreConfig, answer: Answer): Wire | null {
  if (Array.isArray(answer) && !config.multiple) return answer[0] ?? null
  return answer
}

/** An answer of the server as the inputs show it. */
export function fromWire(config: ScoreConfig, wire: Wire | undefined): Answer {
  if (wire === undefined) return null
  return config.type === 'categorical' && typeof wire === 'string' ? [wire] : wire
}

/** How an answer reads in a table. */
export function wireText(wire: Wire | undefined): string {
  if (wire === undefined) return '–'
  if (Array.isArray(wire)) return wire.join(', ')
  return typeof wire === 'number' ? String(Math.round(wire * 100) / 100) : wire
}

export const STRENGTHS = [t`slightly`, t`clearly`, t`by far`] as const

/** How a preference reads, by the names of the systems where they are known. */
export function sideText({ preference, strength }: Said, sources: Place[] | null): string {
  if (!preference) return '–'
  if (preference === 'tie') return t`tie`
  const system = sources?.[preference === 'left' ? 0 : 1]?.system ?? preference
  const how = strength ? STRENGTHS[Math.round(strength) - 1] : undefined
  return how ? `${system}, ${how}` : system
}

export const MEASURES: Record<Coefficient['measure'], { sign: string; name: string }> = {
  cohen_kappa: { sign: 'κ', name: t`Cohen’s kappa` },
  fleiss_kappa: { sign: 'κ', name: t`Fleiss’ kappa` },
  alpha_nominal: { sign: 'α', name: t`Krippendorff’s alpha, choices equal or not` },
  alpha_ordinal: { sign: t`α ord`, name: t`Krippendorff’s alpha, choices in order` },
  alpha_interval: { sign: 'α', name: t`Krippendorff’s alpha, by distance` },
}

/** The question people agree on least, by alpha; null where nothing can be said yet. */
export function lowestAlpha(results: Results | undefined): { name: string; value: number } | null {
  const found = (results?.agreement ?? []).flatMap(({ name, coefficients }) =>
    coefficients.flatMap(({ measure, value }) =>
      value !== null && (measure === 'alpha_nominal' || measure === 'alpha_interval')
        ? [{ name, value }]
        : [],
    ),
  )
  return found.toSorted((one, other) => one.value - other.value)[0] ?? null
}
