import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Empty, ErrorState } from '@/components/states'
import { ScoreCell } from '@/components/score'
import type { Column } from '@/components/table/columns'
import { DataTable } from '@/components/table/data-table'
import { Time } from '@/components/time'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { notify } from '@/components/ui/toast'
import * as format from '@/lib/format'
import { oneLine, type Json } from '@/lib/json'
import { GROUP_ORDERS, type LogsSearch } from '@/lib/search-params'
import { useStable } from '@/lib/use-stable'
import { useProject } from '../projects/project-context'
import { newestQuery } from './api'
import { LogsEmpty } from './empty'
import { GROUP_NOUNS, groupFieldQuery, groupFilter, groupsQuery, isGrouped, type GroupRow } from './groups'
import { arranged, moved } from './own-columns'
import { TableFooter } from './table-footer'
import { useGroupsRead } from './use-groups'

type Props = { search: LogsSearch; update: (changes: Partial<LogsSearch>, replace?: boolean) => void }

const NO_ROWS: GroupRow[] = []

/** Sessions, users or other groups of traces with their totals; opening one lists its traces. */
export function GroupTable({ search, update }: Props) {
  const { project } = useProject()
  const { view, sort, f } = search
  const discovered = useQuery(groupFieldQuery(project.id, search.by ? undefined : view, search.t))
  const newest = useQuery(newestQuery(project.id))
  const read = useGroupsRead(search)
  const by = read?.by
  const scores = read?.scores
  const groups = useInfiniteQuery(groupsQuery(project.id, read))
  const rows = useMemo(() => groups.data?.pages.flatMap((page) => page.data) ?? NO_ROWS, [groups.data])
  const [one, many] = isGrouped(view) ? GROUP_NOUNS[view] : GROUP_NOUNS.groups
  const all = useMemo(() => groupColumns(by ?? one, scores ?? []), [by, one, scores])
  const columns = useMemo(() => arranged(all, search.order, search.pin), [all, search.order, search.pin])
  const hidden = useMemo(() => new Set(search.hide?.split(',')), [search.hide])
  const open = useStable((row: GroupRow) => {
    const filter = by && groupFilter(by, row.value)
    if (!filter) return notify(t`A value with parts of its own cannot be opened`)
    const others = (f ?? []).filter((sql) => sql !== filter)
    return update({
      view: undefined,
      by: undefined,
      sort: undefined,
      order: undefined,
      f: [...others, filter],
    })
  })
  const onEnd = useStable(() => {
    if (groups.hasNextPage && !groups.isFetchingNextPage && !groups.isPlaceholderData)
      void groups.fetchNextPage()
  })
  const error = discovered.error ?? newest.error ?? groups.error
  if (error)
    return (
      <ErrorState
        error={error}
        retry={() => void groups.refetch()}
        actions={<Button onClick={() => update({ view: undefined, by: undefined })}>{t`Show traces`}</Button>}
      />
    )
  if (view !== 'groups' && discovered.data === null && !search.by)
    return <NoField one={one} many={many} view={view} />
  if (view === 'groups' && !search.by)
    return <Empty title={t`No field to group by`}>{t`Choose one under “Groups” above.`}</Empty>
  if (groups.isPending) return <SkeletonRows rows={18} label={t`Loading ${many}`} />
  if (rows.length === 0) return <LogsEmpty search={search} update={update} />
  return (
    <DataTable
      label={format.capital(many)}
      rows={rows}
      columns={columns}
      hidden={hidden}
      rowKey={rowKey}
      storageKey="log-groups"
      renderCompact={(row) => <CompactGroup row={row} scores={scores ?? []} />}
      onOpen={open}
      onEnd={onEnd}
      onMove={(id, before) => update({ order: moved(movable(columns), id, before) }, true)}
      footer={<TableFooter loading={groups.isFetchingNextPage} done={!groups.hasNextPage} />}
      lead={
        <p className="flex flex-wrap items-center gap-x-2 px-3.5 py-1.5 text-s text-ink-3">
          <span>
            <Trans>
              One row {article(one)} by <code className="font-mono text-ink-2">{by}</code>
            </Trans>
          </span>
          <label className="flex items-center gap-1">
            {t`first`}
            <select
              aria-label={t`Order of the groups`}
              value={sort ?? ''}
              onChange={(event) =>
                update({ sort: GROUP_ORDERS.find((order) => order === event.target.value) })
              }
              className="field h-6 px-1 text-ink-2"
            >
              <option value="">{t`the newest`}</option>
              {GROUP_ORDERS.map((order) => (
                <option key={order} value={order}>
                  {MOST[order]}
                </option>
              ))}
            </select>
          </label>
        </p>
      }
    />
  )
}

