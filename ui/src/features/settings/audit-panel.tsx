import { t } from '@lingui/core/macro'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Download, X } from 'lucide-react'
import { useMemo } from 'react'
import { request } from '@/api/client'
import { RangeMenu } from '@/components/range-menu'
import { ErrorState } from '@/components/states'
import type { Column } from '@/components/table/columns'
import { DataTable } from '@/components/table/data-table'
import { Time } from '@/components/time'
import { SkeletonRows } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem } from '@/components/ui/menu'
import type { SettingsSearch } from '@/lib/search-params'
import { term } from '@/lib/terms'
import { useStable } from '@/lib/use-stable'
import { PanelHead } from './panel-head'
import { AUDIT_ACTIONS, AUDIT_TYPES, auditQuery, exportUrl, whoDidIt, type Entry } from './audit-api'
import { AuditDetail } from './audit-detail'

type Update = (changes: Partial<SettingsSearch>) => void

/** Who changed what, newest first; filters and the open entry are in the address. */
export function AuditPanel() {
  const search = useSearch({ from: '/app/$org/settings' })
  const navigate = useNavigate({ from: '/app/$org/settings' })
  const update: Update = (changes) =>
    void navigate({ search: (now: SettingsSearch) => ({ ...now, ...changes }), replace: true } as never)
  const log = useInfiniteQuery(auditQuery(search))
  const entries = useMemo(() => log.data?.pages.flat() ?? [], [log.data])
  const open = useStable((entry: Entry) => update({ e: entry.id }))
  const onEnd = useStable(() => {
    if (log.hasNextPage && !log.isFetchingNextPage) void log.fetchNextPage()
  })
  const shown = entries.find((entry) => entry.id === search.e)
  return (
    <div className="flex min-h-0 min-w-0 flex-1">
      <section aria-label={t`Audit log`} className="flex min-h-0 min-w-0 flex-1 flex-col">
        <PanelHead
          title={t`Audit log`}
          about={t`Every change of an object, sign-in and export, kept with the change.`}
          read={{ path: '/v1/audit_log', name: 'entries', part: '["objects"]' }}
          className="px-5 pt-5 max-sm:px-3 max-sm:pt-3"
        />
        <AuditFilters search={search} update={update} />
        {log.error ? <ErrorState error={log.error} retry={() => void log.refetch()} /> : null}
        {log.isPending ? <SkeletonRows label={t`Loading the audit log`} /> : null}
        {log.data && entries.length === 0 ? (
          <p className="border-t border-line px-5 py-4 text-ink-3 max-sm:px-3">
            {t`Nothing happened that fits. Choose a longer time, or take a filter away.`}
          </p>
        ) : null}
        {entries.length ? (
          <DataTable
            label={t`Audit log`}
            rows={entries}
            columns={COLUMNS}
            rowKey={keyOf}
            storageKey="audit"
            openKey={search.e ?? null}
            onOpen={open}
            onClose={() => update({ e: undefined })}
            onEnd={onEnd}
            renderCompact={(entry) => <Compact entry={entry} />}
          />
        ) : null}
      </section>
      {shown ? (
        <AuditDetail
          entry={shown}
          onClose={() => update({ e: undefined })}
          onObject={(obj) => update({ obj, t: 'all', e: undefined })}
          onPerson={(who) => update({ who, t: 'all', e: undefined })}
        />
      ) : null}
    </div>
  )
}

const keyOf = (entry: Entry): string => entry.id
const FROM_KEY = { api_key: 'key', service_token: 'token', session: '', system: '' } as const

