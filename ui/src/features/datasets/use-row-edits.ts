import { t } from '@lingui/core/macro'
import { useMutation, useQueryClient, type InfiniteData } from '@tanstack/react-query'
import { insertRows } from '@/api/objects'
import type { Answer, DatasetEvent, Row } from '@/api/types'
import { notify, notifyError } from '@/components/ui/toast'
import { newId } from '@/lib/id'
import { refreshDataset, type RowEdit } from './api'
import { STAR, withTag, writeTag } from './star'

type Pages = InfiniteData<Answer<Row>>
type Change = { write: () => Promise<unknown>; apply: (rows: Row[]) => Row[] }

/** Edits of dataset rows: shown at once, taken back with a message when the server refuses them. */
export function useRowEdits(datasetId: string) {
  const queryClient = useQueryClient()
  const key = ['rows', datasetId]
  const { mutate, mutateAsync, isPending } = useMutation({
    // One after the other: a star is read and written, and the last click counts.
    scope: { id: `rows ${datasetId}` },
    mutationFn: ({ write }: Change) => write(),
    onMutate: async ({ apply }) => {
      await queryClient.cancelQueries({ queryKey: key })
      const before = queryClient.getQueriesData<Pages>({ queryKey: key })
      queryClient.setQueriesData<Pages>(
        { queryKey: key },
        (pages) =>
          pages && { ...pages, pages: pages.pages.map((page) => ({ ...page, data: apply(page.data) })) },
      )
      return { before }
    },
    onError: (error, _change, context) => {
      for (const [queryKey, pages] of context?.before ?? []) queryClient.setQueryData(queryKey, pages)
      notifyError(t`The change was not saved`, error)
    },
    onSettled: () => refreshDataset(queryClient, datasetId),
  })

  const writing = (event: DatasetEvent) => () => insertRows(datasetId, [event])
  function edit(row: Row, changes: RowEdit): void {
    // Only the edited fields travel, and each replaces the old value: a plain merge would keep keys that were removed.
    const _merge_paths = Object.keys(changes).map((field) => [field])
    const event = { id: row.id, ...changes, _is_merge: true, _merge_paths }
    mutate({ write: writing(event), apply: laid(row, changes) })
  }

  function star(row: Row, on: boolean): void {
    mutate({
      write: () => writeTag(datasetId, [row.id], STAR, on),
      apply: laid(row, { tags: withTag(row.tags, STAR, on) }),
    })
  }

  function remove(row: Row): void {
    const gone: Change = {
      write: writing({ id: row.id, _object_delete: true }),
      apply: (rows) => rows.filter((other) => other.id !== row.id),
    }
    mutate(gone, {
      onSuccess: () =>
        notify(t`Row deleted`, {
          label: t`Undo`,
          run: () => mutate({ write: writing(wholeRow(row)), apply: (rows) => rows }),
        }),
    })
  }

  async function add(values: RowEdit): Promise<string> {
    const id = newId()
    await mutateAsync({ write: writing({ id, ...values }), apply: (rows) => rows })
    return id
  }

  return { edit, star, remove, add, saving: isPending }
}

/** Rows of which one has the changes. */
const laid =
  (row: Row, changes: RowEdit) =>
  (rows: Row[]): Row[] =>
    rows.map((other) => (other.id === row.id ? { ...other, ...changes } : other))

/** The row as an event that writes it again. */
export function wholeRow(row: Row): DatasetEvent {
  return {
    id: row.id,
    input: row.input ?? null,
    expected: row.expected ?? null,
    metadata: row.metadata,
    tags: row.tags,
    ...(row.origin ? { origin: row.origin } : {}),
  }
}
