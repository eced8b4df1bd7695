import { t } from '@lingui/core/macro'
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { cx } from '@/lib/cx'

/** Content cut after some lines, with a button to see the rest when there is a rest. */
export function Clamp({ children, className }: { children: ReactNode; className?: string }) {
  const box = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  const [cut, setCut] = useState(false)
  useEffect(() => {
    const element = box.current
    if (!element || open) return undefined
    const watcher = new ResizeObserver(() => setCut(element.scrollHeight > element.clientHeight + 2))
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [open])
  return (
    <>
      <div ref={box} className={cx(!open && 'line-clamp-5 max-h-[5lh]', className)}>
        {children}
      </div>
      {cut || open ? (
        <button
          type="button"
          onClick={() => setOpen(!open)}
          // A ground of its own: what is cut off above is no background, whatever colour it has.
          className="mt-0.5 bg-bg text-xs text-ink-3 group-hover:bg-panel group-[.bg-accent-soft]:bg-accent-soft hover:text-ink"
        >
          {open ? t`Less` : t`More`}
        </button>
      ) : null}
    </>
  )
}
