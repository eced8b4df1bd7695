import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import { ASSIGNMENTS, namesOf, peopleQuery, type Person } from '@/api/people'
import { Gist } from '@/components/gist'
import { Time } from '@/components/time'
import { isObject, oneLine, type Json, type JsonObject } from '@/lib/json'
import { useReadOnly } from '@/lib/read-only'
import type { TraceRef } from './api'
import { Field } from './payload'

const SHOWN = 50
const NOBODY: Person[] = []
const ASSIGNED_FIELD = `metadata.${ASSIGNMENTS}`

/** What feedback changed of a span, oldest first, as the row's `audit_data` keeps it. */
export function Activity({ traceRef, audit }: { traceRef: TraceRef; audit: Json | undefined }) {
  const entries = Array.isArray(audit) ? audit.filter(isObject) : []
  const readOnly = useReadOnly()
  const { data: people } = useQuery({
    ...peopleQuery(traceRef.from, traceRef.objectId),
    enabled: entries.length > 0 && !readOnly,
  })
  if (entries.length === 0) return null
  return (
    <Field title={t`Activity`}>
      <ol className="divide-y divide-line">
        {entries.slice(-SHOWN).map((entry, i) => (
          // Entries carry no id and are only ever added.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={i} className="px-2.5 py-1.5 text-s">
            <Entry entry={entry} people={people ?? NOBODY} />
          </li>
        ))}
      </ol>
    </Field>
  )
}

function Entry({ entry, people }: { entry: JsonObject; people: readonly Person[] }) {
  const changes = isObject(entry.to) ? Object.entries(entry.to).flatMap(members) : []
  const about = isObject(entry.metadata) ? oneLine(entry.metadata, 120) : ''
  return (
    <>
      <p className="text-xs text-ink-3">
        {typeof entry.user_id === 'string' ? `${namesOf([entry.user_id], people)} · ` : null}
        {entry.source ? <bdi>{oneLine(entry.source, 40)}</bdi> : t`feedback`}
        {about ? <bdi> · {about}</bdi> : null}
        {typeof entry.created === 'string' ? (
          <>
            {' · '}
            <Time iso={entry.created} />
          </>
        ) : null}
      </p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-3">
        {changes.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-3">{name === ASSIGNED_FIELD ? t`assigned to` : name}</dt>
            <dd className="min-w-0 break-words">
              {name === ASSIGNED_FIELD ? (
                namesOf(value, people)
              ) : value === null ? (
                <span className="text-ink-3">{t`removed`}</span>
              ) : (
                <Gist value={value} limit={300} />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}

/** The members of an object under names of their own: `scores.Variety`. */
function members([name, value]: [string, Json]): [string, Json][] {
  if (!isObject(value)) return [[name, value]]
  return Object.entries(value).map(([key, item]) => [`${name}.${key}`, item])
}
