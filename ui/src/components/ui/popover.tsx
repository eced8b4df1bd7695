import { Popover as Base } from '@base-ui/react/popover'
import type { ReactElement, ReactNode } from 'react'
import { cx } from '@/lib/cx'

type Props = {
  trigger: ReactElement
  children: ReactNode
  title: string
  align?: 'start' | 'end' | 'center'
  open?: boolean
  onOpenChange?: (open: boolean) => void
  className?: string
}

/** A small surface next to its trigger. */
export function Popover({ trigger, children, title, align = 'start', open, onOpenChange, className }: Props) {
  return (
    <Base.Root
      {...(open === undefined ? {} : { open })}
      {...(onOpenChange ? { onOpenChange: (next: boolean) => onOpenChange(next) } : {})}
    >
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} className="z-40" collisionPadding={8}>
          <Base.Popup aria-label={title} className={cx('pop w-80 max-w-[calc(100vw-1rem)] p-3', className)}>
            {children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
