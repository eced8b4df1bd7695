import { t } from '@lingui/core/macro'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import { datasetsQuery } from '@/api/objects'
import type { Dataset, Row } from '@/api/types'
import { useAddressViews } from '@/components/address-views'
import { RenameDialog } from '@/components/rename-dialog'
import { Empty, ErrorState, WayBack } from '@/components/states'
import { DataTable } from '@/components/table/data-table'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { datasetShown, type DatasetSearch, type DatasetShown } from '@/lib/search-params'
import { literal } from '@/lib/sql'
import { useStable } from '@/lib/use-stable'
import { readSort, writeSort } from '../logs/order'
import { arranged, moved } from '../logs/own-columns'
import { useMay, useProject } from '../projects/project-context'
import { headQuery, rowsQuery, splitsQuery } from './api'
import { RowsBar } from './bulk-bar'
import { ChecksView } from './checks-view'
import { CompareView } from './compare-view'
import { DatasetHead, PinnedBanner, type Asked } from './dataset-head'
import { DeleteDialog } from './delete-dialog'
import { ImportDialog } from './import-dialog'
import { NewRowDialog } from './new-row-dialog'
import { PerformanceView } from './performance-view'
import { CompactRow, hiddenColumns, rowColumns } from './row-columns'
import { RowPanel } from './row-panel'
import { SchemasContext, schemasOf } from './schema'
import { SchemasDialog } from './schemas-dialog'
import { isStarred } from './star'
import { useRowEdits } from './use-row-edits'
import { VersionsPanel } from './versions-panel'

const NO_ROWS: Row[] = []

export function DatasetPage() {
  const { project } = useProject()
  const { name } = useParams({ from: '/app/$org/p/$project/datasets/$name' })
  const { data: datasets, error, refetch } = useQuery(datasetsQuery(project.id))
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!datasets) return <SkeletonRows label={t`Loading the dataset`} />
  const dataset = datasets.find((item) => item.name === name) ?? datasets.find((item) => item.id === name)
  if (!dataset)
    return (
      <Empty title={t`There is no dataset called “${name}”`} actions={<WayBack />}>
        {t`It may have been renamed or deleted.`}
      </Empty>
    )
  return <LoadedDataset key={dataset.id} dataset={dataset} names={datasets.map((item) => item.name)} />
}

