import { useEffect } from 'react'
import type { View } from '@/api/views'
import { useViews } from '@/components/views'
import type { MonitorSearch } from '@/lib/search-params'
import { useStable } from '@/lib/use-stable'
import { useProject } from '../projects/project-context'
import { readChart, type Chart } from './charts'

/** A board is a view whose options hold charts. */
export type Board = { view: View; name: string; charts: Chart[] }

export function chartsOf({ options }: View): Chart[] {
  const charts = Array.isArray(options.charts) ? options.charts : []
  return charts.map(readChart).filter((chart) => chart !== null)
}

/** Says in the address that the standard charts are meant, where the page would open with a board. */
const STANDARD = 'none'

/**
 * The saved board of the address and what can be done to it; without one the standard charts are shown. A `bare` address opens
 * with the board that the reader, or else the project, prefers; `waiting` until that is known.
 */
export function useBoards(
  search: MonitorSearch,
  update: (changes: Partial<MonitorSearch>, replace?: boolean) => void,
) {
  const { project } = useProject()
  const of = { type: 'monitor', project: project.id, organization: project.org_id } as const
  const boardId = search.board === STANDARD ? undefined : search.board
  const bare = Object.values(search).every((value) => value === undefined)
  const choose = useStable((view: View | undefined) =>
    update({ board: view?.id ?? (state.preferred ? STANDARD : undefined) }),
  )
  const state = useViews(of, boardId, choose, true)
  const { current, preferred } = state
  useEffect(() => {
    if (bare && preferred) update({ board: preferred.id }, true)
  }, [bare, preferred, update])
  const board: Board | null = current && { view: current, name: current.name, charts: chartsOf(current) }
  return {
    state,
    choose,
    board,
    waiting: bare && (!state.known || preferred !== undefined),
    missing: Boolean(boardId && state.known && !state.error && !board),
    save: (charts: Chart[]): void => {
      if (current) state.change.mutate({ view: current, options: { charts } })
    },
  }
}
