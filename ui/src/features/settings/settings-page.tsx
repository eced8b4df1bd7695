import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { meQuery } from '@/api/objects'
import { PageHead } from '@/components/page'
import { cx } from '@/lib/cx'
import { useProject } from '../projects/project-context'
import { Invite } from './invite'
import { SharingForm } from './sharing-form'
import { ProjectForm } from './project-form'
import { ResourcePanel } from './resource-panel'
import { ORGANIZATION, PROJECT, type Resource, type Scope } from './resources'

/** Settings of the organization. */
export function OrganizationSettingsPage() {
  const { tab } = useSearch({ from: '/app/$org/settings' })
  const { org } = useParams({ from: '/app/$org/settings' })
  const { data: me } = useQuery(meQuery)
  const resource = ORGANIZATION.find((one) => one.id === tab) ?? ORGANIZATION[0]!
  const tabs = ORGANIZATION.map(({ id, title }) => (
    <Tab key={id} to="/app/$org/settings" params={{ org }} id={id} title={title} on={id === resource.id} />
  ))
  return (
    <Frame title="Settings" subtitle={org} tabs={tabs}>
      {resource.id === 'members' && me?.user.role === 'owner' ? <Invite /> : null}
      {resource.id === 'sharing' ? <SharingForm owner={me?.user.role === 'owner'} /> : null}
      {me ? <Panel resource={resource} scope={{ orgId: me.org.id, projectId: null }} /> : null}
    </Frame>
  )
}

/** Settings of one project. */
export function ProjectSettingsPage() {
  const { tab } = useSearch({ from: '/app/$org/p/$project/settings' })
  const { org, project } = useProject()
  const resource = PROJECT.find((one) => one.id === tab)
  const params = { org, project: project.name }
  const to = '/app/$org/p/$project/settings'
  const tabs = [
    <Tab key="general" to={to} params={params} id={undefined} title="Project" on={!resource} />,
    ...PROJECT.map(({ id, title }) => (
      <Tab key={id} to={to} params={params} id={id} title={title} on={id === resource?.id} />
    )),
    <Link key="org" to="/app/$org/settings" params={{ org }} className={cx(TAB, 'text-ink-3')}>
      Organization …
    </Link>,
  ]
  return (
    <Frame title="Settings" subtitle={project.name} tabs={tabs}>
      {resource ? (
        <Panel resource={resource} scope={{ orgId: project.org_id, projectId: project.id }} />
      ) : (
        <ProjectForm key={project.id} project={project} />
      )}
    </Frame>
  )
}

function Panel({ resource, scope }: { resource: Resource; scope: Scope }) {
  return <ResourcePanel key={resource.id} resource={resource} scope={scope} />
}

const TAB = 'block rounded px-2 py-1 whitespace-nowrap hover:bg-sunken'

type TabProps = {
  to: '/app/$org/settings' | '/app/$org/p/$project/settings'
  params: Record<string, string>
  id: string | undefined
  title: string
  on: boolean
}

function Tab({ to, params, id, title, on }: TabProps) {
  return (
    <Link
      to={to}
      params={params as never}
      search={{ tab: id } as never}
      aria-current={on ? 'page' : undefined}
      className={cx(TAB, on ? 'bg-sunken font-medium' : 'text-ink-2')}
    >
      {title}
    </Link>
  )
}

type FrameProps = { title: string; subtitle: string; tabs: ReactNode; children: ReactNode }

function Frame({ title, subtitle, tabs, children }: FrameProps) {
  return (
    <>
      <PageHead crumbs={[{ label: title }]} after={<span className="truncate text-ink-3">{subtitle}</span>} />
      <div className="flex min-h-0 flex-1 max-sm:flex-col">
        <nav
          aria-label="Settings"
          className="w-48 shrink-0 space-y-0.5 overflow-y-auto border-r border-line p-2 max-sm:flex max-sm:w-full max-sm:space-y-0 max-sm:overflow-x-auto max-sm:border-r-0 max-sm:border-b"
        >
          {tabs}
        </nav>
        <div className="min-w-0 flex-1 overflow-y-auto p-5 max-sm:p-3">{children}</div>
      </div>
    </>
  )
}
