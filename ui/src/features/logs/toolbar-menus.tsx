import { t } from '@lingui/core/macro'
import { Braces, ChevronDown, Columns3 } from 'lucide-react'
import { Suspense, useState } from 'react'
import { Button } from '@/components/ui/button'
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuRule } from '@/components/ui/menu'
import { loadLater } from '@/lib/load-later'
import type { LogsSearch, RowType } from '@/lib/search-params'
import type { ColumnsProps } from './columns-panel'

const ColumnsPopover = loadLater(async () => (await import('./columns-panel')).ColumnsPopover)
const TakeAwayItems = loadLater(async () => (await import('./take-away-items')).TakeAwayItems)
const GroupDialog = loadLater(async () => (await import('./group-dialog')).GroupDialog)

const ROWS: { value: 'traces' | RowType; label: string; hint: string }[] = [
  { value: 'traces', label: t`Traces`, hint: t`one row each` },
  { value: 'spans', label: t`Spans`, hint: t`every step` },
  { value: 'sessions', label: t`Sessions`, hint: t`traces of one` },
  { value: 'users', label: t`Users`, hint: t`traces of one` },
]
const MOST_FIELDS = 8

type Props = { search: LogsSearch; update: (changes: Partial<LogsSearch>) => void; fields: readonly string[] }

/** What a row of the table is. */
export function RowsMenu({ search, update, fields }: Props) {
  const [asking, setAsking] = useState(false)
  const { view, by } = search
  const show = (next: 'traces' | RowType, field?: string): void =>
    update({
      view: next === 'traces' ? undefined : next,
      by: field,
      sort: undefined,
      order: undefined,
      r: undefined,
      s: undefined,
    })
  const label =
    view === 'groups' ? t`By ${by ?? '…'}` : ROWS.find((row) => row.value === (view ?? 'traces'))!.label
  return (
    <>
      <Menu
        trigger={
          <Button title={t`What a row is`}>
            <span className="max-w-40 truncate">{label}</span>
            <ChevronDown size={13} aria-hidden className="text-ink-3" />
          </Button>
        }
      >
        <MenuChoice value={view ?? 'traces'} onChange={(next) => show(next)} options={ROWS} />
        <MenuRule />
        <MenuLabel>{t`Group by`}</MenuLabel>
        <MenuChoice
          value={view === 'groups' ? (by ?? '') : ''}
          onChange={(field) => show('groups', field)}
          options={fields.slice(0, MOST_FIELDS).map((field) => ({ value: field, label: field }))}
        />
        <MenuItem onSelect={() => setAsking(true)}>{t`Another field or expression …`}</MenuItem>
      </Menu>
      <Suspense>
        {asking ? (
          <GroupDialog
            by={by}
            fields={fields}
            onClose={() => setAsking(false)}
            onGroup={(field) => {
              setAsking(false)
              show('groups', field)
            }}
          />
        ) : null}
      </Suspense>
    </>
  )
}

/** The button that opens the columns; what it opens comes with the first click. */
export function ColumnsMenu(props: ColumnsProps) {
  const [wanted, setWanted] = useState(false)
  const button = (
    <Button
      icon={<Columns3 size={14} aria-hidden />}
      aria-label={t`Columns`}
      title={t`Columns`}
      className="max-sm:hidden"
      onClick={() => setWanted(true)}
    />
  )
  if (!wanted) return button
  return (
    <Suspense fallback={button}>
      <ColumnsPopover {...props} />
    </Suspense>
  )
}

/** The query of the table as code, and all of its rows as a file. */
export function TakeAwayMenu({ search }: { search: LogsSearch }) {
  return (
    <Menu
      align="end"
      trigger={
        <Button
          icon={<Braces size={14} aria-hidden />}
          aria-label={t`Copy as code or export`}
          title={t`Copy as code, or export every row`}
          className="max-sm:hidden"
        />
      }
    >
      <Suspense>
        <TakeAwayItems search={search} />
      </Suspense>
    </Menu>
  )
}
