import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ErrorState } from '@/components/states'
import { Badge, SkeletonRows, type Tone } from '@/components/ui/bits'
import { Button } from '@/components/ui/button'
import { SubHead, Spacer } from '@/components/page'
import { count, exactTime } from '@/lib/format'
import { term } from '@/lib/terms'
import { useZone } from '@/lib/theme'
import { ordered, xactTime } from '@/lib/xact'
import { countChanges, type Change } from './difference'
import { FieldDiff } from './field-diff'
import { differenceQuery, MOST_COMPARED } from './versions'

const KINDS: Record<Change['kind'], Tone> = { added: 'better', removed: 'worse', changed: 'unsure' }
const MOST_SHOWN = 200

type Props = { datasetId: string; a: string; b: string; onClose: () => void }

/** What happened between two versions: rows added, removed, changed, with the words that changed. */
export function CompareView({ datasetId, a, b, onClose }: Props) {
  const { data, error, refetch } = useQuery(differenceQuery(datasetId, a, b))
  const [kind, setKind] = useState<Change['kind'] | null>(null)
  const [older, newer] = ordered(a, b)
  const counts = data ? countChanges(data.changes) : null
  const shown = data?.changes.filter((change) => kind === null || change.kind === kind) ?? []
  return (
    <section aria-label={t`Comparison of two versions`} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <SubHead>
        <span className="text-s">
          {t`From`} <Version xact={older} /> {t`to`} <Version xact={newer} />
        </span>
        {counts
          ? (Object.keys(KINDS) as Change['kind'][]).map((one) => (
              <Button
                key={one}
                active={kind === one}
                disabled={counts[one] === 0}
                onClick={() => setKind(kind === one ? null : one)}
              >
                {count(counts[one])} {term(one)}
              </Button>
            ))
          : null}
        <Spacer />
        <Button onClick={onClose}>{t`Close the comparison`}</Button>
      </SubHead>
      <div className="min-h-0 flex-1 overflow-y-auto">
        {error ? <ErrorState error={error} retry={() => void refetch()} /> : null}
        {!data && !error ? <SkeletonRows label={t`Comparing`} /> : null}
        {data?.changes.length === 0 ? (
          <p className="px-3.5 py-8 text-ink-2">{t`The two versions have the same rows.`}</p>
        ) : null}
        {data?.cut ? (
          <p className="px-3.5 pt-3 text-s text-warn">
            {t`More rows were written in between: these are the changes of the first ${count(MOST_COMPARED)} by id.`}
          </p>
        ) : null}
        <ol aria-label={t`Changes`}>
          {shown.slice(0, MOST_SHOWN).map((change) => (
            <li key={change.id} className="border-b border-line px-3.5 py-2.5">
              <p className="mb-1 flex items-center gap-2">
                <Badge tone={KINDS[change.kind]}>{term(change.kind)}</Badge>
                <code className="truncate font-mono text-[11.5px] text-ink-3">{change.id}</code>
              </p>
              <FieldDiff fields={change.fields} before={change.before} after={change.after} />
            </li>
          ))}
        </ol>
        {shown.length > MOST_SHOWN ? (
          <p className="p-3.5 text-s text-ink-3">
            {t`${count(shown.length - MOST_SHOWN)} more are counted but not shown.`}
          </p>
        ) : null}
      </div>
    </section>
  )
}

function Version({ xact }: { xact: string }) {
  const [zone] = useZone()
  return (
    <b title={xact} className="font-medium tabular-nums">
      {exactTime(xactTime(xact), zone).slice(0, 19)}
    </b>
  )
}
