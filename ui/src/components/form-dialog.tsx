import { t } from '@lingui/core/macro'
import { useId, type ReactNode } from 'react'
import { cx } from '@/lib/cx'
import { Button } from './ui/button'
import { Problem } from './field'
import { Dialog } from './ui/dialog'

type Props = {
  title: string
  description?: ReactNode
  width?: string
  /** What handing it in is called. */
  action: string
  /** Handing it in takes something away. */
  danger?: boolean
  ready: boolean
  busy?: boolean
  error?: Error | null
  /** A word beside the buttons. */
  hint?: ReactNode
  className?: string
  onSubmit: () => void
  onClose: () => void
  children: ReactNode
}

/** A dialog that asks for something: fields, Cancel, and a button (or Enter) that hands it in when it is ready. */
export function FormDialog({ action, ready, busy = false, error, hint, className, ...props }: Props) {
  const { danger = false, onSubmit, onClose, children, ...frame } = props
  const id = useId()
  const can = ready && !busy
  return (
    <Dialog
      open
      onClose={onClose}
      {...frame}
      footer={
        <>
          {hint ? <span className="min-w-0 flex-1 text-s text-ink-3">{hint}</span> : null}
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button variant={danger ? 'danger' : 'primary'} type="submit" form={id} disabled={!can}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id={id}
        className={cx(className ?? 'space-y-3')}
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          if (can) onSubmit()
        }}
      >
        {children}
        <Problem text={error?.message} className="col-span-full" />
      </form>
    </Dialog>
  )
}
