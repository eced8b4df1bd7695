import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Ellipsis, History, Plus, Star } from 'lucide-react'
import { useMemo, useState } from 'react'
import { downloadQuery, FORMATS } from '@/api/download'
import type { Dataset, Row } from '@/api/types'
import type { AddressViews } from '@/components/address-views'
import { CodeMenu } from '@/components/code-menu'
import { CopyButton } from '@/components/copy'
import { PageHead, Spacer, SubHead } from '@/components/page'
import { ColumnsMenu } from '@/components/table/columns-menu'
import { Badge } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem, MenuLabel, MenuRule } from '@/components/ui/menu'
import { ViewsMenu } from '@/components/views'
import { count, exactTime } from '@/lib/format'
import type { DatasetSearch } from '@/lib/search-params'
import { literal } from '@/lib/sql'
import { useZone } from '@/lib/theme'
import { xactTime } from '@/lib/xact'
import { FilterChips } from '../logs/chips'
import { metadataFields } from '../logs/discover'
import { arranged } from '../logs/own-columns'
import { SearchBox } from '../logs/search-box'
import { projectPath, useMay, useProject } from '../projects/project-context'
import { AccessButton } from '../settings/access-button'
import { headQuery, rowsSql, SPLIT, splitsQuery } from './api'
import { hiddenColumns, rowColumns } from './row-columns'
import { RestoreDialog } from './restore-dialog'
import { STARRED } from './star'
import { snapshotsQuery } from './versions'

/** Dialogs of the page. */
export type Asked = 'row' | 'import' | 'schemas' | 'rename' | 'delete'

type Update = (changes: Partial<DatasetSearch>, replace?: boolean) => void
type Props = {
  dataset: Dataset
  search: DatasetSearch
  update: Update
  rows: readonly Row[]
  views: AddressViews
  onAsk: (what: Asked) => void
}

export function DatasetHead({ dataset, search, update, rows, views, onAsk }: Props) {
  const { org, project } = useProject()
  const { data: head } = useQuery(headQuery(dataset.id, search.v))
  const writes = useMay('dataset', 'update')
  const [draft, setDraft] = useState('')
  const filters = search.f ?? []
  const columns = useMemo(() => arranged(rowColumns(null), search.order), [search.order])
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
          { label: t`Datasets`, to: projectPath(org, project.name, 'datasets') },
          { label: dataset.name },
        ]}
      >
        <SearchBox
          placeholder={t`Search text, or filter: metadata.tier = 'pro'`}
          fields={fields}
          draft={draft}
          onDraft={setDraft}
          onFilter={(sql) => update({ f: [...filters, sql] })}
          onSearch={(q) => update({ q })}
          onPop={() =>
            filters.length ? update({ f: without(filters.length - 1) }) : update({ q: undefined })
          }
        />
        <AccessButton about={{ type: 'dataset', id: dataset.id, name: dataset.name }} />
        <CodeMenu title={t`The rows on show`} query={rowsSql(dataset.id, search, 'LIMIT 1000')} />
        <DatasetMenu dataset={dataset} search={search} onAsk={onAsk} />
        {search.v || !writes ? null : (
          <Button variant="primary" icon={<Plus size={14} aria-hidden />} onClick={() => onAsk('row')}>
            {t`Row`}
          </Button>
        )}
      </PageHead>
      <SubHead>
        <Tabs search={search} update={update} />
        {search.tab || search.vs ? null : (
          <ViewsMenu
            state={views.state}
            choose={views.choose}
            builtIn={t`All rows`}
            noun={t`view`}
            options={{ address: views.address }}
            changed={views.changed}
            canPrefer
          />
        )}
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
        <Starred search={search} update={update} />
        <Splits dataset={dataset} search={search} update={update} />
        {dataset.description ? (
          <span className="min-w-0 truncate text-s text-ink-2 max-sm:hidden">{dataset.description}</span>
        ) : null}
        <Spacer />
        {search.tab || search.vs ? null : (
          <ColumnsMenu
            columns={columns}
            hidden={hiddenColumns(search)}
            onHide={(hide) => update({ hide }, true)}
          />
        )}
        {head ? (
          <span className="text-s text-ink-3">{plural(head.rows, { one: '# row', other: '# rows' })}</span>
        ) : null}
        {head?.version && !search.v ? (
          <span
            className="flex items-center text-s text-ink-3 max-sm:hidden"
            title={t`The newest transaction. Pin it with init_dataset(version=…) to read exactly these rows again.`}
          >
            <Trans>
              version <code className="ml-1 font-mono text-[11.5px]">{head.version}</code>
            </Trans>
            <CopyButton text={head.version} label={t`Copy version`} />
          </span>
        ) : null}
        <Button
          active={search.side === 'versions'}
          icon={<History size={14} aria-hidden />}
          onClick={() => update({ side: search.side ? undefined : 'versions' })}
        >
          {t`Versions`}
        </Button>
      </SubHead>
    </>
  )
}

const TABS = [
  { tab: undefined, label: t`Rows` },
  { tab: 'performance', label: t`Performance` },
  { tab: 'checks', label: t`Checks` },
] as const

