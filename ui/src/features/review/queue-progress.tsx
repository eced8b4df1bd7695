import { t } from '@lingui/core/macro'
import { cx } from '@/lib/cx'
import { count } from '@/lib/format'
import type { Progress } from './queues'

const PARTS = [
  { key: 'done', label: t`agreed`, color: 'bg-better' },
  { key: 'adjudicated', label: t`decided`, color: 'bg-accent' },
  { key: 'needs_adjudication', label: t`to decide`, color: 'bg-warn' },
  { key: 'skipped', label: t`skipped`, color: 'bg-unsure' },
  { key: 'open', label: t`open`, color: 'bg-line-strong' },
] as const

/** How far a queue is, as one bar; with `legend` what its parts are. */
export function QueueProgress({ progress, legend = false }: { progress: Progress; legend?: boolean }) {
  const { total, pending, in_review } = progress
  const counts = { ...progress, open: pending }
  const complete = total - pending
  return (
    <div>
      <div className="flex items-center gap-2">
        <div
          role="progressbar"
          aria-label={t`Complete`}
          aria-valuenow={complete}
          aria-valuemin={0}
          aria-valuemax={Math.max(1, total)}
          aria-valuetext={t`${complete} of ${total}`}
          className="flex h-1.5 min-w-16 flex-1 overflow-hidden rounded-full bg-sunken"
        >
          {PARTS.filter(({ key }) => key !== 'open' && counts[key] > 0).map(({ key, color }) => (
            <span key={key} className={color} style={{ width: `${(counts[key] / total) * 100}%` }} />
          ))}
        </div>
        <span className="text-s whitespace-nowrap text-ink-2 tabular-nums">
          {t`${count(complete)} of ${count(total)}`}
        </span>
      </div>
      {legend ? (
        <ul aria-label={t`Items by state`} className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-s text-ink-2">
          {PARTS.map(({ key, label, color }) => (
            <li key={key} className="flex items-center gap-1.5 tabular-nums">
              <span aria-hidden className={cx('size-2 rounded-full', color)} />
              {count(counts[key])} {label}
              {key === 'open' && in_review ? (
                <span className="text-ink-3">
                  {'· '}
                  {t`${in_review} in review`}
                </span>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  )
}
