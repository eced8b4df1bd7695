import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useMemo, useState } from 'react'
import { datasetsQuery } from '@/api/objects'
import type { Dataset, Row } from '@/api/types'
import { CopyButton } from '@/components/copy'
import { PageHead, Spacer, SubHead } from '@/components/page'
import { Empty, ErrorState } from '@/components/states'
import { DataTable } from '@/components/table/data-table'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { plural } from '@/lib/format'
import type { DatasetSearch } from '@/lib/search-params'
import { useStable } from '@/lib/use-stable'
import { FilterChips } from '../logs/chips'
import { SearchBox } from '../logs/search-box'
import { metadataFields } from '../logs/discover'
import { projectPath, useProject } from '../projects/project-context'
import { headQuery, rowsQuery } from './api'
import { NewRowDialog } from './new-row-dialog'
import { CompactRow, rowColumns } from './row-columns'
import { RowPanel } from './row-panel'
import { useRowEdits } from './use-row-edits'

const NO_ROWS: Row[] = []

export function DatasetPage() {
  const { project } = useProject()
  const { name } = useParams({ from: '/app/$org/p/$project/datasets/$name' })
  const { data: datasets, error, refetch } = useQuery(datasetsQuery(project.id))
  if (error) return <ErrorState error={error} retry={() => void refetch()} />
  if (!datasets) return <SkeletonRows label="Loading the dataset" />
  const dataset = datasets.find((item) => item.name === name) ?? datasets.find((item) => item.id === name)
  if (!dataset)
    return <Empty title={`There is no dataset called “${name}”`}>It may have been renamed or deleted.</Empty>
  return <LoadedDataset key={dataset.id} dataset={dataset} />
}

function LoadedDataset({ dataset }: { dataset: Dataset }) {
  const search = useSearch({ from: '/app/$org/p/$project/datasets/$name' })
  const navigate = useNavigate({ from: '/app/$org/p/$project/datasets/$name' })
  const update = useStable(
    (changes: Partial<DatasetSearch>, replace?: boolean) =>
      void navigate({ search: (now: DatasetSearch) => ({ ...now, ...changes }), replace: replace ?? false }),
  )
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } =
    useInfiniteQuery(rowsQuery(dataset.id, { q: search.q, f: search.f }))
  const rows = useMemo(() => data?.pages.flatMap((page) => page.data) ?? NO_ROWS, [data])
  const edits = useRowEdits(dataset.id)
  const onEdit = useStable(edits.edit)
  const columns = useMemo(() => rowColumns(onEdit), [onEdit])
  const [adding, setAdding] = useState(false)
  const openRow = rows.find((row) => row.id === search.r)
  const onEnd = useStable(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  })
  const onOpen = useStable((row: Row) => update({ r: row.id }, Boolean(search.r)))
  const close = (): void => update({ r: undefined })
  const filtered = Boolean(search.q || search.f?.length)
  return (
    <>
      <Head dataset={dataset} search={search} update={update} rows={rows} onAdd={() => setAdding(true)} />
      <div className="flex min-h-0 flex-1">
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
          {isPending ? <SkeletonRows label="Loading rows" /> : null}
          {data && rows.length === 0 ? (
            <NoRows
              name={dataset.name}
              filtered={filtered}
              onClear={() => update({ q: undefined, f: undefined })}
              onAdd={() => setAdding(true)}
            />
          ) : null}
          {rows.length ? (
            <DataTable
              label="Rows"
              rows={rows}
              columns={columns}
              rowKey={rowKey}
              storageKey="rows"
              openKey={openRow?.id ?? null}
              onOpen={onOpen}
              onClose={close}
              onEnd={onEnd}
              renderCompact={(row) => <CompactRow row={row} />}
            />
          ) : null}
        </div>
        {openRow ? (
          <RowPanel
            key={openRow.id}
            row={openRow}
            onEdit={onEdit}
            onDelete={(row) => {
              close()
              edits.remove(row)
            }}
            onClose={close}
          />
        ) : null}
      </div>
      {adding ? (
        <NewRowDialog
          onClose={() => setAdding(false)}
          onAdd={async (row) => {
            await edits.add(row)
          }}
        />
      ) : null}
    </>
  )
}

const rowKey = (row: Row): string => row.id

type HeadProps = {
  dataset: Dataset
  search: DatasetSearch
  update: (changes: Partial<DatasetSearch>) => void
  rows: readonly Row[]
  onAdd: () => void
}

function Head({ dataset, search, update, rows, onAdd }: HeadProps) {
  const { org, project } = useProject()
  const { data: head } = useQuery(headQuery(dataset.id))
  const [draft, setDraft] = useState('')
  const filters = search.f ?? []
  const fields = useMemo(
    () => [...metadataFields(rows).map((key) => `metadata.${key}`), 'input', 'expected', 'tags', 'created'],
    [rows],
  )
  const without = (index: number): string[] | undefined => {
    const rest = filters.filter((_, i) => i !== index)
    return rest.length ? rest : undefined
  }
  return (
    <>
      <PageHead
        crumbs={[
          { label: 'Datasets', to: projectPath(org, project.name, 'datasets') },
          { label: dataset.name },
        ]}
      >
        <SearchBox
          placeholder="Search text, or filter: metadata.tier = 'pro'"
          fields={fields}
          draft={draft}
          onDraft={setDraft}
          onFilter={(sql) => update({ f: [...filters, sql] })}
          onSearch={(q) => update({ q })}
          onPop={() =>
            filters.length ? update({ f: without(filters.length - 1) }) : update({ q: undefined })
          }
        />
        <Button
          variant="primary"
          icon={<Plus size={14} aria-hidden />}
          onClick={onAdd}
          className="max-sm:ml-auto"
        >
          Row
        </Button>
      </PageHead>
      <SubHead>
        <FilterChips
          words={search.q}
          filters={filters}
          onWords={() => update({ q: undefined })}
          onRemove={(index) => update({ f: without(index) })}
          onEdit={(text, index) => {
            setDraft(text)
            update(index === null ? { q: undefined } : { f: without(index) })
          }}
        />
        {dataset.description ? (
          <span className="min-w-0 truncate text-s text-ink-2">{dataset.description}</span>
        ) : null}
        <Spacer />
        {head ? <span className="text-s text-ink-3">{plural(head.rows, 'row')}</span> : null}
        {head?.version ? (
          <span
            className="flex items-center text-s text-ink-3"
            title="The newest transaction. Pin it with init_dataset(version=…) to read exactly these rows again."
          >
            version <code className="ml-1 font-mono text-[11.5px]">{head.version}</code>
            <CopyButton text={head.version} label="Copy version" />
          </span>
        ) : null}
      </SubHead>
    </>
  )
}

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
  if (filtered)
    return <Empty title="Nothing matches" actions={<Button onClick={onClear}>Remove the filters</Button>} />
  return (
    <Empty
      title="No rows yet"
      code={`import assay\nassay.init_dataset(${JSON.stringify(project.name)}, ${JSON.stringify(name)}).insert(input="1+1", expected="2")`}
      actions={<Button onClick={onAdd}>Add a row by hand</Button>}
    >
      Add them from code, by hand, or from traces in the logs.
    </Empty>
  )
}
