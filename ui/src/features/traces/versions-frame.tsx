import { t } from '@lingui/core/macro'
import { Ellipsis, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Spacer } from '@/components/page'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Menu } from '@/components/ui/menu'
import { cx } from '@/lib/cx'
import { xactTime } from '@/lib/xact'
import { PanelFrame } from './panel-frame'

type FrameProps = { onClose: () => void; before?: ReactNode; children: ReactNode }

/** The panel that lists the versions of something, newest first. */
export function VersionsFrame({ onClose, before, children }: FrameProps) {
  return (
    <PanelFrame full={false} label={t`Versions`}>
      <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line px-3.5">
        <h2 className="font-semibold">{t`Versions`}</h2>
        <Spacer />
        <Button
          variant="ghost"
          icon={<X size={16} />}
          aria-label={t`Close`}
          onClick={onClose}
          className="-mr-1.5"
        />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {before}
        <ol aria-label={t`Versions`}>{children}</ol>
      </div>
    </PanelFrame>
  )
}

type ItemProps = {
  xact: string
  /** What it is called; when it was written unless told. */
  title?: string | undefined
  /** Who wrote it. */
  author?: string
  /** It is on show. */
  on: boolean
  onShow: () => void
  badges: ReactNode
  summary: string
  /** What can be done with it: items of a menu. */
  children: ReactNode
}

/** One version: show it, the names it has, what it changed, and a menu. */
export function VersionItem({ xact, title, author, on, onShow, badges, summary, children }: ItemProps) {
  return (
    <li className={cx('border-b border-line px-3.5 py-2', on && 'bg-accent-soft')}>
      <div className="flex items-start gap-2">
        <Button variant="ghost" className="-ml-2.5" onClick={onShow}>
          {title ?? <Time iso={xactTime(xact)} />}
        </Button>
        <span className="flex min-h-7 min-w-0 flex-1 max-sm:min-h-8 flex-wrap items-center gap-1">
          {author ? (
            <span className="min-w-0 truncate text-s text-ink-2" title={t`Saved by ${author}`}>
              {author}
            </span>
          ) : null}
          {badges}
        </span>
        <Menu
          align="end"
          width="min-w-60"
          trigger={
            <Button
              variant="ghost"
              icon={<Ellipsis size={14} aria-hidden />}
              aria-label={t`Version ${xact}: what to do with it`}
              className="-mr-1.5"
            />
          }
        >
          {children}
        </Menu>
      </div>
      <p className="flex min-w-0 gap-2 text-s text-ink-3">
        <code className="shrink-0 font-mono text-[11.5px]">{xact}</code>
        <span className="min-w-0 truncate" title={summary}>
          {summary}
        </span>
      </p>
    </li>
  )
}
