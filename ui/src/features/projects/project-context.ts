import { createContext, use } from 'react'
import type { Project } from '@/api/types'

type Context = { org: string; project: Project }

export const ProjectContext = createContext<Context | null>(null)

/** The project of the current page. Only below ProjectLayout. */
export function useProject(): Context {
  const context = use(ProjectContext)
  if (!context) throw new Error('useProject is used outside a project page')
  return context
}

/** Link target inside the current project. */
export function projectPath(org: string, project: string, rest: string): string {
  return `/app/${encodeURIComponent(org)}/p/${encodeURIComponent(project)}/${rest}`
}
