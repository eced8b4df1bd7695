import { t } from '@lingui/core/macro'
import { Button } from '@/components/ui/button'
import { cx } from '@/lib/cx'
import type { LiveState } from './use-live'

const TEXT: Record<LiveState, string> = {
  off: t`Show new traces as they arrive`,
  connecting: t`Connecting`,
  on: t`New traces appear as they arrive`,
  lost: t`The connection was lost; trying again`,
}

/** Live tail on and off, and how the connection is doing. */
export function LiveButton({ state, on, onToggle }: { state: LiveState; on: boolean; onToggle: () => void }) {
  return (
    <Button onClick={onToggle} active={on} title={TEXT[state]}>
      <span
        className={cx(
          'size-1.5 rounded-full',
          state === 'on' ? 'bg-better' : state === 'lost' ? 'bg-worse' : on ? 'bg-warn' : 'bg-line-strong',
        )}
      />
      {t`Live`}
    </Button>
  )
}
