import { t } from '@lingui/core/macro'
import { MenuLabel, MenuRule } from '@/components/ui/menu'
import type { LogsSearch } from '@/lib/search-params'
import { useProject } from '../projects/project-context'
import { logsSql } from './api'
import { CopyItems, ExportItems } from './export-items'
import { groupsSql } from './groups'
import { useGroupsRead } from './use-groups'

/** The items of the menu that takes the table away. */
export function TakeAwayItems({ search }: { search: LogsSearch }) {
  const { project } = useProject()
  const groups = useGroupsRead(search)
  const sql = (of: string): string => (groups ? groupsSql(of, groups) : logsSql(of, search))
  return (
    <>
      <CopyItems sql={() => `${sql(project.name)} LIMIT 100`} />
      <MenuRule />
      <MenuLabel>{t`Every row that matches`}</MenuLabel>
      <ExportItems name={`${project.name}-logs`} sql={() => sql(project.id)} />
    </>
  )
}
