import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { LogsSearch } from '@/lib/search-params'
import { useProject } from '../projects/project-context'
import { newestQuery } from './api'
import { scoreNames } from './discover'
import { groupFieldQuery, isGrouped, type GroupsRead } from './groups'

const MOST_SCORES = 8

/** What the groups of the address are: null while it is not known, or when rows are no groups. */
export function useGroupsRead(search: LogsSearch): GroupsRead | null {
  const { project } = useProject()
  const { view, t, q, f, sort } = search
  const grouped = isGrouped(view)
  const { data: field } = useQuery(groupFieldQuery(project.id, search.by ? undefined : view, t))
  const { data: newest } = useQuery({ ...newestQuery(project.id), enabled: grouped })
  const by = search.by ?? field
  return useMemo(
    () =>
      grouped && by && newest
        ? { t, q, f, sort, by, scores: scoreNames(newest).slice(0, MOST_SCORES) }
        : null,
    [grouped, newest, by, t, q, f, sort],
  )
}