const rowKey = (row: GroupRow): string => JSON.stringify(row.value)
const movable = (columns: readonly Column<GroupRow>[]): string[] =>
  columns.filter((column) => !column.fixed).map((column) => column.id)
const MOST: Record<(typeof GROUP_ORDERS)[number], string> = {
  traces: t`most traces`,
  errors: t`most errors`,
  duration: t`most duration`,
  tokens: t`most tokens`,
  cost: t`most cost`,
}
const article = (noun: string): string => t`for each ${noun},`
const text = (value: unknown): string => oneLine(value as Json) || '–'

function number(
  id: string,
  label: string,
  size: number,
  cell: (row: GroupRow) => React.ReactNode,
): Column<GroupRow> {
  return { id, header: label, label, size, align: 'right', cell }
}

export function groupColumns(field: string, scores: readonly string[]): Column<GroupRow>[] {
  return [
    {
      id: 'value',
      header: field,
      label: field,
      size: 220,
      grow: 2,
      fixed: true,
      cell: (row) => <span className="font-medium">{text(row.value)}</span>,
    },
    number('traces', t`Traces`, 76, (row) => format.count(row.traces)),
    number('errors', t`Errors`, 76, (row) =>
      row.errors ? (
        <span className="text-worse">{format.count(row.errors)}</span>
      ) : (
        <span className="text-ink-3">0</span>
      ),
    ),
    number('duration', t`Duration`, 92, (row) => format.duration(row.duration)),
    number('tokens', t`Tokens`, 76, (row) => format.compact(row.tokens)),
    number('cost', t`Cost`, 84, (row) => format.money(row.cost)),
    ...scores.map((name, i) =>
      number(`scores.${name}`, name, 118, (row) => <ScoreCell value={row[`s${i}`]} />),
    ),
    number('first', t`First`, 92, (row) => <Time iso={row.first} />),
    number('last', t`Last`, 92, (row) => <Time iso={row.last} />),
  ]
}

function CompactGroup({ row, scores }: { row: GroupRow; scores: readonly string[] }) {
  return (
    <div className="min-w-0 flex-1">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-medium">{text(row.value)}</span>
        <span className="shrink-0 text-s text-ink-3">
          <Time iso={row.last} />
        </span>
      </div>
      <div className="mt-0.5 flex flex-wrap items-center gap-x-3 text-xs text-ink-3">
        <span>{plural(row.traces, { one: '# trace', other: '# traces' })}</span>
        {row.errors ? (
          <span className="text-worse">{plural(row.errors, { one: '# error', other: '# errors' })}</span>
        ) : null}
        {scores.map((name, i) =>
          row[`s${i}`] == null ? null : (
            <span key={name}>
              {name} <b className="font-medium text-ink-2">{format.score(row[`s${i}`])}</b>
            </span>
          ),
        )}
        <span>{format.duration(row.duration)}</span>
        <span>{t`${format.compact(row.tokens)} tok`}</span>
        <span>{format.money(row.cost)}</span>
      </div>
    </div>
  )
}

function NoField({ one, many, view }: { one: string; many: string; view: LogsSearch['view'] }) {
  const field = view === 'users' ? 'user_id' : 'session_id'
  return (
    <Empty title={t`No ${many} here`} code={`assay.current_span().log(metadata={"${field}": …})`}>
      <Trans>
        No trace in this time says which {one} it belongs to. Log <code>metadata.{field}</code> with your
        traces, or group by another field.
      </Trans>
    </Empty>
  )
}
