import { plural, t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { datasetsQuery, experimentsQuery, meQuery, projectsQuery } from '@/api/objects'
import { may, useOrgPermissions } from '@/api/permissions'
import { runQuery } from '@/api/query'
import type { Project } from '@/api/types'
import { Forbidden } from '@/components/forbidden'
import { PageHead, Spacer } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { SkeletonRows } from '@/components/ui/bits'
import { count } from '@/lib/format'
import { select } from '@/lib/sql'

const FIRST_TRACE = `import assay
assay.init_logger(project="my-project").log(input="hello", output="world")`

/** Home of an organization: its projects and what is in them. */
export function ProjectsPage() {
  const { org } = useParams({ from: '/app/$org' })
  const { data: me } = useQuery(meQuery)
  const { data: projects, error, refetch } = useQuery(projectsQuery)
  const permissions = useOrgPermissions()
  return (
    <>
      <PageHead crumbs={[{ label: t`Projects` }]}>
        <Spacer />
        {projects?.length ? (
          <span className="text-s text-ink-3">
            {plural(projects.length, { one: '# project', other: '# projects' })}
          </span>
        ) : null}
      </PageHead>
      <div className="min-h-0 flex-1 overflow-auto">
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
        {!projects && !error ? <SkeletonRows label={t`Loading projects`} /> : null}
        {projects?.length === 0 && !may(permissions, 'project', 'create') ? (
          <Forbidden needs={t`read a project; none has been shared with you yet`} />
        ) : null}
        {projects?.length === 0 && may(permissions, 'project', 'create') ? (
          <Empty title={me?.user.name ? t`Welcome, ${me.user.name}` : t`Welcome`} code={FIRST_TRACE}>
            {t`A project holds the traces, datasets and experiments of one application. Logging the first trace creates it:`}
          </Empty>
        ) : null}
        {projects?.length ? (
          <table className="w-full border-collapse">
            <thead className="text-left text-xs text-ink-3">
              <tr className="h-7 border-b border-line [&>th]:px-3.5 [&>th]:font-medium">
                <th>{t`Project`}</th>
                <th className="!text-right">{t`Traces, 7 days`}</th>
                <th className="!text-right max-sm:hidden">{t`Experiments`}</th>
                <th className="!text-right max-sm:hidden">{t`Datasets`}</th>
                <th className="!text-right">{t`Created`}</th>
              </tr>
            </thead>
            <tbody>
              {projects.map((project) => (
                <ProjectRow key={project.id} org={org} project={project} />
              ))}
            </tbody>
          </table>
        ) : null}
      </div>
    </>
  )
}

function ProjectRow({ org, project }: { org: string; project: Project }) {
  const params = { org, project: project.name }
  const traces = useQuery({
    queryKey: ['trace-count', project.id],
    queryFn: async ({ signal }) => {
      const query = select({
        columns: 'count(*) AS n',
        from: 'project_logs',
        id: project.id,
        where: ['is_root', 'created >= now() - interval 7 day'],
      })
      return (await runQuery<{ n: number }>({ query }, signal)).data[0]?.n ?? 0
    },
    staleTime: 30_000,
  })
  const experiments = useQuery(experimentsQuery(project.id))
  const datasets = useQuery(datasetsQuery(project.id))
  return (
    <tr className="h-10 border-b border-line hover:bg-panel [&>td]:px-3.5">
      <td className="max-w-0 w-2/5">
        <Link
          to="/app/$org/p/$project/overview"
          params={params}
          className="block truncate font-medium hover:text-accent"
        >
          {project.name}
        </Link>
        {project.description ? (
          <span className="block truncate text-s text-ink-3">{project.description}</span>
        ) : null}
      </td>
      <td className="text-right">
        {traces.data === undefined ? (
          <span className="text-ink-3">{traces.isError ? '–' : '…'}</span>
        ) : (
          count(traces.data)
        )}
      </td>
      <td className="text-right max-sm:hidden">
        <Link to="/app/$org/p/$project/experiments" params={params} className="hover:text-accent">
          {experiments.data ? count(experiments.data.length) : '…'}
        </Link>
      </td>
      <td className="text-right max-sm:hidden">
        <Link to="/app/$org/p/$project/datasets" params={params} className="hover:text-accent">
          {datasets.data ? count(datasets.data.length) : '…'}
        </Link>
      </td>
      <td className="text-right text-ink-3">
        <Time iso={project.created} />
      </td>
    </tr>
  )
}
