import type { View } from '@/api/views'
import { useViews } from '@/components/views'
import { useProject } from '../projects/project-context'
import { readChart, type Chart } from './charts'

/** A board is a view whose options hold charts. */
export type Board = { view: View; name: string; charts: Chart[] }

export function chartsOf({ options }: View): Chart[] {
  const charts = Array.isArray(options.charts) ? options.charts : []
  return charts.map(readChart).filter((chart) => chart !== null)
}

/** The saved board of the address and what can be done to it; without one the standard charts are shown. */
export function useBoards(boardId: string | undefined, choose: (view: View | undefined) => void) {
  const { project } = useProject()
  const of = { type: 'monitor', project: project.id, organization: project.org_id } as const
  const state = useViews(of, boardId, choose)
  const { current } = state
  const board: Board | null = current && { view: current, name: current.name, charts: chartsOf(current) }
  return {
    state,
    board,
    missing: Boolean(boardId && state.known && !state.error && !board),
    save: (charts: Chart[]): void => {
      if (current) state.change.mutate({ view: current, options: { charts } })
    },
  }
}
