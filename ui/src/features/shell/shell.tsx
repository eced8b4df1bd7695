import { t } from '@lingui/core/macro'
import { Outlet, useLocation, useMatchRoute, useNavigate, useParams } from '@tanstack/react-router'
import { Suspense, useEffect, useState } from 'react'
import { LoadedMenu } from '@/components/ui/menu'
import { cx } from '@/lib/cx'
import { useHotkeys } from '@/lib/hotkeys'
import { loadAhead, loadLater } from '@/lib/load-later'
import { BottomBar } from './bottom-bar'
import { sections, type SectionId } from './nav'
import { Rail } from './rail'
import { remember } from './recent'
import { ShellContext } from './shell-context'

// Fetched ahead: keys typed right after ⌘K must not be lost while it loads.
const Palette = loadLater(async () => (await import('./palette')).Palette)
const Inbox = loadLater(async () => (await import('../inbox/inbox')).Inbox)
const Shortcuts = loadLater(async () => (await import('./shortcuts')).Shortcuts)

type Overlay = 'palette' | 'shortcuts' | 'inbox' | null

/** The frame around every page: rail (a bottom bar on phones), palette, shortcuts. */
export function Shell() {
  const [overlay, setOverlay] = useState<Overlay>(null)
  const { org, project } = useParams({ strict: false })
  const { pathname } = useLocation()
  const navigate = useNavigate()
  // Whoever reviews has the whole window.
  const alone = Boolean(useMatchRoute()({ to: '/app/$org/p/$project/review/$queue/work' }))
  const go = (section: SectionId): void => {
    if (org && project) void navigate({ to: `/app/$org/p/$project/${section}`, params: { org, project } })
  }
  useHotkeys({
    'mod+k': () => setOverlay((now) => (now === 'palette' ? null : 'palette')),
    '?': () => setOverlay('shortcuts'),
    ...Object.fromEntries(sections.map((section) => [`g ${section.key}`, () => go(section.id)])),
    'g p': () => void navigate({ to: '/app' }),
  })
  useEffect(() => remember(pathname), [pathname])
  // When the page is there: whatever it loads itself comes first.
  useEffect(() => loadAhead(700, Palette, LoadedMenu), [])

  return (
    <ShellContext
      value={{
        openPalette: () => setOverlay('palette'),
        openShortcuts: () => setOverlay('shortcuts'),
        openInbox: () => setOverlay('inbox'),
      }}
    >
      <div className="flex h-full">
        <a
          href="#main"
          className="sr-only z-50 rounded bg-accent px-3 py-1 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
        >
          {t`Skip to content`}
        </a>
        {alone ? null : <Rail />}
        <main
          id="main"
          className={cx(
            'flex min-h-0 min-w-0 flex-1 flex-col',
            !alone && 'max-sm:pb-[calc(3.25rem+env(safe-area-inset-bottom))]',
          )}
        >
          <Outlet />
        </main>
        {alone ? null : <BottomBar />}
      </div>
      <Suspense>
        {overlay === 'palette' ? <Palette onClose={() => setOverlay(null)} /> : null}
        {overlay === 'inbox' ? <Inbox onClose={() => setOverlay(null)} /> : null}
        {overlay === 'shortcuts' ? <Shortcuts onClose={() => setOverlay(null)} /> : null}
      </Suspense>
    </ShellContext>
  )
}
