import type { ReactNode } from 'react'

/** A titled part of a page. */
export function Section({
  title,
  tools,
  children,
}: {
  title: string
  tools?: ReactNode
  children: ReactNode
}) {
  return (
    <section aria-label={title}>
      <header className="mb-1.5 flex min-h-7 items-center gap-2">
        <h2 className="flex-1 font-semibold">{title}</h2>
        {tools}
      </header>
      {children}
    </section>
  )
}

export const TABLE =
  'w-full border-collapse text-left [&_td]:px-2.5 [&_td]:py-1.5 [&_th]:px-2.5 [&_th]:font-medium'
export const HEAD_ROW = 'h-7 border-b border-line text-xs text-ink-3'
export const BODY_ROW = 'border-b border-line align-top tabular-nums'
