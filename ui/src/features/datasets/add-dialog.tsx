import { plural, t } from '@lingui/core/macro'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useId, useState } from 'react'
import { createDataset, datasetsQuery, insertRows } from '@/api/objects'
import { runQuery } from '@/api/query'
import type { Dataset, DatasetEvent, Row } from '@/api/types'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Skeleton } from '@/components/ui/bits'
import { notify } from '@/components/ui/toast'
import { usePreference } from '@/lib/storage'
import { RequestCode } from '../logs/request-code'
import { useProject } from '../projects/project-context'
import { MappingFields } from './mapping-fields'
import {
  alreadyQuery,
  DEFAULT_MAPPING,
  rowFromSpan,
  sourceQueries,
  type Mapping,
  type SpanSource,
} from './row-from-span'
import { RowPreview } from './row-preview'

const NEW = ' new'

type Props = { sources: readonly SpanSource[]; onClose: () => void; onDone: () => void }

/** Turn spans into dataset rows: which dataset, which span, which field becomes what, and how the first row will look. */
export function AddToDataset({ sources, onClose, onDone }: Props) {
  const { org, project } = useProject()
  const { data: datasets } = useQuery(datasetsQuery(project.id))
  const [last, setLast] = usePreference<string>(`add-to.${project.id}`, '')
  const [picked, setPicked] = useState<string | null>(null)
  const [name, setName] = useState('')
  const [expected, setExpected] = usePreference('add-to.expected', DEFAULT_MAPPING.expected)
  const [mapping, setMapping] = useState<Mapping>({ ...DEFAULT_MAPPING, expected })
  const id = useId()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const events = useEvents(sources, mapping)

  const known = datasets?.some((item) => item.id === last) ? last : datasets?.[0]?.id
  const choice = picked ?? known ?? NEW
  const { ids, there } = useAlready(choice, events.data)
  const again = there > 0 && there === ids.length
  const add = useMutation({
    mutationFn: async (rows: DatasetEvent[]): Promise<Dataset> => {
      const existing = datasets?.find((item) => item.id === choice)
      const dataset = existing ?? (await createDataset(project.id, name.trim()))
      await insertRows(dataset.id, rows)
      return dataset
    },
    onSuccess: (dataset) => {
      setLast(dataset.id)
      setExpected(mapping.expected)
      void queryClient.invalidateQueries({ queryKey: ['datasets', project.id] })
      void queryClient.invalidateQueries({ queryKey: ['rows', dataset.id] })
      void queryClient.invalidateQueries({ queryKey: ['dataset-head', dataset.id] })
      notify(
        t`${plural(events.data?.length ?? 0, { one: '# row', other: '# rows' })} added to ${dataset.name}`,
        {
          label: t`Open dataset`,
          run: () =>
            void navigate({
              to: '/app/$org/p/$project/datasets/$name',
              params: { org, project: project.name, name: dataset.name },
            }),
        },
      )
      onDone()
    },
  })
  const ready = Boolean(events.data?.length) && (choice !== NEW || name.trim() !== '')
  const error = add.error ?? events.error

  return (
    <Dialog
      open
      onClose={onClose}
      title={
        sources.length === 1
          ? t`Add to dataset`
          : t`Add ${plural(sources.length, { one: '# row', other: '# rows' })} to dataset`
      }
      description={t`Each row keeps a link to the trace it comes from.`}
      width="max-w-2xl"
      footer={
        <>
          {error ? (
            <p role="alert" className="min-w-0 flex-1 truncate text-s text-worse" title={error.message}>
              {error.message}
            </p>
          ) : null}
          {choice === NEW ? null : (
            <RequestCode
              path={`/v1/dataset/${choice}/insert`}
              body={() => ({ events: events.data ?? [] })}
              disabled={!ready}
            />
          )}
          <Button onClick={onClose}>{t`Cancel`}</Button>
          <Button
            variant={again ? 'default' : 'primary'}
            disabled={!ready || add.isPending}
            onClick={() => events.data && add.mutate(events.data)}
          >
            {addLabel(add.isPending, again, events.data?.length ?? sources.length)}
          </Button>
        </>
      }
    >
      <div className="grid gap-5 sm:grid-cols-[230px_1fr]">
        <div className="space-y-4">
          <fieldset>
            <legend className="mb-1 text-s font-medium">{t`Dataset`}</legend>
            <div className="max-h-44 overflow-y-auto rounded border border-line-strong p-1">
              {datasets?.map((dataset) => (
                <label
                  key={dataset.id}
                  className="flex min-h-7 items-center gap-2 rounded px-1.5 hover:bg-sunken"
                >
                  <input
                    type="radio"
                    name={id}
                    checked={choice === dataset.id}
                    onChange={() => setPicked(dataset.id)}
                    className="accent-accent"
                  />
                  <span className="truncate">{dataset.name}</span>
                </label>
              ))}
              <label className="flex min-h-7 items-center gap-2 rounded px-1.5 hover:bg-sunken">
                <input
                  type="radio"
                  name={id}
                  checked={choice === NEW}
                  onChange={() => setPicked(NEW)}
                  className="accent-accent"
                />
                {t`New dataset`}
              </label>
            </div>
            {choice === NEW ? (
              <input
                aria-label={t`Name of the new dataset`}
                autoFocus={picked === NEW}
                value={name}
                onChange={(event) => setName(event.target.value)}
                placeholder={t`Name`}
                className="field mt-1.5 h-7 w-full px-2"
              />
            ) : (
              <Already ids={ids} there={there} />
            )}
          </fieldset>
          <MappingFields
            mapping={mapping}
            onMapping={setMapping}
            single={sources.length === 1}
            roots={sources.every(({ isRoot }) => isRoot)}
          />
        </div>
        <div className="min-w-0">
          <p className="mb-1 text-s font-medium">
            {sources.length > 1 ? t`The first row will be` : t`The row will be`}
          </p>
          {events.data?.[0] ? (
            <RowPreview event={events.data[0]} />
          ) : events.isPending ? (
            <Skeleton className="h-40 w-full" />
          ) : (
            <p className="text-s text-ink-2">{t`These spans are not readable any more.`}</p>
          )}
        </div>
      </div>
    </Dialog>
  )
}

