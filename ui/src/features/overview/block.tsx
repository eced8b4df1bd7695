import { Link } from '@tanstack/react-router'
import { useId, type ReactNode } from 'react'
import type { SectionId } from '../shell/nav'
import { useProject } from '../projects/project-context'

type Props = {
  title: string
  /** The page that has all of it, and what leading there is called. */
  to: SectionId
  more: string
  className?: string
  children: ReactNode
}

/** A part of the overview, with the way to the page it is taken from. */
export function Block({ title, to, more, className, children }: Props) {
  const { org, project } = useProject()
  const id = useId()
  return (
    <section aria-labelledby={id} className={className}>
      <header className="flex items-baseline gap-3 pb-1.5">
        <h2 id={id} className="flex-1 font-semibold">
          {title}
        </h2>
        <Link
          to={`/app/$org/p/$project/${to}`}
          params={{ org, project: project.name }}
          className="text-s text-ink-3 hover:text-accent"
        >
          {more}
        </Link>
      </header>
      {children}
    </section>
  )
}

/** Lines of a part, each with a link. */
export function Lines({ children }: { children: ReactNode }) {
  return <ul className="divide-y divide-line rounded-l border border-line">{children}</ul>
}

/** Said where a part has nothing. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className="rounded-l border border-line px-3 py-2 text-ink-3">{children}</p>
}
