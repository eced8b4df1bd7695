import { queryOptions } from '@tanstack/react-query'
import { runQuery } from '@/api/query'
import { conjunction, literal } from '@/lib/sql'

/** What a project served in the last seven days; `cost` in dollars, null where no price is known. */
export type Traffic = { traces: number; failed: number; cost: number | null; last: string }

const DAYS = 7
const AT_ONCE = 100

/** Traffic by project id, asked for many projects at once; a project without a trace has none. */
export const trafficQuery = (projectIds: readonly string[]) =>
  queryOptions({
    queryKey: ['traffic', projectIds],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, Traffic>> => {
      const found = new Map<string, Traffic>()
      for (let at = 0; at < projectIds.length; at += AT_ONCE) {
        const query = question(projectIds.slice(at, at + AT_ONCE))
        const { data } = await runQuery<Traffic & { project_id: string }>({ query }, signal)
        for (const { project_id, ...traffic } of data) found.set(project_id, traffic)
      }
      return found
    },
    enabled: projectIds.length > 0,
    staleTime: 30_000,
  })

function question(projectIds: readonly string[]): string {
  const columns = [
    'project_id',
    'count(*) AS traces',
    'count_if(metrics.errors > 0) AS failed',
    'sum(metrics.estimated_cost) AS cost',
    'max(created) AS last',
  ]
  const where = conjunction([`created >= now() - interval ${DAYS} day`])
  return `SELECT ${columns.join(', ')} FROM project_logs(${projectIds.map(literal).join(', ')}, shape => 'summary') WHERE ${where} GROUP BY project_id LIMIT ${AT_ONCE}`
}
