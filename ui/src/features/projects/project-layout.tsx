import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Outlet, useParams } from '@tanstack/react-router'
import { useEffect } from 'react'
import { projectsQuery } from '@/api/objects'
import { may, permissionsQuery, useOrgPermissions } from '@/api/permissions'
import { Forbidden } from '@/components/forbidden'
import { Empty, ErrorState, ToProjects } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { rememberProject } from '@/lib/landing'
import { ProjectContext } from './project-context'
import { ReadOnlyBar } from './read-only-bar'

/** Finds the project of the address and hands it to the pages below. */
export function ProjectLayout() {
  const { org, project: name } = useParams({ from: '/app/$org/p/$project' })
  const { data: projects, error, refetch } = useQuery(projectsQuery)
  const project = projects?.find((item) => item.name === name || item.id === name)
  const wide = useOrgPermissions()
  const { data: permissions } = useQuery(permissionsQuery('project', project?.id ?? ''))
  useEffect(() => {
    if (project) rememberProject(project.name)
  }, [project])
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!projects) return <SkeletonRows label={t`Loading the project`} />
  if (!project && !may(wide, 'project', 'create'))
    return <Forbidden needs={t`read project “${name}”, if there is one`} />
  if (!project) {
    return (
      <Empty
        title={t`There is no project called “${name}”`}
        actions={<ToProjects />}
        code={`import assay\nassay.init_logger(project=${JSON.stringify(name)}).log(input="hello", output="world")`}
      >
        {t`It may have been renamed, or you may not have access to it. Logging one trace creates it:`}
      </Empty>
    )
  }
  return (
    <ProjectContext value={{ org, project, permissions }}>
      {may(permissions, 'project_logs', 'update') ? null : <ReadOnlyBar project={project.name} />}
      <Outlet />
    </ProjectContext>
  )
}
