import { readPreference, usePreference } from './storage'

export type Theme = 'system' | 'light' | 'dark'

/** Put the chosen theme on <html>; with `system` the colour scheme of the browser decides. */
export function applyTheme(theme: Theme = readPreference<Theme>('theme', 'system')): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, store] = usePreference<Theme>('theme', 'system')
  return [
    theme,
    (next) => {
      store(next)
      applyTheme(next)
    },
  ]
}

export type Zone = 'local' | 'utc'
export function useZone(): [Zone, (zone: Zone) => void] {
  return usePreference<Zone>('zone', 'local')
}
