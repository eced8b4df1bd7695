import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { meQuery } from '@/api/objects'
import { ASSIGNMENTS } from '@/api/people'
import { simplePredicate } from '@/lib/sql'

type Props = {
  words: string | undefined
  filters: readonly string[]
  onWords: () => void
  onRemove: (index: number) => void
  onEdit: (text: string, index: number | null) => void
}

/** The filters in force. A click takes one back into the box, the cross removes it. */
export function FilterChips({ words, filters, onWords, onRemove, onEdit }: Props) {
  return (
    <>
      {words ? (
        <Chip kind={t`Search`} text={words} onEdit={() => onEdit(words, null)} onRemove={onWords}>
          <span className="text-ink-3">{t`text`}</span> <b className="font-medium text-ink">“{words}”</b>
        </Chip>
      ) : null}
      {filters.map((sql, i) => (
        <Chip
          key={sql}
          kind={t`Filter`}
          text={sql}
          onEdit={() => onEdit(sql, i)}
          onRemove={() => onRemove(i)}
        >
          <Predicate sql={sql} />
        </Chip>
      ))}
    </>
  )
}

/** What `simplePredicate` calls them, as they read. */
const RELATIONS: Record<string, string> = {
  is: t`is`,
  has: t`has`,
  from: t`from`,
  below: t`below`,
  above: t`above`,
  'at most': t`at most`,
  'at least': t`at least`,
  'is not': t`is not`,
  'is set': t`is set`,
  'is not set': t`is not set`,
}

function Predicate({ sql }: { sql: string }) {
  const simple = simplePredicate(sql)
  const { data: me } = useQuery(meQuery)
  if (simple?.field === `metadata.${ASSIGNMENTS}`) {
    const whom = !simple.value ? t`anybody` : simple.value === me?.user.id ? t`me` : simple.value
    return (
      <>
        {simple.relation === 'is not set' ? (
          <Trans>
            not assigned to <b className="font-medium text-ink">{whom}</b>
          </Trans>
        ) : (
          <Trans>
            assigned to <b className="font-medium text-ink">{whom}</b>
          </Trans>
        )}
      </>
    )
  }
  if (!simple) return <code className="font-mono text-[11.5px] text-ink">{sql}</code>
  return (
    <>
      <b className="font-medium text-ink">{simple.field}</b> {RELATIONS[simple.relation] ?? simple.relation}{' '}
      {simple.value ? <b className="font-medium text-ink">{simple.value}</b> : null}
    </>
  )
}

function Chip({
  kind,
  text,
  children,
  onEdit,
  onRemove,
}: {
  kind: string
  text: string
  children: ReactNode
  onEdit: () => void
  onRemove: () => void
}) {
  return (
    <span className="inline-flex h-6 max-w-full items-center rounded-full border border-line-strong text-s text-ink-2 max-sm:h-7">
      <button
        type="button"
        onClick={onEdit}
        title={t`Edit`}
        className="min-w-0 truncate rounded-l-full py-0.5 pl-2.5"
      >
        <span className="sr-only">
          <Trans>Edit {kind.toLowerCase()}:</Trans>{' '}
        </span>
        {children}
      </button>
      <button
        type="button"
        onClick={onRemove}
        aria-label={t`Remove ${kind}: ${text}`}
        className="flex h-full items-center rounded-r-full pr-2 pl-1.5 text-ink-3 hover:text-ink"
      >
        <X size={12} />
      </button>
    </span>
  )
}
