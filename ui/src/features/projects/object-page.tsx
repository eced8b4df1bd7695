import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Navigate, useParams, useSearch } from '@tanstack/react-router'
import { request } from '@/api/client'
import { runQuery } from '@/api/query'
import { projectsQuery } from '@/api/objects'
import type { Project, Row } from '@/api/types'
import { Empty, ErrorState, ToProjects } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import type { ObjectSearch } from '@/lib/search-params'
import { literal, select, type Source } from '@/lib/sql'

const SOURCES: readonly Source[] = ['project_logs', 'experiment', 'dataset']

type Target = { projectName: string; name: string | null; r?: string; s?: string }

/** /object?object_type&object_id&(id|r&s): where SDKs link to when they know ids only. Finds the names and goes there. */
export function ObjectPage() {
  const { org } = useParams({ from: '/app/$org/object' })
  const search = useSearch({ from: '/app/$org/object' })
  const { object_type, id, r, s } = search
  const from = SOURCES.find((source) => source === object_type)
  const { data: projects, error: unlisted } = useQuery(projectsQuery)
  const objectId = search.object_id ?? (from === 'project_logs' ? projectOf(search, projects) : undefined)
  const { data, error: unlocated } = useQuery({
    queryKey: ['object', object_type, objectId, id, r, s],
    queryFn: async ({ signal }) => ({
      ...(await locate(from!, objectId!, id, projects ?? [], signal)),
      ...(r ? { r, s } : {}),
    }),
    enabled: Boolean(from && objectId && projects),
  })
  const error = unlisted ?? unlocated
  const named = search.project_id ?? search.project_name
  if (!from || !(search.object_id || (from === 'project_logs' && named)))
    return (
      <Empty title={t`This link is not complete`} actions={<ToProjects />}>
        {t`It needs object_type and object_id, or project_name for the logs of a project.`}
      </Empty>
    )
  if (projects && !objectId)
    return <Empty title={t`There is no project called “${named ?? ''}”`} actions={<ToProjects />} />
  if (error) return <ErrorState error={error} />
  if (!data) return <SkeletonRows label={t`Finding the object`} />
  const params = { org, project: data.projectName, name: data.name ?? '' }
  if (from === 'project_logs')
    return (
      <Navigate
        replace
        to="/app/$org/p/$project/logs"
        params={params}
        search={{ r: data.r, s: data.s, t: 'all' }}
      />
    )
  if (from === 'dataset')
    return <Navigate replace to="/app/$org/p/$project/datasets/$name" params={params} search={{ r: id }} />
  return (
    <Navigate
      replace
      to="/app/$org/p/$project/experiments/$name"
      params={params}
      search={{ r: data.r, s: data.s }}
    />
  )
}

/** The project a link names; undefined while the projects are not loaded, or when there is none of this name. */
function projectOf(search: ObjectSearch, projects: readonly Project[] | undefined): string | undefined {
  return search.project_id ?? projects?.find((project) => project.name === search.project_name)?.id
}

async function locate(
  from: Source,
  objectId: string,
  rowId: string | undefined,
  projects: readonly Project[],
  signal: AbortSignal,
): Promise<Target> {
  const parent =
    from === 'project_logs'
      ? { project_id: objectId, name: null }
      : await request<{ project_id: string; name: string }>(`/v1/${from}/${objectId}`, { signal })
  const projectName = projects.find((project) => project.id === parent.project_id)?.name ?? parent.project_id
  if (!rowId || from === 'dataset') return { projectName, name: parent.name }
  const query = select({
    columns: 'root_span_id, span_id',
    from,
    id: objectId,
    where: [`id = ${literal(rowId)}`],
    tail: 'LIMIT 1',
  })
  const row = (await runQuery<Row>({ query }, signal)).data[0]
  return { projectName, name: parent.name, ...(row ? { r: row.root_span_id, s: row.span_id } : {}) }
}
