/** Saved views of the logs: an address under a name. */
import { useAddressViews } from '@/components/address-views'
import { logsShown, type LogsSearch, type LogsShown } from '@/lib/search-params'
import { useProject } from '../projects/project-context'

/** The views of the page. */
export function useLogsViews(search: LogsSearch, go: (search: LogsSearch, replace: boolean) => void) {
  const { project } = useProject()
  const of = { type: 'logs', project: project.id, organization: project.org_id } as const
  return useAddressViews<LogsShown>(of, search, logsShown, go)
}

export type LogsViews = ReturnType<typeof useLogsViews>
