import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { DiffText } from '@/components/diff-text'
import { SubHead, Spacer } from '@/components/page'
import { Button } from '@/components/ui/button'
import { exactTime } from '@/lib/format'
import { useZone } from '@/lib/theme'
import { ordered, xactTime } from '@/lib/xact'
import { useAuthors } from './api'
import type { Stored } from './list'
import { changedParts } from './stored'

type Props = { a: Stored; b: Stored; onClose: () => void }

/** What two versions differ in, part by part. */
export function DiffView({ a, b, onClose }: Props) {
  const [zone] = useZone()
  const [older, newer] = ordered(a._xact_id, b._xact_id)[0] === a._xact_id ? [a, b] : [b, a]
  const changes = changedParts(older, newer)
  const author = useAuthors('function', a.id)
  const saved = (version: Stored): string => {
    const time = exactTime(xactTime(version._xact_id), zone).slice(0, 19)
    const name = author(version)
    return name ? `${time} (${name})` : time
  }
  return (
    <section aria-label={t`Comparison of two versions`} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <SubHead>
        <span className="text-s">
          <Trans>
            From <b className="font-medium tabular-nums">{saved(older)}</b> to{' '}
            <b className="font-medium tabular-nums">{saved(newer)}</b>
          </Trans>
        </span>
        <Spacer />
        <Button onClick={onClose}>{t`Close the comparison`}</Button>
      </SubHead>
      <div className="min-h-0 flex-1 space-y-3 overflow-y-auto p-3.5">
        {changes.length === 0 ? <p className="text-ink-2">{t`The two versions are the same.`}</p> : null}
        {changes.map(({ title, before, after }) => (
          <section key={title} aria-label={title} className="rounded-l border border-line p-2.5">
            <h3 className="mb-1 text-s text-ink-3">{title}</h3>
            <DiffText before={before} after={after} />
          </section>
        ))}
      </div>
    </section>
  )
}
