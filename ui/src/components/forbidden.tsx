/** Saying no: what is missing and whom to ask, in place of a page or beside what can only be looked at. */
import { t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useQuery } from '@tanstack/react-query'
import { Lock } from 'lucide-react'
import { meQuery } from '@/api/objects'
import { useOrgPermissions } from '@/api/permissions'
import { anyOf } from '@/lib/format'

/** The addresses of owners, or words for them while they are not known. */
export function useOwners(): string {
  const { data: me } = useQuery(meQuery)
  const owners = useOrgPermissions()?.owners
  if (owners?.length) return anyOf(owners)
  return me ? t`an owner of ${me.org.name}` : t`an owner of the organization`
}

/** In place of a page or a panel. `needs` completes “It needs the permission to …”. */
export function Forbidden({ needs }: { needs: string }) {
  const owners = useOwners()
  return (
    <div className="mx-auto flex max-w-xl flex-col items-start px-6 py-14 max-sm:px-4 max-sm:py-8">
      <Lock size={18} aria-hidden className="mb-2 text-ink-3" />
      <h2 className="text-l font-semibold">{t`You do not have permission`}</h2>
      <p className="mt-1 text-ink-2">
        <Trans>It needs the permission to {needs}.</Trans>
      </p>
      <p className="mt-1 break-words text-ink-2">
        <Trans>Ask {owners}.</Trans>
      </p>
    </div>
  )
}

/** Beside what can be looked at and not changed. `needs` completes “Changing it needs the permission to …”. */
export function ReadOnlyNote({ needs }: { needs: string }) {
  const owners = useOwners()
  return (
    <p
      role="note"
      className="mb-3 flex items-start gap-2 rounded border border-line bg-panel px-3 py-2 text-s text-ink-2"
    >
      <Lock size={13} aria-hidden className="mt-0.5 shrink-0 text-ink-3" />
      <span className="min-w-0 break-words">
        <Trans>
          You can look, not change: that needs the permission to {needs}. Ask {owners}.
        </Trans>
      </span>
    </p>
  )
}
