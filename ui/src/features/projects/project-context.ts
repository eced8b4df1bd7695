import { createContext, use } from 'react'
import { may, type Action, type Permissions } from '@/api/permissions'
import type { Project } from '@/api/types'

/** `permissions` are undefined until they are known. */
type Context = { org: string; project: Project; permissions: Permissions | undefined }

export const ProjectContext = createContext<Context | null>(null)

/** The project of the current page. Only below ProjectLayout. */
export function useProject(): Context {
  const context = use(ProjectContext)
  if (!context) throw new Error('useProject is used outside a project page')
  return context
}

/** Whether the reader may do something to things of one kind in the current project. */
export function useMay(kind: string, action: Action): boolean {
  return may(useProject().permissions, kind, action)
}

/** Link target inside the current project. */
export function projectPath(org: string, project: string, rest: string): string {
  return `/app/${encodeURIComponent(org)}/p/${encodeURIComponent(project)}/${rest}`
}
