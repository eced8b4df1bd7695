import { createContext, use } from 'react'

type ShellActions = { openPalette: () => void; openShortcuts: () => void }

export const ShellContext = createContext<ShellActions>({
  openPalette: () => undefined,
  openShortcuts: () => undefined,
})

export function useShell(): ShellActions {
  return use(ShellContext)
}
