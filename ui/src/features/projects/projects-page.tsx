import { plural, t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { datasetsQuery, experimentsQuery, meQuery, projectsQuery } from '@/api/objects'
import { may, useOrgPermissions } from '@/api/permissions'
import type { Project } from '@/api/types'
import { CodeMenu } from '@/components/code-menu'
import { Forbidden } from '@/components/forbidden'
import { PageHead, Spacer } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { Time } from '@/components/time'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { count, money, percent } from '@/lib/format'
import { NewProjectDialog } from './new-project-dialog'
import { trafficQuery, type Traffic } from './traffic'

const FIRST_TRACE = `import assay
assay.init_logger(project="my-project").log(input="hello", output="world")`

/** Home of an organization: its projects, what they served and what is in them; the one in use last comes first. */
export function ProjectsPage() {
  const { org } = useParams({ from: '/app/$org' })
  const { data: me } = useQuery(meQuery)
  const { data: projects, error, refetch } = useQuery(projectsQuery)
  const traffic = useQuery(trafficQuery(useMemo(() => projects?.map(({ id }) => id) ?? [], [projects])))
  const permissions = useOrgPermissions()
  const [asked, setAsked] = useState(false)
  const creates = may(permissions, 'project', 'create')
  const served = traffic.data ?? (traffic.isError ? NOTHING : undefined)
  return (
    <>
      <PageHead crumbs={[{ label: t`Projects` }]}>
        <Spacer />
        {projects?.length ? (
          <span className="text-s text-ink-3 max-sm:hidden">
            {plural(projects.length, { one: '# project', other: '# projects' })}
          </span>
        ) : null}
        <CodeMenu
          title={t`This list`}
          read={{ path: '/v1/project', name: 'projects', part: '["objects"]' }}
          cli={'assay projects list\n'}
        />
        {creates ? (
          <Button variant="primary" icon={<Plus size={14} aria-hidden />} onClick={() => setAsked(true)}>
            {t`Project`}
          </Button>
        ) : null}
      </PageHead>
      <div className="min-h-0 flex-1 overflow-auto">
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
        {!projects && !error ? <SkeletonRows label={t`Loading projects`} /> : null}
        {projects?.length === 0 && !creates ? (
          <Forbidden needs={t`read a project; none has been shared with you yet`} />
        ) : null}
        {projects?.length === 0 && creates ? (
          <Empty title={me?.user.name ? t`Welcome, ${me.user.name}` : t`Welcome`} code={FIRST_TRACE}>
            {t`A project holds the traces, datasets and experiments of one application. Logging the first trace creates it:`}
          </Empty>
        ) : null}
        {projects?.length ? <Table org={org} projects={projects} served={served} /> : null}
      </div>
      {asked ? <NewProjectDialog org={org} onClose={() => setAsked(false)} /> : null}
    </>
  )
}

type Served = ReadonlyMap<string, Traffic>
const NOTHING: Served = new Map()

type TableProps = { org: string; projects: readonly Project[]; served: Served | undefined }

function Table({ org, projects, served }: TableProps) {
  const last = ({ id }: Project): string => served?.get(id)?.last ?? ''
  const rows = projects.toSorted((a, b) => last(b).localeCompare(last(a)) || a.name.localeCompare(b.name))
  return (
    <table className="w-full border-collapse">
      <thead className="text-left text-xs text-ink-3">
        <tr className="h-7 border-b border-line [&>th]:px-3.5 [&>th]:font-medium max-sm:[&>th]:px-3">
          <th>{t`Project`}</th>
          <th className="!text-right">{t`Traces, 7 days`}</th>
          <th className="!text-right">{t`With errors`}</th>
          <th className="!text-right max-sm:hidden">{t`Cost, 7 days`}</th>
          <th className="!text-right max-sm:hidden">{t`Experiments`}</th>
          <th className="!text-right max-sm:hidden">{t`Datasets`}</th>
          <th className="!text-right max-sm:hidden">{t`Last trace`}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((project) => (
          <ProjectRow
            key={project.id}
            org={org}
            project={project}
            traffic={served && (served.get(project.id) ?? null)}
          />
        ))}
      </tbody>
    </table>
  )
}

type RowProps = { org: string; project: Project; traffic: Traffic | null | undefined }

function ProjectRow({ org, project, traffic }: RowProps) {
  const params = { org, project: project.name }
  const experiments = useQuery(experimentsQuery(project.id))
  const datasets = useQuery(datasetsQuery(project.id))
  const of = (show: (traffic: Traffic) => string, none: string): string =>
    traffic === undefined ? '…' : traffic ? show(traffic) : none
  return (
    <tr className="h-10 border-b border-line hover:bg-panel [&>td]:px-3.5 max-sm:[&>td]:px-3">
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
        <Link to="/app/$org/p/$project/logs" params={params} className="hover:text-accent">
          {of(({ traces }) => count(traces), '0')}
        </Link>
      </td>
      <td className={`text-right ${traffic?.failed ? 'text-worse' : 'text-ink-3'}`}>
        {of(({ failed, traces }) => percent(failed / traces), '–')}
      </td>
      <td className="text-right max-sm:hidden">{of(({ cost }) => money(cost), '–')}</td>
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
      <td className="text-right text-ink-3 max-sm:hidden">{traffic ? <Time iso={traffic.last} /> : '–'}</td>
    </tr>
  )
}