function Tabs({ search, update }: { search: DatasetSearch; update: Update }) {
  return (
    <span role="group" aria-label={t`Show`} className="flex gap-0.5">
      {TABS.map(({ tab, label }) => (
        <Button
          key={label}
          variant={search.tab === tab ? 'active' : 'ghost'}
          aria-pressed={search.tab === tab}
          onClick={() => update({ tab, vs: undefined, ...(tab ? { r: undefined } : {}) })}
        >
          {label}
        </Button>
      ))}
    </span>
  )
}

/** Leaves the starred rows, and takes that back. */
function Starred({ search: { f = [], tab }, update }: { search: DatasetSearch; update: Update }) {
  const on = f.includes(STARRED)
  const next = on ? f.filter((one) => one !== STARRED) : [...f, STARRED]
  if (tab) return null
  return (
    <Button
      active={on}
      icon={<Star size={12} aria-hidden className={on ? 'fill-current' : ''} />}
      className="!h-6"
      onClick={() => update({ f: next.length ? next : undefined })}
    >
      {t`Starred`}
    </Button>
  )
}

/** Splits that occur, each a filter on and off. */
function Splits({ dataset, search, update }: { dataset: Dataset; search: DatasetSearch; update: Update }) {
  const { data: splits = [] } = useQuery(splitsQuery(dataset.id, search.v))
  if (splits.length === 0 || search.tab) return null
  const filters = search.f ?? []
  return (
    <span role="group" aria-label={t`Splits`} className="flex flex-wrap gap-1">
      {splits.map(({ split, n }) => {
        const filter = `${SPLIT} = ${literal(split)}`
        const on = filters.includes(filter)
        const others = filters.filter((one) => !one.startsWith(`${SPLIT} = `))
        const next = on ? others : [...others, filter]
        return (
          <Button
            key={split}
            active={on}
            className="!h-6"
            onClick={() => update({ f: next.length ? next : undefined })}
          >
            {split} <span className="text-ink-3 tabular-nums">{count(n)}</span>
          </Button>
        )
      })}
    </span>
  )
}

type MenuProps = Pick<Props, 'dataset' | 'search' | 'onAsk'>

function DatasetMenu({ dataset, search, onAsk }: MenuProps) {
  const { q, f, o, v } = search
  const writes = useMay('dataset', 'update')
  const deletes = useMay('dataset', 'delete')
  const filtered = Boolean(q || f?.length)
  return (
    <Menu
      align="end"
      trigger={
        <Button
          icon={<Ellipsis size={14} aria-hidden />}
          aria-label={t`Import and export`}
          title={t`Import, export, rename, delete`}
          className="max-sm:ml-auto"
        />
      }
    >
      {v || !writes ? null : (
        <>
          <MenuItem onSelect={() => onAsk('import')}>{t`Import or paste rows …`}</MenuItem>
          <MenuItem onSelect={() => onAsk('schemas')}>{t`What rows look like …`}</MenuItem>
          <MenuRule />
        </>
      )}
      <MenuLabel>{filtered ? t`The rows found` : v ? t`This version` : t`All rows`}</MenuLabel>
      {FORMATS.map(({ fmt, label }) => (
        <MenuItem
          key={fmt}
          onSelect={() =>
            void downloadQuery({ query: rowsSql(dataset.id, { q, f, o }), version: v }, fmt, dataset.name)
          }
        >
          <Trans>Export {label}</Trans>
        </MenuItem>
      ))}
      {v || !(writes || deletes) ? null : <MenuRule />}
      {v || !writes ? null : (
        <MenuItem onSelect={() => onAsk('rename')}>{t`Name and description …`}</MenuItem>
      )}
      {v || !deletes ? null : <MenuItem onSelect={() => onAsk('delete')}>{t`Delete the dataset …`}</MenuItem>}
    </Menu>
  )
}

/** Says that an old version is read, and the ways out of it. */
export function PinnedBanner({
  dataset,
  version,
  update,
}: {
  dataset: Dataset
  version: string
  update: Update
}) {
  const { data: snapshots = [] } = useQuery(snapshotsQuery(dataset.id))
  const [restoring, setRestoring] = useState(false)
  const writes = useMay('dataset', 'update')
  const [zone] = useZone()
  return (
    <div
      role="status"
      className="flex shrink-0 flex-wrap items-center gap-2 border-b border-warn/30 bg-warn-soft px-3.5 py-1.5 text-s"
    >
      <span>
        <Trans>
          These are the rows of{' '}
          <b className="font-medium tabular-nums">{exactTime(xactTime(version), zone).slice(0, 19)}</b>,{' '}
          <code className="font-mono text-[11.5px]">{version}</code>. Nothing can be edited here.
        </Trans>
      </span>
      {snapshots
        .filter((snapshot) => snapshot.xact_id === version)
        .map((snapshot) => (
          <Badge key={snapshot.id} tone="unsure">
            {snapshot.name}
          </Badge>
        ))}
      <Spacer />
      <Button
        onClick={() => update({ vs: version, v: undefined, r: undefined })}
      >{t`Compare with now`}</Button>
      {writes ? <Button onClick={() => setRestoring(true)}>{t`Restore …`}</Button> : null}
      <Button variant="primary" onClick={() => update({ v: undefined, r: undefined })}>
        {t`Back to now`}
      </Button>
      {restoring ? (
        <RestoreDialog
          dataset={dataset}
          version={version}
          onClose={() => setRestoring(false)}
          onDone={() => update({ v: undefined, r: undefined })}
        />
      ) : null}
    </div>
  )
}
