import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Suspense, useEffect, useMemo, useRef } from 'react'
import { SkeletonRows } from '@/components/ui/bits'
import { loadAhead, loadLater } from '@/lib/load-later'
import type { LogsSearch } from '@/lib/search-params'
import { searchedWords, useHighlight } from '@/lib/use-highlight'
import { useStable } from '@/lib/use-stable'
import { useProject } from '../projects/project-context'
import { histogramQuery, rowQuery, scoreOfBar, type LogsFilter } from './api'
import { ExplainDialog } from './explain'
import { isGrouped } from './groups'
import { Histogram, HistogramRoom } from './histogram'
import { LogsToolbar } from './toolbar'
import { TraceTable } from './trace-table'
import { useLive } from './use-live'
import { useLogRows } from './use-log-rows'
import { useLogsViews } from './views'

const TracePanel = loadLater(async () => {
  const [panel] = await Promise.all([import('../traces/trace-panel'), import('../traces/span-detail')])
  await panel.SpanDetail.load()
  return panel.TracePanel
})
const BesideTrace = loadLater(async () => (await import('../traces/beside')).BesideTrace)
const FacetBar = loadLater(async () => (await import('./facet-bar')).FacetBar)
const GroupTable = loadLater(async () => (await import('./group-table')).GroupTable)

/** What a project logged: traces, spans or groups of traces, with the chosen trace beside or instead of the table. */
export function LogsPage() {
  const { project } = useProject()
  const search = useSearch({ from: '/app/$org/p/$project/logs' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/logs' })
  const update = useStable(
    (changes: Partial<LogsSearch>, replace?: boolean) =>
      void navigate({ search: (now: LogsSearch) => ({ ...now, ...changes }), replace: replace ?? false }),
  )
  const views = useLogsViews(search, (next, replace) => void navigate({ search: next, replace }))
  const grouped = isGrouped(search.view)
  const { t: range, q, f } = search
  const view = grouped ? undefined : search.view
  const filter = useMemo((): LogsFilter => ({ t: range, q, f, view }), [range, q, f, view])
  const found = useLogRows(search, views.waiting)
  // Rows first: the histogram reads everything that was found, and would have them wait for it.
  const shown = grouped || !(found.logs.isPending || found.logs.isPlaceholderData)
  const histogram = useQuery({
    ...histogramQuery(project.id, filter, scoreOfBar(search.bar)),
    enabled: shown && !views.waiting,
  })
  const live = useLive(project.id, found.read, search.live === '1')
  const hidden = useMemo(() => new Set(search.hide?.split(',')), [search.hide])
  useRowLink(project.id, search.oid, update)
  const ready = !found.logs.isPending
  useEffect(() => (ready ? loadAhead(200, TracePanel) : undefined), [ready])
  const content = useRef<HTMLDivElement>(null)
  useHighlight(
    content,
    useMemo(() => searchedWords(q, f), [q, f]),
  )
  const full = search.r !== undefined && (search.full === '1' || search.vs !== undefined)

  return (
    <>
      {full ? null : (
        <LogsToolbar
          search={search}
          update={update}
          views={views}
          live={live}
          found={found}
          hidden={hidden}
        />
      )}
      <div className="relative flex min-h-0 flex-1">
        <Suspense>
          {search.side && !full ? (
            <FacetBar
              filter={filter}
              onFilters={(next) => update({ f: next.length ? next : undefined })}
              onClose={() => update({ side: undefined })}
            />
          ) : null}
        </Suspense>
        <div ref={content} className="flex min-h-0 min-w-0 flex-1">
          {full ? null : (
            <section aria-label={t`Logs`} className="flex min-h-0 min-w-0 flex-1 flex-col">
              {histogram.data ? (
                <Histogram
                  data={histogram.data}
                  spans={view === 'spans'}
                  bar={search.bar}
                  scores={found.scores}
                  onBar={(bar) => update({ bar })}
                  onRange={(from, to) =>
                    update({ t: `${new Date(from).toISOString()}..${new Date(to).toISOString()}` })
                  }
                />
              ) : null}
              {histogram.isPending && found.rows.length > 0 ? <HistogramRoom /> : null}
              {grouped ? (
                <Suspense fallback={<SkeletonRows rows={18} label={t`Loading groups`} />}>
                  <GroupTable search={search} update={update} />
                </Suspense>
              ) : (
                <TraceTable search={search} update={update} found={found} hidden={hidden} />
              )}
            </section>
          )}
          <Suspense>
            {search.why && (q || f?.length) ? (
              <ExplainDialog
                filter={filter}
                onClose={() => update({ why: undefined })}
                onFilters={(next) => update({ why: undefined, f: next })}
              />
            ) : null}
            {search.r ? (
              <OpenTrace projectId={project.id} search={search} root={search.r} update={update} />
            ) : null}
          </Suspense>
        </div>
      </div>
    </>
  )
}

type OpenProps = {
  projectId: string
  search: LogsSearch
  root: string
  update: (changes: Partial<LogsSearch>, replace?: boolean) => void
}

/** The chosen trace, and a second one beside it where the address names one. */
function OpenTrace({ projectId, search, root, update }: OpenProps) {
  const { vs } = search
  const refOf = (rootSpanId: string) => ({ from: 'project_logs', objectId: projectId, rootSpanId }) as const
  const close = (): void => update({ r: undefined, s: undefined, full: undefined, vs: undefined })
  const panel = (
    <TracePanel
      key={root}
      traceRef={refOf(root)}
      search={vs ? { ...search, full: '1' } : search}
      onSearch={(changes) => update(vs && 'full' in changes ? { ...changes, vs: undefined } : changes, true)}
      onClose={close}
    />
  )
  if (!vs) return panel
  return (
    <div
      role="group"
      aria-label={t`Side by side`}
      className="flex min-h-0 min-w-0 flex-1 divide-x divide-line"
    >
      {panel}
      <BesideTrace
        key={vs}
        traceRef={refOf(vs)}
        first={{ traceRef: refOf(root), search }}
        onClose={() => update({ vs: undefined }, true)}
      />
    </div>
  )
}

/** `?oid=` names a row only; turn it into the trace and span it belongs to. */
function useRowLink(
  projectId: string,
  oid: string | undefined,
  update: (changes: Partial<LogsSearch>, replace?: boolean) => void,
): void {
  const { data: row } = useQuery(rowQuery(projectId, oid))
  useEffect(() => {
    if (row) update({ oid: undefined, r: row.root_span_id, s: row.span_id, t: 'all' }, true)
  }, [row, update])
}
