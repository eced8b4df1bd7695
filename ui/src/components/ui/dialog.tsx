import { Dialog as Base } from '@base-ui/react/dialog'
import { t } from '@lingui/core/macro'
import { X } from 'lucide-react'
import { useRef, type ReactNode } from 'react'
import { cx } from '@/lib/cx'
import { Button } from './button'

type Props = {
  open: boolean
  onClose: () => void
  title: string
  description?: ReactNode
  children: ReactNode
  footer?: ReactNode
  width?: string
}

/** What one types into; a dialog that has such a field is opened to fill it in. */
const TYPED = 'input:not([type]), input[type=text], input[type=search], input[type=number], textarea'

/** A modal task. Escape, the backdrop and the cross close it. The first field to type into has the focus. */
export function Dialog({ open, onClose, title, description, children, footer, width = 'max-w-xl' }: Props) {
  const body = useRef<HTMLDivElement>(null)
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-ink/25 dark:bg-bg/60" />
        <Base.Popup
          // By touch the keyboard of the phone would cover what is to be read first.
          initialFocus={(by) => by === 'touch' || (body.current?.querySelector<HTMLElement>(TYPED) ?? true)}
          className={cx(
            'pop fixed top-[12vh] left-1/2 z-50 flex max-h-[80vh] w-[calc(100vw-2rem)] -translate-x-1/2 flex-col animate-[enter_120ms_ease-out] max-sm:top-4 max-sm:max-h-[calc(100dvh-2rem)]',
            width,
          )}
        >
          <header className="flex items-start gap-3 px-4 pt-3 pb-2">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-l font-semibold">{title}</Base.Title>
              {description ? (
                <Base.Description className="mt-0.5 text-s text-ink-3">{description}</Base.Description>
              ) : null}
            </div>
            <Base.Close
              render={
                <Button variant="ghost" icon={<X size={15} />} aria-label={t`Close`} className="-mr-1.5" />
              }
            />
          </header>
          <div ref={body} className="min-h-0 flex-1 overflow-y-auto px-4 pb-4">
            {children}
          </div>
          {footer ? (
            <footer className="flex items-center justify-end gap-2 border-t border-line px-4 py-2.5">
              {footer}
            </footer>
          ) : null}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

/** A bare modal surface for the palette. */
export function Spotlight({
  open,
  onClose,
  label,
  children,
}: {
  open: boolean
  onClose: () => void
  label: string
  children: ReactNode
}) {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-ink/20 dark:bg-bg/60" />
        <Base.Popup
          aria-label={label}
          className="pop fixed top-[14vh] left-1/2 z-50 w-[calc(100vw-1.5rem)] max-w-xl -translate-x-1/2 overflow-hidden animate-[enter_100ms_ease-out] max-sm:top-3"
        >
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
