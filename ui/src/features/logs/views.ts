/** Saved views of the logs: an address under a name. */
import { useEffect } from 'react'
import type { View } from '@/api/views'
import { useViews } from '@/components/views'
import { logsShown, parseSearch, stringifySearch, type LogsSearch, type LogsShown } from '@/lib/search-params'
import { useStable } from '@/lib/use-stable'
import { useProject } from '../projects/project-context'

/** The part of the address that a view keeps. */
export function addressOf(search: LogsShown): string {
  return stringifySearch(logsShown(search))
}

/** What a view shows. Views may be written by anyone with the API: what is not understood is left out. */
export function shownBy(view: View): LogsShown {
  const { address } = view.options
  return logsShown(parseSearch(typeof address === 'string' ? address : ''))
}

/** The views of the page. One that the project opens with takes the place of an address that says nothing. */
export function useLogsViews(search: LogsSearch, go: (search: LogsSearch, replace: boolean) => void) {
  const { project } = useProject()
  const of = { type: 'logs', project: project.id, organization: project.org_id } as const
  const show = (view: View | undefined, replace: boolean): void => {
    if (view) go({ ...shownBy(view), v: view.id }, replace)
    else go({ v: state.preferred ? 'none' : undefined }, replace)
  }
  const choose = useStable((view: View | undefined) => show(view, false))
  const state = useViews(of, search.v, choose)
  const { current, preferred, known } = state
  const bare = stringifySearch(search) === ''
  const opening = useStable((view: View) => show(view, true))
  useEffect(() => {
    if (bare && preferred) opening(preferred)
  }, [bare, preferred, opening])
  return {
    state,
    choose,
    /** It is not known yet what the page is to show. */
    waiting: bare && (!known || preferred !== undefined),
    changed: current !== null && addressOf(search) !== addressOf(shownBy(current)),
    address: addressOf(search),
  }
}

export type LogsViews = ReturnType<typeof useLogsViews>
