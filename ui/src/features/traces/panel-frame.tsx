import { t } from '@lingui/core/macro'
import { useRef, type ReactNode } from 'react'
import { cx } from '@/lib/cx'
import { useReadOnly } from '@/lib/read-only'
import { usePreference } from '@/lib/storage'

const LEAST = 360
const MOST = 1100

/** The surface a trace or a row sits on: a panel with a draggable edge, the whole page when `full`, a sheet on phones. */
export function PanelFrame({
  full,
  label,
  alone = false,
  children,
}: {
  full: boolean
  label: string
  /** Nothing is behind it: on a phone it stays where it is. */
  alone?: boolean
  children: ReactNode
}) {
  const readOnly = useReadOnly()
  const [width, setWidth] = usePreference('panel.width', 560)
  const start = useRef<{ x: number; width: number } | null>(null)
  const resize = (next: number): void => setWidth(Math.round(Math.max(LEAST, Math.min(MOST, next))))
  return (
    <section
      aria-label={label}
      style={full ? undefined : { width: `min(${width}px, 62vw)` }}
      className={cx(
        'relative flex min-h-0 flex-col bg-bg max-md:!w-full max-md:!border-l-0',
        alone ? '' : 'max-md:fixed max-md:inset-0 max-md:z-20',
        alone || readOnly ? '' : 'max-sm:bottom-[calc(3.25rem+1px+env(safe-area-inset-bottom))]',
        full ? 'min-w-0 flex-1' : 'shrink-0 border-l border-line motion-safe:animate-[slide_120ms_ease-out]',
      )}
    >
      {full ? null : (
        <div
          role="separator"
          aria-orientation="vertical"
          aria-label={t`Width of the panel`}
          aria-valuenow={width}
          aria-valuemin={LEAST}
          aria-valuemax={MOST}
          tabIndex={0}
          onKeyDown={(event) => {
            if (event.key === 'ArrowLeft') resize(width + 24)
            else if (event.key === 'ArrowRight') resize(width - 24)
          }}
          onPointerDown={(event) => {
            event.preventDefault()
            event.currentTarget.setPointerCapture(event.pointerId)
            start.current = { x: event.clientX, width }
          }}
          onPointerMove={(event) => {
            if (start.current) resize(start.current.width + start.current.x - event.clientX)
          }}
          onPointerUp={() => {
            start.current = null
          }}
          className="absolute top-0 -left-1 z-20 h-full w-2 cursor-col-resize touch-none hover:bg-accent/20 max-md:hidden"
        />
      )}
      {children}
    </section>
  )
}
