import { t } from '@lingui/core/macro'
import type { ReactNode } from 'react'
import { CodeMenu } from '@/components/code-menu'
import { cx } from '@/lib/cx'
import type { Read } from '@/lib/request-code'

type Props = {
  title: string
  about: ReactNode
  /** What the panel reads, to be copied as code. */
  read?: Read | undefined
  className?: string
  /** What can be done. */
  children?: ReactNode
}

/** Head of a panel of the settings: what it is, what it is for, and what can be done. */
export function PanelHead({ title, about, read, className, children }: Props) {
  return (
    <header className={cx('flex items-start gap-2 pb-3', className)}>
      <div className="min-w-0 flex-1">
        <h2 className="text-l font-semibold">{title}</h2>
        <p className="text-ink-2">{about}</p>
      </div>
      {read ? <CodeMenu title={t`What is shown`} read={read} /> : null}
      {children}
    </header>
  )
}
