import { t } from '@lingui/core/macro'
import { Badge } from './ui/bits'
import { MenuCheck, MenuLabel } from './ui/menu'
import type { usePins } from '@/api/environments'

type Pins = ReturnType<typeof usePins>

/** Which environments use a version. */
export function PinBadges({ pins, version }: { pins: Pins; version: string }) {
  return pins.pinnedAt(version).map((pin) => (
    <Badge key={pin.id} tone="better" title={t`${pin.environment_slug} uses this version`}>
      {pin.environment_slug}
    </Badge>
  ))
}

/** Menu items that let environments use a version, or the newest again. */
export function PinItems({ pins, version }: { pins: Pins; version: string }) {
  return (
    <>
      <MenuLabel>
        {pins.environments.length ? t`Used by` : t`No environments yet: settings of the organization`}
      </MenuLabel>
      {pins.environments.map(({ id, slug, name }) => (
        <MenuCheck
          key={id}
          checked={pins.pinnedAt(version).some((pin) => pin.environment_slug === slug)}
          onChange={(on) => (on ? pins.pin(slug, version) : pins.unpin(slug))}
        >
          {name}
        </MenuCheck>
      ))}
    </>
  )
}
