/** Members who may read an object, whom of its rows are assigned to, and what one was told of that. */
import { t } from '@lingui/core/macro'
import { queryOptions } from '@tanstack/react-query'
import type { Json } from '@/lib/json'
import type { Source } from '@/lib/sql'
import { path } from '@/lib/sql'
import { request } from './client'
import type { Row } from './types'

/** Where in the metadata of a row the ids of those it is assigned to are, as other clients write it. */
export const ASSIGNMENTS = '~__bt_assignments'
export const ASSIGNED = path('metadata', ASSIGNMENTS)

export type Person = {
  id: string
  email: string
  given_name: string | null
  family_name: string | null
}

export const peopleQuery = (from: Source, objectId: string) =>
  queryOptions({
    queryKey: ['people', from, objectId],
    queryFn: async ({ signal }) => {
      const params = { object_type: from, object_id: objectId }
      const { objects } = await request<{ objects: Person[] }>('/api/people', { params, signal })
      return objects.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b)))
    },
    staleTime: 60_000,
  })

/** Whoever may have written what one stored object, or all of a project, says: programs, too. */
export const authorsQuery = (of: 'project_logs' | 'function', objectId: string) =>
  queryOptions({
    queryKey: ['authors', of, objectId],
    queryFn: async ({ signal }) => {
      const params = { object_type: of, object_id: objectId, programs: 'true' }
      return (await request<{ objects: Person[] }>('/api/people', { params, signal })).objects
    },
    staleTime: 60_000,
    retry: false,
  })

export function nameOf({ given_name, family_name, email }: Person): string {
  return [given_name, family_name].filter(Boolean).join(' ') || email
}

/** The people behind ids, as far as they are known here. */
export function namesOf(ids: Json, people: readonly Person[]): string {
  if (!Array.isArray(ids) || ids.length === 0) return t`nobody`
  const known = ids.map((id) => people.find((person) => person.id === id))
  return known.map((person) => (person ? nameOf(person) : t`somebody`)).join(', ')
}

/** Who wrote something; empty while it is not known who is known here (`people` undefined). */
export function authorOf(id: string | null | undefined, people: readonly Person[] | undefined): string {
  if (!id) return t`unknown author`
  return people ? namesOf([id], people) : ''
}

/** What names a person in a comment: the address, or the part before the @ where nobody else has it. */
export function handleOf(person: Person, people: readonly Person[]): string {
  const local = localPart(person)
  return people.some((other) => other.id !== person.id && localPart(other) === local) ? person.email : local
}

function localPart({ email }: Person): string {
  return email.split('@')[0]!.toLowerCase()
}

/** People whose name or address has the words at the start of one of its parts. */
export function matching(people: readonly Person[], typed: string): Person[] {
  const wanted = typed.toLowerCase()
  return people.filter((person) =>
    [person.email, ...nameOf(person).split(' ')].some((part) => part.toLowerCase().startsWith(wanted)),
  )
}

/** Ids of those a row is assigned to. */
export function assigneesOf(row: Pick<Row, 'metadata'> | null | undefined): string[] {
  const listed = row?.metadata?.[ASSIGNMENTS]
  return Array.isArray(listed) ? listed.filter((one): one is string => typeof one === 'string') : []
}

export type Notification = {
  id: string
  kind: 'mention' | 'assignment'
  object_type: Source
  object_id: string
  object_name: string
  row_id: string
  text: string | null
  actor_name: string | null
  created: string
  read_at: string | null
}

export const notificationsQuery = (unread: boolean) =>
  queryOptions({
    queryKey: ['notifications', unread],
    queryFn: async ({ signal }) => {
      const params = { limit: 100, ...(unread ? { unread: 'true' } : {}) }
      return (await request<{ objects: Notification[] }>('/v1/notification', { params, signal })).objects
    },
    staleTime: 30_000,
  })

export function markRead(id: string): Promise<unknown> {
  return request(`/v1/notification/${id}`, { method: 'PATCH', body: { read: true } })
}

export function markAllRead(): Promise<unknown> {
  return request('/v1/notification/read', { method: 'POST', body: {} })
}
