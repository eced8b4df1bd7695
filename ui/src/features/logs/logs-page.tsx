import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Suspense, useEffect, useMemo, useState } from 'react'
import type { Answer, Row } from '@/api/types'
import { ErrorState } from '@/components/states'
import { DataTable } from '@/components/table/data-table'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { loadLater } from '@/lib/load-later'
import type { LogsSearch } from '@/lib/search-params'
import { useStable } from '@/lib/use-stable'
import { useProject } from '../projects/project-context'
import { histogramQuery, logsQuery, rowQuery, type LogsFilter } from './api'
import { CompactLog, logsColumns } from './columns'
import { metadataFields, scoreNames } from './discover'
import { LogsEmpty } from './empty'
import { Histogram } from './histogram'
import { LogsToolbar } from './toolbar'
import { useLive } from './use-live'
import { useScripted } from './use-scripted'

const [TracePanel, prefetchPanel] = loadLater(() =>
  import('../traces/trace-panel').then((module) => module.TracePanel),
)
const [BulkBar, prefetchBar] = loadLater(() => import('./bulk-bar').then((module) => module.BulkBar))

/** Columns that make room when a trace stands beside the table. */
const LESS_NEEDED = ['name', 'tokens', 'cost']
const NO_ROWS: Row[] = []
const NO_PAGES: Answer<Row>[] = []

/** Traces or spans of a project, newest first, with the chosen one beside or instead of the table. */
export function LogsPage() {
  const { project } = useProject()
  const search = useSearch({ from: '/app/$org/p/$project/logs' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/logs' })
  const filter = useMemo(
    (): LogsFilter => ({ t: search.t, q: search.q, f: search.f, view: search.view }),
    [search.t, search.q, search.f, search.view],
  )
  const logs = useInfiniteQuery(logsQuery(project.id, filter))
  const histogram = useQuery(histogramQuery(project.id, filter))
  const live = useLive(project.id, filter, search.live === '1')
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())

  const rows = useMemo(() => logs.data?.pages.flatMap((page) => page.data) ?? NO_ROWS, [logs.data])
  const scores = useMemo(() => scoreNames(rows), [rows])
  const metadata = useMemo(() => metadataFields(rows), [rows])
  const scripted = useScripted(project.id, logs.data?.pages ?? NO_PAGES)
  const columns = useMemo(() => logsColumns(rows, scores, scripted), [rows, scores, scripted])
  const crowded = search.r !== undefined && search.view !== 'spans'
  const chosen = useMemo(() => new Set(search.hide?.split(',')), [search.hide])
  const hidden = useMemo(() => (crowded ? new Set([...chosen, ...LESS_NEEDED]) : chosen), [chosen, crowded])
  const update = useStable(
    (changes: Partial<LogsSearch>, replace?: boolean) =>
      void navigate({ search: (now: LogsSearch) => ({ ...now, ...changes }), replace: replace ?? false }),
  )
  useRowLink(project.id, search.oid, update)
  useEffect(prefetchPanel, [])
  useEffect(prefetchBar, [])

  const spans = search.view === 'spans'
  const openKey = search.r
    ? (rows.find((row) => row.root_span_id === search.r && (!spans || !search.s || row.span_id === search.s))
        ?.id ?? search.r)
    : null
  const open = useStable((row: Row) =>
    update({ r: row.root_span_id, s: spans ? row.span_id : undefined }, Boolean(search.r)),
  )
  const onEnd = useStable(() => {
    if (logs.hasNextPage && !logs.isFetchingNextPage && !logs.isPlaceholderData) void logs.fetchNextPage()
  })
  const full = search.r !== undefined && search.full === '1'

  return (
    <>
      {full ? null : (
        <LogsToolbar
          search={search}
          update={update}
          live={live}
          columns={columns}
          hidden={chosen}
          scores={scores}
          metadata={metadata}
        />
      )}
      <div className="flex min-h-0 flex-1">
        {full ? null : (
          <section aria-label={spans ? 'Spans' : 'Traces'} className="flex min-h-0 min-w-0 flex-1 flex-col">
            {histogram.data ? (
              <Histogram
                data={histogram.data}
                onRange={(from, to) =>
                  update({ t: `${new Date(from).toISOString()}..${new Date(to).toISOString()}` })
                }
              />
            ) : null}
            <LogsBody
              error={logs.error}
              pending={logs.isPending}
              empty={rows.length === 0}
              search={search}
              update={update}
              retry={() => void logs.refetch()}
            >
              <DataTable
                label={spans ? 'Spans' : 'Traces'}
                rows={rows}
                columns={columns}
                rowKey={rowKey}
                storageKey="logs"
                renderCompact={(row) => (
                  <CompactLog row={row} scores={scores} badge={scripted.has(row.root_span_id)} />
                )}
                hidden={hidden}
                openKey={openKey}
                onOpen={open}
                onClose={() => update({ r: undefined, s: undefined })}
                selected={selected}
                onSelect={setSelected}
                onEnd={onEnd}
                footer={<TableFooter loading={logs.isFetchingNextPage} done={!logs.hasNextPage} />}
              />
            </LogsBody>
            <Suspense>
              {selected.size ? (
                <BulkBar
                  rows={rows.filter((row) => selected.has(row.id))}
                  onClear={() => setSelected(new Set())}
                />
              ) : null}
            </Suspense>
          </section>
        )}
        <Suspense>
          {search.r ? (
            <TracePanel
              key={search.r}
              traceRef={{ from: 'project_logs', objectId: project.id, rootSpanId: search.r }}
              search={search}
              onSearch={(changes) => update(changes, true)}
              onClose={() => update({ r: undefined, s: undefined, full: undefined })}
            />
          ) : null}
        </Suspense>
      </div>
    </>
  )
}

const rowKey = (row: Row): string => row.id

type BodyProps = {
  error: Error | null
  pending: boolean
  empty: boolean
  search: LogsSearch
  update: (changes: Partial<LogsSearch>) => void
  retry: () => void
  children: React.ReactNode
}

function LogsBody({ error, pending, empty, search, update, retry, children }: BodyProps) {
  if (error) {
    const filtered = Boolean(search.q || search.f?.length)
    return (
      <ErrorState
        error={error}
        retry={retry}
        actions={
          filtered ? (
            <Button onClick={() => update({ q: undefined, f: undefined })}>Remove the filters</Button>
          ) : null
        }
      />
    )
  }
  if (pending) return <SkeletonRows rows={18} label="Loading traces" />
  if (empty) return <LogsEmpty search={search} update={update} />
  return children
}

function TableFooter({ loading, done }: { loading: boolean; done: boolean }) {
  if (loading) return <SkeletonRows rows={3} label="Loading more" />
  return done ? <p className="px-3.5 py-3 text-s text-ink-3">That is all.</p> : <div className="h-8" />
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
