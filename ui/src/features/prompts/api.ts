/** Prompts and scorers: lists, versions, and the writes that make new versions. */
import { t } from '@lingui/core/macro'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { ApiError, request } from '@/api/client'
import { authorOf, authorsQuery } from '@/api/people'
import { runQuery } from '@/api/query'
import { literal } from '@/lib/sql'
import { sectionOf, type Section, type Stored } from './list'
import type { Content } from './stored'

const MOST_VERSIONS = 200

export function ofSection(stored: readonly Stored[], section: Section): Stored[] {
  return stored.filter((one) => sectionOf(one) === section)
}

export const oneQuery = (id: string) =>
  queryOptions({
    queryKey: ['stored-one', id],
    queryFn: ({ signal }) => request<Stored>(`/v1/function/${encodeURIComponent(id)}`, { signal }),
    staleTime: 5_000,
    retry: false,
  })

/** Every version of one, newest first. */
export const versionsQuery = (projectId: string, id: string) =>
  queryOptions({
    queryKey: ['stored-versions', id],
    queryFn: async ({ signal }) => {
      const query = `SELECT * FROM project_functions(${literal(projectId)}) WHERE id = ${literal(id)} ORDER BY _xact_id DESC LIMIT ${MOST_VERSIONS}`
      return (await runQuery<Stored>({ query, audit: true }, signal)).data
    },
    staleTime: 5_000,
  })

/** Names whoever saved a version of one stored object, or of any in a project. */
export function useAuthors(of: 'project_logs' | 'function', objectId: string): (version: Stored) => string {
  const { data, error } = useQuery(authorsQuery(of, objectId))
  // Who may not know the people here still sees that somebody did it.
  const people = data ?? (error ? [] : undefined)
  return ({ user_id }) => authorOf(user_id, people)
}

/** Somebody saved a version since the one that was edited. */
export class Overtaken extends Error {
  readonly newest: Stored

  constructor(newest: Stored) {
    super(t`A newer version was saved while you edited.`)
    this.name = 'Overtaken'
    this.newest = newest
  }
}

/**
 * Save a new version made from `base`. Raises Overtaken when the newest version is another one: the server does not
 * check, so two saves within the same moment still both pass, and both stay in the list of versions.
 */
export async function saveVersion(
  id: string,
  base: string,
  content: Content & Pick<Stored, 'function_data'>,
): Promise<Stored> {
  const newest = await request<Stored>(`/v1/function/${id}`)
  if (newest._xact_id !== base) throw new Overtaken(newest)
  return request(`/v1/function/${id}`, { method: 'PATCH', body: content })
}

/** Create one; refused when the slug is taken, which the server would answer with what has it. */
export async function createStored(
  projectId: string,
  section: Section,
  { name, slug }: { name: string; slug: string },
): Promise<Stored> {
  const { objects } = await request<{ objects: Stored[] }>('/v1/function', {
    params: { project_id: projectId, slug, limit: 1 },
  })
  if (objects.length)
    throw new ApiError(409, 'slug_taken', t`“${objects[0]!.name}” has the slug ${slug} already.`, null)
  const body = { project_id: projectId, name, slug, function_data: { type: 'prompt' } }
  const system = { role: 'system', content: '' }
  const starts =
    section === 'prompts'
      ? { prompt_data: { prompt: { type: 'chat', messages: [system] }, options: {} } }
      : {
          function_type: 'scorer',
          prompt_data: {
            prompt: { type: 'chat', messages: [{ role: 'user', content: JUDGE }] },
            options: {},
            parser: { type: 'llm_classifier', use_cot: true, choice_scores: { good: 1, bad: 0 } },
          },
        }
  return request('/v1/function', { method: 'POST', body: { ...body, ...starts } })
}

const JUDGE = `Is this a good answer?

<question>{{input}}</question>
<answer>{{output}}</answer>`

export function deleteStored(id: string): Promise<unknown> {
  return request(`/v1/function/${id}`, { method: 'DELETE' })
}
