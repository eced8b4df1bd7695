import { useQuery } from '@tanstack/react-query'
import { Outlet, useParams } from '@tanstack/react-router'
import { projectsQuery } from '@/api/objects'
import { Empty, ErrorState } from '@/components/states'
import { SkeletonRows } from '@/components/ui/bits'
import { ProjectContext } from './project-context'

/** Finds the project of the address and hands it to the pages below. */
export function ProjectLayout() {
  const { org, project: name } = useParams({ from: '/app/$org/p/$project' })
  const { data: projects, error, refetch } = useQuery(projectsQuery)
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!projects) return <SkeletonRows label="Loading the project" />
  const project = projects.find((item) => item.name === name || item.id === name)
  if (!project) {
    return (
      <Empty
        title={`There is no project called “${name}”`}
        code={`import assay\nassay.init_logger(project=${JSON.stringify(name)}).log(input="hello", output="world")`}
      >
        It may have been renamed, or you may not have access to it. Logging one trace creates it:
      </Empty>
    )
  }
  return (
    <ProjectContext value={{ org, project }}>
      <Outlet />
    </ProjectContext>
  )
}
