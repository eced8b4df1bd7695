import * as format from '@/lib/format'
import { cx } from '@/lib/cx'

/** A score with a small bar. Scores outside 0…1 show the number only. */
export function ScoreCell({ value }: { value: number | null | undefined }) {
  if (value === null || value === undefined) return <span className="text-ink-3">–</span>
  const inRange = value >= 0 && value <= 1
  return (
    <span className="inline-flex items-center gap-1.5">
      <span>{format.score(value)}</span>
      <span
        aria-hidden
        className={cx('h-1 w-9 overflow-hidden rounded-full', inRange ? 'bg-sunken' : 'bg-transparent')}
      >
        {inRange ? (
          <span className="block h-full rounded-full bg-ink-3" style={{ width: `${value * 100}%` }} />
        ) : null}
      </span>
    </span>
  )
}
