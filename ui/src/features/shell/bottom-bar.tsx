import { Link, useParams } from '@tanstack/react-router'
import { Folders, Search } from 'lucide-react'
import { AccountMenu } from './account-menu'
import { sections, type SectionId } from './nav'
import { useShell } from './shell-context'

/** What fits; *Find* leads to the rest. */
const SHORT: ReadonlySet<SectionId> = new Set(['logs', 'monitor', 'experiments', 'datasets'])
const ITEM = 'flex flex-1 flex-col items-center justify-center gap-0.5 text-[10.5px] text-ink-3'

/** The rail of a phone. */
export function BottomBar() {
  const { org, project } = useParams({ strict: false })
  const { openPalette } = useShell()
  return (
    <nav
      aria-label="Main"
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
              {label}
            </Link>
          ))
      ) : (
        <Link to="/app" className={ITEM} activeProps={{ className: '!text-accent font-medium' }}>
          <Folders size={18} aria-hidden />
          Projects
        </Link>
      )}
      <button type="button" onClick={openPalette} className={ITEM}>
        <Search size={18} aria-hidden />
        Find
      </button>
      <AccountMenu narrow={false} compact />
    </nav>
  )
}
