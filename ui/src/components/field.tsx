import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'
import { cx } from '@/lib/cx'

/** One line to type or choose in. */
export const LINE = 'field h-8 w-full px-2'

type Props = {
  label: ReactNode
  /** What to know of it, below. */
  hint?: ReactNode
  optional?: boolean
  className?: string
  children: ReactNode
}

/** Something asked for: its name above, what is typed or chosen, a word on it below. */
export function Field({ label, hint, optional = false, className, children }: Props) {
  return (
    <label className={cx('block text-s font-medium', className)}>
      {label}
      {optional ? <span className="font-normal text-ink-3"> {t`(optional)`}</span> : null}
      <span className="mt-1 block">{children}</span>
      {hint ? <span className="font-normal text-ink-3">{hint}</span> : null}
    </label>
  )
}

/** What is wrong, said where it went wrong; nothing while nothing is. */
export function Problem({ text, className }: { text: ReactNode; className?: string }) {
  return text ? (
    <p role="alert" className={cx('text-s break-words text-worse', className)}>
      {text}
    </p>
  ) : null
}
