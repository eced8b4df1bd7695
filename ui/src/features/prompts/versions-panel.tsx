import { t } from '@lingui/core/macro'
import { Ellipsis, X } from 'lucide-react'
import type { usePins } from '@/api/environments'
import { PinBadges, PinItems } from '@/components/environments'
import { Spacer } from '@/components/page'
import { Time } from '@/components/time'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem, MenuRule } from '@/components/ui/menu'
import { cx } from '@/lib/cx'
import type { StoredSearch } from '@/lib/search-params'
import { usePhone } from '@/lib/use-media'
import { xactTime } from '@/lib/xact'
import { useMay } from '../projects/project-context'
import { PanelFrame } from '../traces/panel-frame'
import type { Stored } from './list'
import { changedParts } from './stored'

type Props = {
  versions: readonly Stored[]
  shown: string
  pins: ReturnType<typeof usePins>
  update: (changes: StoredSearch) => void
  onRevert: (version: Stored) => void
}

/** Every version, newest first, with what it changed: read it, compare it, write it again, let environments use it. */
export function StoredVersions({ versions, shown, pins, update: change, onRevert }: Props) {
  const phone = usePhone()
  const writes = useMay('function', 'update')
  // On a phone the panel lies over what was chosen in it.
  const update: Props['update'] = (changes) => change(phone ? { side: undefined, ...changes } : changes)
  return (
    <PanelFrame full={false} label={t`Versions`}>
      <header className="flex h-11 shrink-0 items-center gap-2 border-b border-line px-3.5">
        <h2 className="font-semibold">{t`Versions`}</h2>
        <Spacer />
        <Button
          variant="ghost"
          icon={<X size={16} />}
          aria-label={t`Close`}
          onClick={() => update({ side: undefined })}
          className="-mr-1.5"
        />
      </header>
      <ol aria-label={t`Versions`} className="min-h-0 flex-1 overflow-y-auto">
        {versions.map((version, i) => {
          const xact = version._xact_id
          const before = versions[i + 1]
          const changed = before ? changedParts(before, version).map(({ title }) => title) : null
          return (
            <li
              key={xact}
              className={cx('border-b border-line px-3.5 py-2', xact === shown && 'bg-accent-soft')}
            >
              <div className="flex items-center gap-2">
                <Button
                  variant="ghost"
                  className="-ml-2.5"
                  onClick={() => update({ v: i === 0 ? undefined : xact, vs: undefined })}
                >
                  <Time iso={xactTime(xact)} />
                </Button>
                <span className="flex flex-wrap gap-1">
                  <PinBadges pins={pins} version={xact} />
                </span>
                <Spacer />
                <Menu
                  align="end"
                  width="min-w-60"
                  trigger={
                    <Button
                      variant="ghost"
                      icon={<Ellipsis size={14} aria-hidden />}
                      aria-label={t`Version ${xact}: what to do with it`}
                      className="-mr-1.5"
                    />
                  }
                >
                  {xact === shown ? null : (
                    <MenuItem
                      onSelect={() => update({ vs: xact })}
                    >{t`Compare with the one on show`}</MenuItem>
                  )}
                  {i === 0 || !writes ? null : (
                    <MenuItem onSelect={() => onRevert(version)}>{t`Revert to this version`}</MenuItem>
                  )}
                  {writes ? (
                    <>
                      <MenuRule />
                      <PinItems pins={pins} version={xact} />
                    </>
                  ) : null}
                </Menu>
              </div>
              <p className="flex min-w-0 gap-2 text-s text-ink-3">
                <code className="font-mono text-[11.5px]">{xact}</code>
                <span className="truncate">
                  {changed === null
                    ? t`first version`
                    : changed.length
                      ? changed.join(', ')
                      : t`nothing changed`}
                </span>
              </p>
            </li>
          )
        })}
      </ol>
    </PanelFrame>
  )
}
