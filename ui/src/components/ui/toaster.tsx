import { Toast as Base } from '@base-ui/react/toast'
import { t } from '@lingui/core/macro'
import { X } from 'lucide-react'
import { useEffect } from 'react'
import { cx } from '@/lib/cx'
import { showWith } from './toast'

const manager = Base.createToastManager()

/** Where messages show. */
export function Toaster() {
  useEffect(() => showWith(manager.add), [])
  return (
    <Base.Provider toastManager={manager}>
      <Base.Portal>
        {/* Above the bars at the bottom of panels: what comes next is pressed there. */}
        <Base.Viewport
          aria-label={t`Notifications`}
          className="fixed right-4 bottom-16 z-50 flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2 max-sm:bottom-20"
        >
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  )
}

function Toasts() {
  const { toasts } = Base.useToastManager()
  return toasts.map((toast) => (
    <Base.Root
      key={toast.id}
      toast={toast}
      className={cx('pop flex items-start gap-2 py-2 pr-1.5 pl-3', toast.type === 'error' && 'border-worse')}
    >
      <Base.Content className="min-w-0 flex-1">
        <Base.Title className={cx('font-medium', toast.type === 'error' && 'text-worse')} />
        <Base.Description className="mt-0.5 text-s break-words text-ink-2" />
        <Base.Action className="mt-1 text-s font-medium text-accent hover:underline" />
      </Base.Content>
      <Base.Close aria-label={t`Dismiss`} className="rounded p-1 text-ink-3 hover:bg-sunken">
        <X size={13} />
      </Base.Close>
    </Base.Root>
  ))
}
