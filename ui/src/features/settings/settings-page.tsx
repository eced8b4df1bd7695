import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useSearch } from '@tanstack/react-router'
import { Suspense, useEffect, useRef, type ReactNode } from 'react'
import { meQuery } from '@/api/objects'
import { may, useOrgPermissions, type Permissions } from '@/api/permissions'
import { Forbidden } from '@/components/forbidden'
import { PageHead } from '@/components/page'
import { SkeletonRows } from '@/components/ui/bits'
import { cx } from '@/lib/cx'
import { loadLater } from '@/lib/load-later'
import { useProject } from '../projects/project-context'
import { AccessPanel } from './access-panel'
import { MembersPanel } from './members-panel'
import { PersonalPanel } from './personal-panel'
import { SharingForm } from './sharing-form'
import { ProjectForm } from './project-form'
import { ResourcePanel } from './resource-panel'
import { ORGANIZATION, PROJECT } from './resources'
import { RetentionPanel } from './retention-panel'

const AuditPanel = loadLater(async () => (await import('./audit-panel')).AuditPanel)
const HealthPanel = loadLater(async () => (await import('./health-panel')).HealthPanel)

type Own = {
  id: string
  title: string
  /** What reading it takes, and how to say that; nothing when everybody may. */
  guard?: { kind: string; needs: string }
  /** It fills the page and scrolls by itself. */
  fills?: boolean
  panel: ReactNode
}

/** What is no list of objects that are made and deleted. */
const MEMBERS: Own = {
  id: 'members',
  title: t`Members`,
  guard: { kind: 'user', needs: t`read who is in the organization` },
  panel: <MembersPanel />,
}
const MORE: readonly Own[] = [
  {
    id: 'audit',
    title: t`Audit log`,
    guard: { kind: 'org_audit_logs', needs: t`read the audit log` },
    fills: true,
    panel: <AuditPanel />,
  },
  {
    id: 'health',
    title: t`Health`,
    guard: { kind: 'server', needs: t`read the health of the server` },
    panel: <HealthPanel />,
  },
  { id: 'personal', title: t`Personal`, panel: <PersonalPanel /> },
]

/** Settings of the organization. */
export function OrganizationSettingsPage() {
  const { tab } = useSearch({ from: '/app/$org/settings' })
  const { org } = useParams({ from: '/app/$org/settings' })
  const { data: me } = useQuery(meQuery)
  const permissions = useOrgPermissions()
  const own = [MEMBERS, ...MORE].find((one) => one.id === tab)
  const resource = own ? undefined : ORGANIZATION.find((one) => one.id === tab)
  const shown = own ?? (resource ? undefined : MEMBERS)
  const at = shown?.id ?? resource?.id
  const tabs = [MEMBERS, ...ORGANIZATION, ...MORE].map(({ id, title }) => (
    <Tab key={id} to="/app/$org/settings" params={{ org }} id={id} title={title} on={id === at} />
  ))
  return (
    <Frame title={t`Settings`} subtitle={org} tabs={tabs} fills={shown?.fills === true}>
      {shown ? <OwnPanel own={shown} permissions={permissions} /> : null}
      {resource && me ? (
        <ResourcePanel
          key={resource.id}
          resource={resource}
          scope={{ orgId: me.org.id, projectId: null }}
          permissions={permissions}
        >
          {resource.id === 'sharing' ? <SharingForm owner={me.user.role === 'owner'} /> : null}
        </ResourcePanel>
      ) : null}
    </Frame>
  )
}

/** The panel once it is known that the reader may look; asking the server first would only be refused. */
function OwnPanel({ own, permissions }: { own: Own; permissions: Permissions | undefined }) {
  const waiting = <SkeletonRows label={t`Loading: ${own.title}`} />
  if (own.guard && permissions === undefined) return waiting
  if (own.guard && !may(permissions, own.guard.kind, 'read')) return <Forbidden needs={own.guard.needs} />
  return <Suspense fallback={waiting}>{own.panel}</Suspense>
}

/** Settings of one project. */
export function ProjectSettingsPage() {
  const { tab } = useSearch({ from: '/app/$org/p/$project/settings' })
  const { org, project, permissions } = useProject()
  const own: Own[] = [
    {
      id: 'access',
      title: t`Who has access`,
      panel: <AccessPanel about={{ type: 'project', id: project.id, name: project.name }} />,
    },
    { id: 'retention', title: t`Retention`, panel: <RetentionPanel key={project.id} project={project} /> },
  ]
  const resource = PROJECT.find((one) => one.id === tab)
  const shown = own.find((one) => one.id === tab)
  const params = { org, project: project.name }
  const to = '/app/$org/p/$project/settings'
  const tabs = [
    <Tab key="general" to={to} params={params} id={undefined} title={t`Project`} on={!resource && !shown} />,
    ...[...own, ...PROJECT].map(({ id, title }) => (
      <Tab key={id} to={to} params={params} id={id} title={title} on={id === tab} />
    )),
    <Link key="org" to="/app/$org/settings" params={{ org }} className={cx(TAB, 'text-ink-3')}>
      {t`Organization settings`}
    </Link>,
  ]
  return (
    <Frame title={t`Settings`} subtitle={project.name} tabs={tabs}>
      {resource ? (
        <ResourcePanel
          key={resource.id}
          resource={resource}
          scope={{ orgId: project.org_id, projectId: project.id }}
          permissions={permissions}
        />
      ) : null}
      {shown?.panel}
      {!resource && !shown ? <ProjectForm key={project.id} project={project} /> : null}
    </Frame>
  )
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
  const link = useRef<HTMLAnchorElement>(null)
  // On a phone the tabs are wider than the window.
  useEffect(() => {
    if (on) link.current?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [on])
  return (
    <Link
      ref={link}
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

type FrameProps = { title: string; subtitle: string; tabs: ReactNode; fills?: boolean; children: ReactNode }

function Frame({ title, subtitle, tabs, fills = false, children }: FrameProps) {
  return (
    <>
      <PageHead
        crumbs={[{ label: title }]}
        after={<span className="min-w-0 shrink-[99] truncate text-ink-3">{subtitle}</span>}
      />
      <div className="flex min-h-0 flex-1 max-sm:flex-col">
        <nav
          aria-label={t`Settings`}
          className="w-48 shrink-0 space-y-0.5 overflow-y-auto border-r border-line p-2 max-sm:flex max-sm:w-full max-sm:space-y-0 max-sm:overflow-x-auto max-sm:border-r-0 max-sm:border-b"
        >
          {tabs}
        </nav>
        {fills ? (
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">{children}</div>
        ) : (
          <section
            aria-label={t`Settings`}
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and may hold nothing to focus
            tabIndex={0}
            className="min-w-0 flex-1 overflow-y-auto p-5 -outline-offset-2 max-sm:p-3"
          >
            {children}
          </section>
        )}
      </div>
    </>
  )
}