function LoadedDataset({ dataset, names }: { dataset: Dataset; names: readonly string[] }) {
  const search = useSearch({ from: '/app/$org/p/$project/datasets/$name' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/datasets/$name' })
  const update = useStable(
    (changes: Partial<DatasetSearch>, replace?: boolean) =>
      void navigate({ search: (now: DatasetSearch) => ({ ...now, ...changes }), replace: replace ?? false }),
  )
  const { project } = useProject()
  const views = useAddressViews<DatasetShown>(
    { type: 'dataset', dataset: dataset.id, project: project.id },
    search,
    datasetShown,
    // A view is of whichever version is read.
    (shown, replace) => void navigate({ search: ({ v, side }) => ({ v, side, ...shown }), replace }),
    { key: 'view', personal: false },
  )
  const { data: head } = useQuery(headQuery(dataset.id))
  const [asked, setAsked] = useState<Asked | null>(null)
  const schemas = useMemo(() => schemasOf(dataset.metadata), [dataset.metadata])
  const [rows, setRows] = useState<readonly Row[]>(NO_ROWS)
  const edits = useRowEdits(dataset.id)
  // The newest version may be named, too: it reads the same until something is written.
  const pinned = search.v
  const newest = head?.version ?? null
  return (
    <SchemasContext value={schemas}>
      <DatasetHead
        dataset={dataset}
        search={search}
        update={update}
        rows={rows}
        views={views}
        onAsk={setAsked}
      />
      {pinned ? <PinnedBanner dataset={dataset} version={pinned} update={update} /> : null}
      <div className="flex min-h-0 flex-1">
        {search.vs && newest ? (
          <CompareView
            datasetId={dataset.id}
            a={search.vs}
            b={pinned ?? newest}
            onClose={() => update({ vs: undefined })}
          />
        ) : search.tab === 'performance' ? (
          <PerformanceView
            dataset={dataset}
            onRow={(r) => update({ r, tab: undefined, f: [`id = ${literal(r)}`] })}
          />
        ) : search.tab === 'checks' ? (
          <ChecksView
            dataset={dataset}
            version={pinned}
            onRows={(filter) => update({ tab: undefined, q: undefined, f: [filter] })}
          />
        ) : views.waiting ? (
          <SkeletonRows label={t`Loading rows`} />
        ) : (
          <RowsView
            dataset={dataset}
            search={search}
            update={update}
            edits={edits}
            onRows={setRows}
            onAdd={() => setAsked('row')}
          />
        )}
        {search.side === 'versions' ? (
          <VersionsPanel dataset={dataset} search={search} update={update} />
        ) : null}
      </div>
      {asked === 'row' ? (
        <NewRowDialog
          onClose={() => setAsked(null)}
          onAdd={async (row) => {
            await edits.add(row)
          }}
        />
      ) : null}
      {asked === 'import' ? <ImportDialog dataset={dataset} onClose={() => setAsked(null)} /> : null}
      {asked === 'delete' ? <DeleteDialog dataset={dataset} onClose={() => setAsked(null)} /> : null}
      {asked === 'rename' ? (
        <RenameDialog
          kind="dataset"
          object={dataset}
          taken={names}
          onDone={(name) =>
            void navigate({ params: (now) => ({ ...now, name }), search: true, replace: true })
          }
          onClose={() => setAsked(null)}
        />
      ) : null}
      {asked === 'schemas' ? (
        <SchemasDialog dataset={dataset} rows={rows} onClose={() => setAsked(null)} />
      ) : null}
    </SchemasContext>
  )
}

type RowsProps = {
  dataset: Dataset
  search: DatasetSearch
  update: (changes: Partial<DatasetSearch>, replace?: boolean) => void
  edits: ReturnType<typeof useRowEdits>
  onRows: (rows: readonly Row[]) => void
  onAdd: () => void
}

function RowsView({ dataset, search, update, edits, onRows, onAdd }: RowsProps) {
  const pinned = search.v
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useInfiniteQuery(rowsQuery(dataset.id, { q: search.q, f: search.f, o: search.o }, pinned))
  const rows = useMemo(() => data?.pages.flatMap((page) => page.data) ?? NO_ROWS, [data])
  useEffect(() => onRows(rows), [rows, onRows])
  const { data: splits = [] } = useQuery(splitsQuery(dataset.id, pinned))
  const onEdit = useStable(edits.edit)
  const fixed = !useMay('dataset', 'update') || Boolean(pinned)
  const onStar = useStable(edits.star)
  const columns = useMemo(
    () => arranged(rowColumns(fixed ? null : { onEdit, onStar }), search.order),
    [onEdit, onStar, fixed, search.order],
  )
  const hidden = useMemo(() => hiddenColumns({ hide: search.hide }), [search.hide])
  const toggleStar = (row: Row): void => onStar(row, !isStarred(row))
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())
  const chosen = rows.filter((row) => selected.has(row.id))
  const openRow = rows.find((row) => row.id === search.r)
  const onEnd = useStable(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  })
  const onOpen = useStable((row: Row) => update({ r: row.id }, Boolean(search.r)))
  const close = (): void => update({ r: undefined })
  return (
    <>
      <div className="relative flex min-h-0 min-w-0 flex-1 flex-col">
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
        {isPending ? <SkeletonRows label={t`Loading rows`} /> : null}
        {!isPending && !error && rows.length === 0 ? (
          <NoRows
            name={dataset.name}
            filtered={Boolean(search.q || search.f?.length)}
            onClear={() => update({ q: undefined, f: undefined })}
            onAdd={onAdd}
          />
        ) : null}
        {rows.length ? (
          <DataTable
            label={t`Rows`}
            rows={rows}
            columns={columns}
            rowKey={rowKey}
            storageKey="rows"
            hidden={hidden}
            onMove={(id, before) => {
              const ids = columns.filter((column) => !column.fixed).map((column) => column.id)
              update({ order: moved(ids, id, before) }, true)
            }}
            sort={readSort(search.o)}
            onSort={(sort) => update({ o: writeSort(sort) })}
            openKey={openRow?.id ?? null}
            onOpen={onOpen}
            onClose={close}
            {...(fixed ? {} : { selected, onSelect: setSelected, keys: { s: toggleStar } })}
            onEnd={onEnd}
            renderCompact={(row) => <CompactRow row={row} />}
          />
        ) : null}
        {chosen.length && !fixed ? (
          <RowsBar
            datasetId={dataset.id}
            rows={chosen}
            splits={splits.map(({ split }) => split)}
            onDone={() => setSelected(new Set())}
          />
        ) : null}
      </div>
      {openRow && search.side === undefined ? (
        <RowPanel
          key={openRow.id}
          datasetId={dataset.id}
          row={openRow}
          onEdit={fixed ? null : onEdit}
          onStar={fixed ? null : onStar}
          onDelete={(row) => {
            close()
            edits.remove(row)
          }}
          onClose={close}
        />
      ) : null}
    </>
  )
}

const rowKey = (row: Row): string => row.id

function NoRows({
  name,
  filtered,
  onClear,
  onAdd,
}: {
  name: string
  filtered: boolean
  onClear: () => void
  onAdd: () => void
}) {
  const { project } = useProject()
  const writes = useMay('dataset', 'update')
  if (filtered)
    return (
      <Empty
        title={t`Nothing matches`}
        actions={<Button onClick={onClear}>{t`Remove the filters`}</Button>}
      />
    )
  return (
    <Empty
      title={t`No rows yet`}
      code={`import assay\nassay.init_dataset(${JSON.stringify(project.name)}, ${JSON.stringify(name)}).insert(input="1+1", expected="2")`}
      actions={writes ? <Button onClick={onAdd}>{t`Add a row by hand`}</Button> : null}
    >
      {t`Add them from code, by hand, or from traces in the logs.`}
    </Empty>
  )
}
