import { t } from '@lingui/core/macro'
import { Columns3 } from 'lucide-react'
import { Button } from '../ui/button'
import { Menu, MenuCheck, MenuLabel } from '../ui/menu'

type Props = {
  columns: readonly { id: string; label: string; fixed?: boolean }[]
  hidden: ReadonlySet<string>
  /** Takes the ids of the hidden columns with commas between them; nothing when none is hidden. */
  onHide: (hide: string | undefined) => void
}

/** Shows and hides columns. */
export function ColumnsMenu({ columns, hidden, onHide }: Props) {
  const show = (id: string, on: boolean): void => {
    const next = new Set(hidden)
    if (on) next.delete(id)
    else next.add(id)
    onHide([...next].filter(Boolean).join(',') || undefined)
  }
  return (
    <Menu
      align="end"
      trigger={
        <Button
          icon={<Columns3 size={14} aria-hidden />}
          aria-label={t`Columns`}
          title={t`Columns`}
          className="max-sm:hidden"
        />
      }
    >
      <MenuLabel>{t`Columns`}</MenuLabel>
      {columns
        .filter((column) => !column.fixed)
        .map(({ id, label }) => (
          <MenuCheck key={id} checked={!hidden.has(id)} onChange={(on) => show(id, on)}>
            {label}
          </MenuCheck>
        ))}
    </Menu>
  )
}
