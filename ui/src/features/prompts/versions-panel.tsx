import { t } from '@lingui/core/macro'
import type { usePins } from '@/api/environments'
import { PinBadges, PinItems } from '@/components/environments'
import { MenuItem, MenuRule } from '@/components/ui/menu'
import type { StoredSearch } from '@/lib/search-params'
import { usePhone } from '@/lib/use-media'
import { useMay } from '../projects/project-context'
import { VersionItem, VersionsFrame } from '../traces/versions-frame'
import { useAuthors } from './api'
import type { Stored } from './list'
import { changedParts } from './stored'

type Props = {
  id: string
  versions: readonly Stored[]
  shown: string
  pins: ReturnType<typeof usePins>
  update: (changes: StoredSearch) => void
  onRevert: (version: Stored) => void
}

/** Every version, newest first, with who saved it and what it changed: read it, compare it, write it again, let environments use it. */
export function StoredVersions({ id, versions, shown, pins, update: change, onRevert }: Props) {
  const phone = usePhone()
  const author = useAuthors('function', id)
  const writes = useMay('function', 'update')
  // On a phone the panel lies over what was chosen in it.
  const update: Props['update'] = (changes) => change(phone ? { side: undefined, ...changes } : changes)
  return (
    <VersionsFrame onClose={() => update({ side: undefined })}>
      {versions.map((version, i) => {
        const xact = version._xact_id
        const before = versions[i + 1]
        const changed = before ? changedParts(before, version).map(({ title }) => title) : null
        return (
          <VersionItem
            key={xact}
            xact={xact}
            author={author(version)}
            on={xact === shown}
            onShow={() => update({ v: i === 0 ? undefined : xact, vs: undefined })}
            badges={<PinBadges pins={pins} version={xact} />}
            summary={
              changed === null
                ? t`first version`
                : changed.length
                  ? t`changed: ${changed.join(', ')}`
                  : t`nothing changed`
            }
          >
            {xact === shown ? null : (
              <MenuItem onSelect={() => update({ vs: xact })}>{t`Compare with the one on show`}</MenuItem>
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
          </VersionItem>
        )
      })}
    </VersionsFrame>
  )
}
