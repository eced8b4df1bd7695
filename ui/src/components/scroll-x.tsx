import { useEffect, useRef, useState, type ReactNode } from 'react'

type Props = { label: string; children: ReactNode; className: string; code?: boolean }

/** A box that may be narrower (or, with a greatest height, lower) than its content: as long as it is, the keyboard
 * reaches it to scroll it. */
export function ScrollX({ label, children, className, code = false }: Props) {
  const box = useRef<HTMLDivElement & HTMLPreElement>(null)
  const [wide, setWide] = useState(false)
  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const look = (): void =>
      setWide(element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight + 1)
    const watcher = new ResizeObserver(look)
    watcher.observe(element)
    for (const child of element.children) watcher.observe(child)
    look()
    return () => watcher.disconnect()
  }, [children])
  const Tag = code ? 'pre' : 'div'
  return (
    <Tag
      ref={box}
      // Positioned: what is placed absolutely in it must not widen the page instead.
      className={`relative overflow-x-auto ${className}`}
      {...(wide ? { role: 'group', 'aria-label': label, tabIndex: 0 } : {})}
    >
      {children}
    </Tag>
  )
}
