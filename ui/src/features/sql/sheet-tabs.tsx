import { plural, t } from '@lingui/core/macro'
import { Clock, Plus, X } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem, MenuLabel, MenuRule } from '@/components/ui/menu'
import { cx } from '@/lib/cx'
import { ago } from '@/lib/format'
import { added, closed, titlesOf, type Past, type Sheets } from './sheets'

type Props = { sheets: Sheets; onSheets: (sheets: Sheets) => void }

/** One tab a query. */
export function SheetTabs({ sheets, onSheets }: Props) {
  const titles = titlesOf(sheets.open)
  return (
    <div role="group" aria-label={t`Queries`} className="flex min-w-0 items-center gap-0.5 overflow-x-auto">
      {sheets.open.map((sheet) => {
        const on = sheet.id === sheets.active
        const title = titles.get(sheet.id)!
        return (
          <span
            key={sheet.id}
            className={cx(
              'flex h-7 shrink-0 items-center rounded',
              on ? 'bg-sunken font-medium' : 'text-ink-2 hover:bg-panel',
            )}
          >
            <button
              type="button"
              data-sheet={sheet.id}
              aria-current={on ? 'page' : undefined}
              onClick={() => onSheets({ ...sheets, active: sheet.id })}
              className="max-w-44 truncate py-1 pr-1 pl-2.5"
            >
              {title}
            </button>
            <button
              type="button"
              aria-label={t`Close ${title}`}
              onClick={() => onSheets(closed(sheets, sheet.id))}
              className="mr-1 flex size-5 items-center justify-center rounded text-ink-3 hover:bg-bg hover:text-ink"
            >
              <X size={12} aria-hidden />
            </button>
          </span>
        )
      })}
      <Button
        variant="ghost"
        icon={<Plus size={14} aria-hidden />}
        aria-label={t`New query`}
        onClick={() => onSheets(added(sheets, ''))}
      />
    </div>
  )
}

type HistoryProps = { past: readonly Past[]; onPick: (query: string) => void; onForget: () => void }

/** Queries that ran in this browser, newest first. */
export function HistoryMenu({ past, onPick, onForget }: HistoryProps) {
  return (
    <Menu
      align="end"
      width="w-96"
      trigger={<Button icon={<Clock size={14} aria-hidden />} aria-label={t`History`} title={t`History`} />}
    >
      <MenuLabel>{past.length ? t`Ran in this browser` : t`Nothing ran in this browser yet`}</MenuLabel>
      {past.slice(0, 30).map((one) => (
        <MenuItem key={one.query} onSelect={() => onPick(one.query)}>
          <span className="block truncate font-mono text-[11.5px]">{one.query.replaceAll(/\s+/g, ' ')}</span>
          <span className="block text-xs text-ink-3">
            {ago(one.at)} ·{' '}
            {one.failed ? t`failed` : plural(one.rows ?? 0, { one: '# row', other: '# rows' })}
          </span>
        </MenuItem>
      ))}
      {past.length ? (
        <>
          <MenuRule />
          <MenuItem onSelect={onForget}>{t`Forget them`}</MenuItem>
        </>
      ) : null}
    </Menu>
  )
}
