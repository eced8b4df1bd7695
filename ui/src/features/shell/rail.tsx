import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Bell as BellIcon, ChevronsUpDown, PanelLeft, Search, Settings } from 'lucide-react'
import { meQuery, projectsQuery } from '@/api/objects'
import { ScriptedBadge, Kbd } from '@/components/ui/bits'
import { Menu, MenuItem, MenuLabel, MenuRule } from '@/components/ui/menu'
import { cx } from '@/lib/cx'
import { MOD } from '@/lib/hotkeys'
import { usePreference } from '@/lib/storage'
import { useNavigate } from '@tanstack/react-router'
import { useUnread } from '../inbox/unread'
import { AccountMenu } from './account-menu'
import { Mark } from './mark'
import { sections } from './nav'
import { useShell } from './shell-context'

const ITEM = 'flex h-7 items-center gap-2.5 rounded px-2 text-ink-2 hover:bg-sunken hover:text-ink'

export function Rail() {
  const { org, project } = useParams({ strict: false })
  const { openPalette } = useShell()
  const [narrow, setNarrow] = usePreference('rail.narrow', false)
  const { data: me } = useQuery(meQuery)
  return (
    <nav
      aria-label={t`Main`}
      className={cx(
        'flex shrink-0 flex-col gap-0.5 border-r border-line bg-panel p-2 max-sm:hidden',
        narrow ? 'w-[49px]' : 'w-50',
      )}
    >
      <ProjectSwitcher narrow={narrow} />
      <button
        type="button"
        onClick={openPalette}
        title={t`Find anything`}
        className={cx(ITEM, 'mb-2 border border-line bg-bg')}
      >
        <Search size={14} className="shrink-0" aria-hidden />
        {narrow ? null : (
          <>
            <span className="flex-1 text-left text-ink-3">{t`Find`}</span>
            <Kbd>{MOD}K</Kbd>
          </>
        )}
      </button>
      {org && project
        ? sections.map(({ id, label, icon: Icon }) => (
            <Link
              key={id}
              to={`/app/$org/p/$project/${id}`}
              params={{ org, project }}
              title={narrow ? label() : undefined}
              className={ITEM}
              activeProps={{ className: 'bg-sunken !text-ink font-medium' }}
            >
              <Icon size={15} aria-hidden className="shrink-0" />
              <span className={cx(narrow && 'sr-only')}>{label()}</span>
            </Link>
          ))
        : null}
      <span className="flex-1" />
      {org ? (
        <Link
          to={project ? '/app/$org/p/$project/settings' : '/app/$org/settings'}
          params={{ org, project: project ?? '' }}
          title={narrow ? t`Settings` : undefined}
          className={ITEM}
          activeProps={{ className: 'bg-sunken !text-ink font-medium' }}
        >
          <Settings size={15} aria-hidden className="shrink-0" />
          <span className={cx(narrow && 'sr-only')}>{t`Settings`}</span>
        </Link>
      ) : null}
      {me?.scripted && !narrow ? (
        <p className="px-2 pb-2 text-xs text-ink-3">
          <Trans>
            No provider key is set: model answers come from the <ScriptedBadge />
          </Trans>
        </p>
      ) : null}
      <div className={cx('flex gap-0.5', narrow ? 'flex-col-reverse items-center' : 'items-center')}>
        <AccountMenu narrow={narrow} />
        <Bell />
        <button
          type="button"
          onClick={() => setNarrow(!narrow)}
          aria-label={narrow ? t`Widen the side bar` : t`Narrow the side bar`}
          className="flex size-7 shrink-0 items-center justify-center rounded text-ink-3 hover:bg-sunken hover:text-ink"
        >
          <PanelLeft size={15} aria-hidden />
        </button>
      </div>
    </nav>
  )
}

/** Opens the notifications; says how many are unread. */
function Bell() {
  const { openInbox } = useShell()
  const unread = useUnread()
  return (
    <button
      type="button"
      onClick={openInbox}
      aria-label={unread ? t`Notifications, ${unread} unread` : t`Notifications`}
      title={t`Notifications`}
      className="relative flex size-7 shrink-0 items-center justify-center rounded text-ink-3 hover:bg-sunken hover:text-ink"
    >
      <BellIcon size={15} aria-hidden />
      {unread ? (
        <span
          aria-hidden
          className="absolute -top-0.5 -right-0.5 min-w-4 rounded-full bg-accent px-1 text-center text-[10px] leading-4 font-semibold text-accent-ink"
        >
          {unread}
        </span>
      ) : null}
    </button>
  )
}

function ProjectSwitcher({ narrow }: { narrow: boolean }) {
  const { org, project } = useParams({ strict: false })
  const navigate = useNavigate()
  const { data: projects } = useQuery(projectsQuery)
  const { data: me } = useQuery(meQuery)
  const orgName = org ?? me?.org.name ?? ''
  const trigger = (
    <button
      type="button"
      aria-label={narrow ? t`Switch project` : t`${project ?? 'Assay'} ${orgName}, switch project`}
      className="mb-1.5 flex h-9 w-full min-w-0 items-center gap-2 rounded px-1.5 text-left hover:bg-sunken"
    >
      <Mark />
      {narrow ? null : (
        <>
          <span className="min-w-0 flex-1 leading-tight">
            <span className="block truncate font-semibold tracking-[-0.01em]">{project ?? t`Assay`}</span>{' '}
            <span className="block truncate text-xs text-ink-3">{orgName}</span>
          </span>
          <ChevronsUpDown size={13} aria-hidden className="shrink-0 text-ink-3" />
        </>
      )}
    </button>
  )
  return (
    <Menu trigger={trigger} width="min-w-56">
      <MenuLabel>{t`Projects`}</MenuLabel>
      {projects?.slice(0, 12).map((item) => (
        <MenuItem
          key={item.id}
          onSelect={() =>
            void navigate({
              to: '/app/$org/p/$project/overview',
              params: { org: orgName, project: item.name },
            })
          }
        >
          <span className={cx(item.name === project && 'font-semibold')}>{item.name}</span>
        </MenuItem>
      ))}
      <MenuRule />
      <MenuItem onSelect={() => void navigate({ to: '/app/$org', params: { org: orgName } })}>
        {t`All projects`}
      </MenuItem>
    </Menu>
  )
}
