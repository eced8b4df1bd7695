import { t } from '@lingui/core/macro'
import { useQueryClient } from '@tanstack/react-query'
import { Suspense, useMemo, useState } from 'react'
import type { Row } from '@/api/types'
import { ErrorState } from '@/components/states'
import { DataTable } from '@/components/table/data-table'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { loadLater } from '@/lib/load-later'
import type { LogsSearch } from '@/lib/search-params'
import { useStable } from '@/lib/use-stable'
import { useProject } from '../projects/project-context'
import { spanQuery, traceStartQuery } from '../traces/api'
import { CompactLog } from './columns'
import { LogsEmpty } from './empty'
import { ExplainDialog } from './explain'
import { readSort, writeSort } from './order'
import { moved } from './own-columns'
import { TableFooter } from './table-footer'
import type { LogRows } from './use-log-rows'

const BulkBar = loadLater(async () => (await import('./bulk-bar')).BulkBar)

/** Columns that make room when a trace stands beside the table. */
const LESS_NEEDED = ['name', 'tokens', 'cost']

type Props = {
  search: LogsSearch
  update: (changes: Partial<LogsSearch>, replace?: boolean) => void
  found: LogRows
  hidden: ReadonlySet<string>
}

/** Traces or spans, newest first or in the order of a column. */
export function TraceTable({ search, update, found, hidden: chosen }: Props) {
  const { logs, rows, scores, scripted, columns } = found
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const [explained, setExplained] = useState(false)
  const spans = search.view === 'spans'
  const crowded = search.r !== undefined && !spans
  const hidden = useMemo(() => (crowded ? new Set([...chosen, ...LESS_NEEDED]) : chosen), [chosen, crowded])
  const openKey = search.r
    ? (rows.find((row) => row.root_span_id === search.r && (!spans || !search.s || row.span_id === search.s))
        ?.id ?? search.r)
    : null
  const queryClient = useQueryClient()
  const { project } = useProject()
  const open = useStable((row: Row) => {
    // Asked for at once: neither waits for the panel, nor the span shown first for the tree to name it.
    const ref = { from: 'project_logs', objectId: project.id, rootSpanId: row.root_span_id } as const
    void queryClient.prefetchQuery(traceStartQuery(ref))
    void queryClient.prefetchQuery(spanQuery(ref, row.id))
    update({ r: row.root_span_id, s: spans ? row.span_id : undefined }, Boolean(search.r))
  })
  const onEnd = useStable(() => {
    if (logs.hasNextPage && !logs.isFetchingNextPage && !logs.isPlaceholderData) void logs.fetchNextPage()
  })
  const picked = rows.filter((row) => selected.has(row.id))
  if (logs.error) return <Failure search={search} update={update} error={logs.error} retry={logs.refetch} />
  if (logs.isPending) return <SkeletonRows rows={18} label={t`Loading traces`} />
  if (rows.length === 0) return <LogsEmpty search={search} update={update} />
  return (
    <>
      <DataTable
        label={spans ? t`Spans` : t`Traces`}
        rows={rows}
        columns={columns}
        rowKey={rowKey}
        storageKey="logs"
        renderCompact={(row) => (
          <CompactLog row={row} scores={scores} badge={scripted.has(row.root_span_id)} />
        )}
        hidden={hidden}
        wrap={search.tall === '1'}
        openKey={openKey}
        onOpen={open}
        onClose={() => update({ r: undefined, s: undefined })}
        selected={selected}
        onSelect={setSelected}
        onMove={(id, before) => {
          const ids = columns.filter((column) => !column.fixed).map((column) => column.id)
          update({ order: moved(ids, id, before) }, true)
        }}
        sort={readSort(search.o)}
        onSort={(sort) => update({ o: writeSort(sort) })}
        onEnd={onEnd}
        footer={<TableFooter loading={logs.isFetchingNextPage} done={!logs.hasNextPage} />}
      />
      <Suspense>
        {picked.length ? (
          <BulkBar
            rows={picked}
            spans={spans}
            onClear={() => setSelected(new Set())}
            onBoth={(first, vs) => update({ r: first, s: undefined, vs })}
            onExplain={() => setExplained(true)}
            onDeleted={(gone) => {
              if (gone.some((row) => row.root_span_id === search.r)) update({ r: undefined, s: undefined })
            }}
          />
        ) : null}
        {explained && picked.length ? (
          <ExplainDialog
            filter={search}
            roots={[...new Set(picked.map((row) => row.root_span_id))]}
            onClose={() => setExplained(false)}
            onFilters={(next) => {
              setExplained(false)
              update({ f: next })
            }}
          />
        ) : null}
      </Suspense>
    </>
  )
}

const rowKey = (row: Row): string => row.id

type FailureProps = Pick<Props, 'search' | 'update'> & { error: Error; retry: () => unknown }

/** The query failed: what of it the reader wrote can be taken out. */
function Failure({ search, update, error, retry }: FailureProps) {
  const filtered = Boolean(search.q || search.f?.length)
  return (
    <ErrorState
      error={error}
      retry={() => void retry()}
      actions={
        <>
          {filtered ? (
            <Button onClick={() => update({ q: undefined, f: undefined })}>{t`Remove the filters`}</Button>
          ) : null}
          {search.col ? (
            <Button onClick={() => update({ col: undefined })}>{t`Remove the added columns`}</Button>
          ) : null}
        </>
      }
    />
  )
}
