/** Stored prompts and functions of a project. Small, for the palette has it too. */
import { queryOptions } from '@tanstack/react-query'
import { request } from '@/api/client'
import type { JsonObject } from '@/lib/json'

const PAGE = 1000

export type Stored = {
  id: string
  _xact_id: string
  project_id: string
  name: string
  slug: string
  description?: string | null
  created: string
  /** Who saved this version; nobody knows where it is null. */
  user_id?: string | null
  prompt_data?: JsonObject | null
  function_data?: JsonObject | null
  function_type?: string | null
  tags?: string[] | null
  metadata?: JsonObject | null
}

export type Section = 'prompts' | 'scorers'

/** Where an object has its page; null for tools, tasks and the like, which have none. */
export function sectionOf({ function_type, function_data }: Stored): Section | null {
  if (function_type === 'scorer' || function_type === 'classifier') return 'scorers'
  const prompt = function_data === undefined || function_data?.type === 'prompt'
  return prompt && (function_type == null || function_type === 'llm') ? 'prompts' : null
}

/** Prompts and functions of a project, of every type. */
export const storedQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['stored', projectId],
    queryFn: async ({ signal }): Promise<Stored[]> => {
      const all: Stored[] = []
      for (;;) {
        const params = { project_id: projectId, limit: PAGE, starting_after: all.at(-1)?.id ?? null }
        const { objects } = await request<{ objects: Stored[] }>('/v1/function', { params, signal })
        all.push(...objects)
        if (objects.length < PAGE) return all
      }
    },
    staleTime: 10_000,
  })