const COLUMNS: readonly Column<Entry>[] = [
  {
    id: 'when',
    label: t`When`,
    header: t`When`,
    size: 100,
    cell: (entry) => <Time iso={entry.created} />,
    fixed: true,
  },
  {
    id: 'who',
    label: t`Who`,
    header: t`Who`,
    size: 190,
    cell: (entry) => (
      <span title={entry.key_name ? t`with the ${FROM_KEY[entry.actor_type]} ${entry.key_name}` : undefined}>
        {whoDidIt(entry)}
        {entry.key_name ? <span className="text-ink-3"> · {entry.key_name}</span> : null}
      </span>
    ),
  },
  { id: 'action', label: t`Action`, header: t`Action`, size: 86, cell: (entry) => term(entry.action) },
  {
    id: 'what',
    label: t`What`,
    header: t`What`,
    size: 220,
    grow: 2,
    cell: (entry) => <What entry={entry} />,
  },
  {
    id: 'fields',
    label: t`Fields`,
    header: t`Fields`,
    size: 160,
    grow: 1,
    cell: (entry) => <span className="text-ink-3">{Object.keys(entry.changes).map(term).join(', ')}</span>,
  },
  {
    id: 'from',
    label: t`From`,
    header: t`From`,
    size: 110,
    cell: (entry) => <span className="text-ink-3">{entry.ip ?? '–'}</span>,
  },
]

function What({ entry }: { entry: Entry }) {
  return (
    <>
      <span className="text-ink-3">{term(entry.object_type)}</span> {entry.object_name ?? ''}
    </>
  )
}

function Compact({ entry }: { entry: Entry }) {
  return (
    <div className="min-w-0 text-s">
      <p className="flex gap-2">
        <span className="min-w-0 flex-1 truncate font-medium">{whoDidIt(entry)}</span>
        <span className="text-ink-3">
          <Time iso={entry.created} />
        </span>
      </p>
      <p className="truncate">
        {term(entry.action)} <What entry={entry} />
      </p>
      <p className="truncate text-ink-3">{Object.keys(entry.changes).map(term).join(', ') || '–'}</p>
    </div>
  )
}

type Person = { id: string; email: string; given_name: string | null; service_account: boolean }

function AuditFilters({ search, update }: { search: SettingsSearch; update: Update }) {
  const { data: people } = useQuery({
    queryKey: ['settings', '/v1/user', 'choices'],
    queryFn: async ({ signal }) => (await request<{ objects: Person[] }>('/v1/user', { signal })).objects,
  })
  const known = people?.some((person) => person.id === search.who)
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-5 pb-3 max-sm:px-3">
      <RangeMenu value={search.t} onChange={(range) => update({ t: range })} />
      <Pick
        label={t`Action`}
        value={search.do?.[0]}
        options={AUDIT_ACTIONS.map((one) => ({ value: one, label: term(one) }))}
        onChange={(one) => update({ do: one ? [one] : undefined })}
      />
      <Pick
        label={t`Type`}
        value={search.of?.[0]}
        options={AUDIT_TYPES.map((one) => ({ value: one, label: term(one) }))}
        onChange={(one) => update({ of: one ? [one] : undefined })}
      />
      <Pick
        label={t`Who`}
        value={search.who}
        options={[
          ...(people ?? []).map((one) => ({
            value: one.id,
            label: one.service_account ? (one.given_name ?? one.email) : one.email,
          })),
          ...(search.who && people && !known ? [{ value: search.who, label: t`somebody else` }] : []),
        ]}
        onChange={(who) => update({ who })}
      />
      {search.obj ? (
        <Button icon={<X size={13} aria-hidden />} onClick={() => update({ obj: undefined })}>
          {t`One object`}
        </Button>
      ) : null}
      <span className="flex-1" />
      <Menu align="end" trigger={<Button icon={<Download size={14} aria-hidden />}>{t`Export`}</Button>}>
        {(['csv', 'jsonl'] as const).map((format) => (
          <MenuItem key={format} onSelect={() => window.location.assign(exportUrl(search, format))}>
            {format.toUpperCase()}
          </MenuItem>
        ))}
      </Menu>
    </div>
  )
}

type PickProps = {
  label: string
  value: string | undefined
  options: readonly { value: string; label: string }[]
  onChange: (value: string | undefined) => void
}

function Pick({ label, value, options, onChange }: PickProps) {
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => onChange(event.target.value || undefined)}
      className="field h-7 max-w-44 px-1.5 max-sm:h-8"
    >
      <option value="">{t`${label}: any`}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}
