import { t } from '@lingui/core/macro'
import { CalendarClock, ChevronDown } from 'lucide-react'
import { DEFAULT_RANGE, PRESETS, rangeLabel } from '@/lib/time-range'
import { Button } from './ui/button'
import { Menu, MenuChoice } from './ui/menu'

/** Which time a page is about; undefined is the default range. */
export function RangeMenu({
  value,
  onChange,
}: {
  value: string | undefined
  onChange: (t: string | undefined) => void
}) {
  const options = [
    ...PRESETS.map((preset) => ({ value: preset.value, label: preset.label })),
    { value: 'all', label: t`All time` },
  ]
  return (
    <Menu
      trigger={
        <Button
          icon={<CalendarClock size={14} aria-hidden className="text-ink-3 max-sm:hidden" />}
          title={t`Time range`}
        >
          {rangeLabel(value)} <ChevronDown size={13} aria-hidden className="text-ink-3" />
        </Button>
      }
    >
      <MenuChoice
        value={value ?? DEFAULT_RANGE}
        onChange={(range) => onChange(range === DEFAULT_RANGE ? undefined : range)}
        options={options}
      />
    </Menu>
  )
}