function addLabel(pending: boolean, again: boolean, rows: number): string {
  if (pending) return t`Adding…`
  if (again) return rows === 1 ? t`Add it again` : t`Add them again`
  return t`Add ${plural(rows, { one: '# row', other: '# rows' })}`
}

/** The spans to be added, and how many of them the dataset has rows of: adding those makes second ones. */
function useAlready(datasetId: string, events: DatasetEvent[] | undefined): { ids: string[]; there: number } {
  const ids = events?.flatMap((event) => event.origin?.id ?? []) ?? []
  const { data = 0 } = useQuery({
    queryKey: ['rows', datasetId, 'already', ids],
    queryFn: async ({ signal }) =>
      (await runQuery<{ n: number }>({ query: alreadyQuery(datasetId, ids) }, signal)).data[0]?.n ?? 0,
    enabled: datasetId !== NEW && ids.length > 0,
  })
  return { ids, there: data }
}

function Already({ ids, there }: { ids: string[]; there: number }) {
  if (!there) return null
  return (
    <p role="status" className="mt-1.5 text-s text-warn">
      {ids.length === 1
        ? t`It is in this dataset already.`
        : plural(there, {
            one: '# of these is in this dataset already.',
            other: '# of these are in this dataset already.',
          })}
    </p>
  )
}

function useEvents(sources: readonly SpanSource[], mapping: Mapping) {
  return useQuery({
    queryKey: ['to-add', sources, mapping.span],
    queryFn: async ({ signal }) => {
      const groups = await Promise.all(
        sourceQueries(sources, mapping.span).map(async ({ objectType, objectId, query }) => ({
          objectType,
          objectId,
          rows: (await runQuery<Row>({ query }, signal)).data,
        })),
      )
      return groups.flatMap(({ objectType, objectId, rows }) =>
        rows.map((row) => ({ objectType, objectId, row })),
      )
    },
    select: (spans) =>
      spans.map(({ objectType, objectId, row }) => rowFromSpan(row, objectType, objectId, mapping)),
    staleTime: 60_000,
  })
}
