import { Link, type LinkProps } from '@tanstack/react-router'
import type { ReactNode } from 'react'

type Props = {
  title: string
  /** A page that says more. */
  more?: { label: string } & Pick<LinkProps, 'to' | 'params' | 'search'>
  children: ReactNode
}

/** One question of the overview and its answer. */
export function Section({ title, more, children }: Props) {
  return (
    <section aria-label={title} className="min-w-0 rounded-l border border-line">
      <header className="flex min-h-9 items-baseline gap-2 border-b border-line px-3 pt-2 pb-1.5">
        <h2 className="min-w-0 flex-1 truncate font-semibold">{title}</h2>
        {more ? (
          <Link
            to={more.to}
            params={more.params}
            search={more.search}
            className="text-s text-accent hover:underline"
          >
            {more.label}
          </Link>
        ) : null}
      </header>
      {children}
    </section>
  )
}
