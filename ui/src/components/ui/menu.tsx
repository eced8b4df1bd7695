/** Menus whose machinery comes with the first one that is wanted: pages show their buttons without it. */
import {
  cloneElement,
  Suspense,
  useState,
  type HTMLAttributes,
  type ReactElement,
  type ReactNode,
} from 'react'
import { loadLater } from '@/lib/load-later'
import type { ChoiceProps, ItemProps, MenuProps } from './menu-base'

let parts: typeof import('./menu-base')
export const LoadedMenu = loadLater(async () => {
  parts = await import('./menu-base')
  return parts.Menu
})

/** A button that opens a list of commands or choices. */
export function Menu(props: Omit<MenuProps, 'defaultOpen'>) {
  const [opened, setOpened] = useState(false)
  const open = (): void => setOpened(true)
  const soon = (): void => void LoadedMenu.load().catch(() => undefined)
  const trigger = cloneElement(props.trigger as ReactElement<HTMLAttributes<HTMLElement>>, {
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onPointerEnter: soon,
    onFocus: soon,
    onClick: open,
    onKeyDown: (event) => {
      if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
      event.preventDefault()
      open()
    },
  })
  if (!opened) return trigger
  return (
    <Suspense fallback={trigger}>
      <LoadedMenu {...props} defaultOpen />
    </Suspense>
  )
}

// What stands in a menu is rendered in an open one, hence after its parts have come.

export function MenuItem(props: ItemProps) {
  return <parts.MenuItem {...props} />
}

/** Exactly one of several. */
export function MenuChoice<T extends string>(props: ChoiceProps<T>) {
  return <parts.MenuChoice {...props} />
}

export function MenuCheck(props: { checked: boolean; onChange: (on: boolean) => void; children: ReactNode }) {
  return <parts.MenuCheck {...props} />
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <div className="px-2 pt-1.5 pb-0.5 text-xs text-ink-3">{children}</div>
}

export function MenuRule() {
  return <parts.MenuRule />
}
