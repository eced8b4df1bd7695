import { t } from '@lingui/core/macro'
import { Link, useParams } from '@tanstack/react-router'
import { Fragment, type ReactNode } from 'react'
import { useEffect } from 'react'
import { cx } from '@/lib/cx'

type Crumb = { label: string; to?: string }

/** Head of a page: where we are on the left, what can be done on the right. Sets the window title. */
export function PageHead({
  crumbs,
  children,
  after,
}: {
  crumbs: Crumb[]
  children?: ReactNode
  after?: ReactNode
}) {
  const title = crumbs.at(-1)?.label ?? ''
  const { project } = useParams({ strict: false })
  useEffect(() => {
    document.title = [title, ...(project ? [project] : []), t`Assay`].join(' · ')
  }, [title, project])
  return (
    <header className="flex min-h-11 shrink-0 items-center gap-2 border-b border-line px-3.5 py-1.5 max-sm:flex-wrap max-sm:px-3">
      <nav aria-label={t`Breadcrumbs`} className="flex min-w-0 shrink items-center gap-1.5">
        {crumbs.map((crumb, i) => (
          <Fragment key={crumb.label}>
            {i > 0 ? <span className="text-ink-3">/</span> : null}
            {crumb.to ? (
              <Link to={crumb.to} className="shrink-0 text-ink-3 hover:text-ink">
                {crumb.label}
              </Link>
            ) : (
              <h1 className="truncate font-semibold" title={crumb.label}>
                {crumb.label}
              </h1>
            )}
          </Fragment>
        ))}
        {after}
      </nav>
      {children}
    </header>
  )
}

/** A second line under the head. */
export function SubHead({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div
      className={cx(
        'flex min-h-9 shrink-0 flex-wrap items-center gap-2 border-b border-line px-3.5 py-1 max-sm:px-3',
        className,
      )}
    >
      {children}
    </div>
  )
}

export function Spacer() {
  return <span className="min-w-0 flex-1" />
}
