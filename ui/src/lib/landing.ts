import { t } from '@lingui/core/macro'
import { readPreference, usePreference, writePreference } from './storage'

/** What opens when no page is asked for: the list of projects, or the project that was open last. */
export type Landing = 'projects' | 'last'
export const landings = (): readonly { value: Landing; label: string }[] => [
  { value: 'projects', label: t`all projects` },
  { value: 'last', label: t`the last project` },
]

export function useLanding(): [Landing, (landing: Landing) => void] {
  return usePreference<Landing>('landing', 'projects')
}

/** Note which project is open. */
export function rememberProject(name: string): void {
  if (readPreference<string | null>('project', null) !== name) writePreference('project', name)
}

/** The name of the project to open first, when the reader wants the last one and there was one. */
export function landingProject(): string | null {
  if (readPreference<Landing>('landing', 'projects') !== 'last') return null
  const name = readPreference<unknown>('project', null)
  return typeof name === 'string' && name ? name : null
}
