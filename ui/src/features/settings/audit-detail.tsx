import { t } from '@lingui/core/macro'
import { X } from 'lucide-react'
import { Clamp } from '@/components/clamp'
import { CopyButton } from '@/components/copy'
import { DiffText } from '@/components/diff-text'
import { Button } from '@/components/ui/button'
import { capital, exactTime } from '@/lib/format'
import type { Json } from '@/lib/json'
import { term } from '@/lib/terms'
import { useZone } from '@/lib/theme'
import { PanelFrame } from '../traces/panel-frame'
import { whoDidIt, type Entry } from './audit-api'

type Props = {
  entry: Entry
  onClose: () => void
  onObject: (id: string) => void
  onPerson: (id: string) => void
}

/** One entry: who, from where, and every field before and after. */
export function AuditDetail({ entry, onClose, onObject, onPerson }: Props) {
  const [zone] = useZone()
  const fields = Object.entries(entry.changes)
  const facts: [string, string | null][] = [
    [t`When`, exactTime(entry.created, zone)],
    [t`Who`, whoDidIt(entry)],
    [t`Signed in by`, by(entry)],
    [t`From`, entry.ip],
    [t`Program`, entry.user_agent],
    [t`Request`, entry.request_id],
    [t`Object`, entry.object_id],
    [t`Project`, entry.project_id],
  ]
  return (
    <PanelFrame full={false} label={t`Entry`}>
      <header className="flex items-center gap-2 border-b border-line px-4 py-2">
        <h3 className="min-w-0 flex-1 truncate font-semibold">
          {capital(term(entry.action))} {term(entry.object_type)} {entry.object_name ?? ''}
        </h3>
        <Button variant="ghost" icon={<X size={15} />} aria-label={t`Close`} onClick={onClose} />
      </header>
      <div className="min-h-0 flex-1 space-y-4 overflow-y-auto p-4">
        <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-3 gap-y-1 text-s">
          {facts.map(([label, value]) =>
            value ? (
              <div key={label} className="contents">
                <dt className="text-ink-3">{label}</dt>
                <dd className="flex min-w-0 items-center gap-1 break-all">
                  {value}
                  {label === t`Request` || label === t`Object` ? (
                    <CopyButton text={value} label={t`Copy ${label.toLowerCase()} id`} />
                  ) : null}
                </dd>
              </div>
            ) : null,
          )}
        </dl>
        <p className="flex flex-wrap gap-2">
          {entry.object_id ? (
            <Button onClick={() => onObject(entry.object_id ?? '')}>{t`Everything about this object`}</Button>
          ) : null}
          {entry.actor_id ? (
            <Button onClick={() => onPerson(entry.actor_id ?? '')}>{t`Everything they did`}</Button>
          ) : null}
        </p>
        {fields.length ? (
          <section aria-label={t`Fields before and after`}>
            <h4 className="mb-1 text-s font-semibold">{t`Before and after`}</h4>
            <dl className="divide-y divide-line rounded border border-line">
              {fields.map(([name, change]) => (
                <div
                  key={name}
                  className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-3 px-2.5 py-1.5 text-s max-sm:grid-cols-1"
                >
                  <dt className="break-words text-ink-3">{term(name)}</dt>
                  <dd className="min-w-0">
                    <Clamp>
                      <DiffText before={shown(change.before)} after={shown(change.after)} />
                      {same(change.before, change.after) ? (
                        <span className="text-ink-3"> {t`changed; neither value is kept`}</span>
                      ) : null}
                    </Clamp>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ) : null}
      </div>
    </PanelFrame>
  )
}

function by(entry: Entry): string | null {
  if (entry.actor_type === 'session') return t`a browser`
  if (entry.actor_type === 'system') return null
  return t`the ${term(entry.actor_type)} ${entry.key_name ?? ''}`
}

/** A value as text; one that was too long to keep by its size. */
function shown(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'object' && !Array.isArray(value) && 'omitted_bytes' in value)
    return `(${String(value.omitted_bytes)} bytes, too long to keep)`
  return JSON.stringify(value, null, 2)
}

/** Secrets read alike before and after. */
function same(before: Json | undefined, after: Json | undefined): boolean {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after)
}
