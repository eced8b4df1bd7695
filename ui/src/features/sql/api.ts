/** What the SQL page reads: what can be named, and the saved queries. */
import { queryOptions, useQuery } from '@tanstack/react-query'
import { request } from '@/api/client'
import { datasetsQuery, experimentsQuery } from '@/api/objects'
import { runQuery } from '@/api/query'
import type { Project } from '@/api/types'
import { changeView, createView, viewsQuery, type View, type ViewsOf } from '@/api/views'
import { select } from '@/lib/sql'
import { useProject } from '../projects/project-context'
import { firstSource, type Named, type Schema } from './completion'
import { discoverPaths } from './discover'

const LOOKED_AT = 100
const CUT = 2_000
const NO_PATHS: readonly string[] = []

/** Paths that occur in the newest rows of what a query reads. */
const pathsQuery = ({ source, name }: Named) =>
  queryOptions({
    queryKey: ['sql', 'paths', source, name],
    queryFn: async ({ signal }) => {
      const columns = source === 'dataset' ? 'metadata' : 'metadata, scores, metrics'
      const query = select({
        columns: `${columns}, input, expected`,
        from: source,
        id: name,
        // Long values come cut, as text, and are not looked into.
        tail: `ORDER BY created DESC LIMIT ${LOOKED_AT} SETTINGS preview_length = ${CUT}`,
      })
      return discoverPaths(
        (await runQuery<Parameters<typeof discoverPaths>[0][number]>({ query }, signal)).data,
      )
    },
    staleTime: 60_000,
    retry: false,
  })

/** What completion knows while `text` is written. */
export function useSchema(text: string): Schema {
  const { org, project } = useProject()
  const { data: experiments } = useQuery(experimentsQuery(project.id))
  const { data: datasets } = useQuery(datasetsQuery(project.id))
  const named = firstSource(text) ?? { source: 'project_logs', name: project.name }
  const known =
    named.source === 'project_logs'
      ? named.name === project.name || named.name === project.id
      : (named.source === 'dataset' ? datasets : experiments)?.some(
          (item) => item.name === named.name || item.id === named.name,
        )
  const { data: paths } = useQuery({ ...pathsQuery(named), enabled: Boolean(known) })
  return {
    project: project.name,
    org,
    experiments: experiments?.map((item) => item.name) ?? [],
    datasets: datasets?.map((item) => item.name) ?? [],
    paths: paths ?? NO_PATHS,
  }
}

/** What a query would read and do; nothing of it has run. */
export type Plan = {
  reads: PlannedRead[]
  steps: string[]
  costs: { code: string; message: string }[]
  warnings: { code: string; message: string }[]
  plan: string
  more_reads: number
}
/** A read of one or more objects: `blocks` of `of_blocks` are left after the indexes, with at most `rows` rows. */
export type PlannedRead = {
  object_type: string
  objects: { id: string; name: string }[]
  parts: number
  blocks: number
  of_blocks: number
  rows: number
  filters: { text: string; index: string | null; blocks: number | null; opens_values: boolean }[]
  narrowed: boolean
}
export type PlanState = ReturnType<typeof usePlan>

export function usePlan(query: string | undefined) {
  return useQuery({
    queryKey: ['sql', 'plan', query],
    queryFn: ({ signal }) => request<Plan>('/btql/explain', { method: 'POST', body: { query }, signal }),
    enabled: Boolean(query),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
}

/** A query saved for everyone in the project. */
export type Saved = { view: View; name: string; query: string }

const viewsOf = (project: Project): ViewsOf => ({
  type: 'sql',
  project: project.id,
  organization: project.org_id,
})

export const savedQuery = (project: Project) => ({ ...viewsQuery(viewsOf(project)), select: readSaved })

function readSaved(all: readonly View[]): Saved[] {
  return all.flatMap((view) =>
    typeof view.options.query === 'string' ? [{ view, name: view.name, query: view.options.query }] : [],
  )
}

/** Save under a name; the query that has it already is replaced. */
export function saveQuery(
  project: Project,
  name: string,
  query: string,
  known: readonly Saved[],
): Promise<View> {
  const same = known.find((one) => one.name === name)
  return same
    ? changeView(same.view, { options: { query } })
    : createView(viewsOf(project), { name, scope: 'project', options: { query } })
}
