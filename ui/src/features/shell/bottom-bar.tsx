import { t } from '@lingui/core/macro'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { Folders, Search, Settings } from 'lucide-react'
import { MenuItem, MenuRule } from '@/components/ui/menu'
import { AccountMenu } from './account-menu'
import { sections, type SectionId } from './nav'
import { useShell } from './shell-context'

/** What fits; *More* has the rest. */
const SHORT: ReadonlySet<SectionId> = new Set(['logs', 'monitor', 'experiments', 'datasets'])
const ITEM = 'flex flex-1 flex-col items-center justify-center gap-0.5 text-[10.5px] text-ink-3'

/** The rail of a phone. */
export function BottomBar() {
  const { org, project } = useParams({ strict: false })
  const { openPalette } = useShell()
  return (
    <nav
      aria-label={t`Main`}
      className="fixed inset-x-0 bottom-0 z-30 flex h-13 border-t border-line bg-panel pb-[env(safe-area-inset-bottom)] box-content sm:hidden"
    >
      {org && project ? (
        sections
          .filter(({ id }) => SHORT.has(id))
          .map(({ id, label, icon: Icon }) => (
            <Link
              key={id}
              to={`/app/$org/p/$project/${id}`}
              params={{ org, project }}
              className={ITEM}
              activeProps={{ className: '!text-accent font-medium' }}
            >
              <Icon size={18} aria-hidden />
              {label()}
            </Link>
          ))
      ) : (
        <Link to="/app" className={ITEM} activeProps={{ className: '!text-accent font-medium' }}>
          <Folders size={18} aria-hidden />
          {t`Projects`}
        </Link>
      )}
      <button type="button" onClick={openPalette} className={ITEM}>
        <Search size={18} aria-hidden />
        {t`Find`}
      </button>
      <AccountMenu narrow={false} compact>
        {org ? <Rest org={org} project={project} /> : null}
      </AccountMenu>
    </nav>
  )
}

function Rest({ org, project }: { org: string; project: string | undefined }) {
  const navigate = useNavigate()
  return (
    <>
      {project
        ? sections
            .filter(({ id }) => !SHORT.has(id))
            .map(({ id, label, icon: Icon }) => (
              <MenuItem
                key={id}
                icon={<Icon size={14} aria-hidden />}
                onSelect={() => void navigate({ to: `/app/$org/p/$project/${id}`, params: { org, project } })}
              >
                {label()}
              </MenuItem>
            ))
        : null}
      <MenuItem
        icon={<Settings size={14} aria-hidden />}
        onSelect={() =>
          void navigate({
            to: project ? '/app/$org/p/$project/settings' : '/app/$org/settings',
            params: { org, project: project ?? '' },
          })
        }
      >
        {t`Settings`}
      </MenuItem>
      {project ? (
        <MenuItem
          icon={<Folders size={14} aria-hidden />}
          onSelect={() => void navigate({ to: '/app/$org', params: { org } })}
        >
          {t`All projects`}
        </MenuItem>
      ) : null}
      <MenuRule />
    </>
  )
}
