import { createContext, use } from 'react'

type ShellActions = { openPalette: () => void; openShortcuts: () => void; openInbox: () => void }

export const ShellContext = createContext<ShellActions>({
  openPalette: () => undefined,
  openShortcuts: () => undefined,
  openInbox: () => undefined,
})

export function useShell(): ShellActions {
  return use(ShellContext)
}
