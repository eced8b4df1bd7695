import { Trans } from '@lingui/react/macro'
import { Lock } from 'lucide-react'
import { useOwners } from '@/components/forbidden'

/** Above every page of a project whose rows the reader may not change: why buttons are missing, and whom to ask. */
export function ReadOnlyBar({ project }: { project: string }) {
  const owners = useOwners()
  return (
    <p
      role="note"
      className="flex shrink-0 items-center gap-2 border-b border-line bg-panel px-3.5 py-1 text-s text-ink-2 max-sm:px-3"
    >
      <Lock size={12} aria-hidden className="shrink-0 text-ink-3" />
      <span className="min-w-0 break-words">
        <Trans>
          You can read project {project}, not change it. For that ask {owners}.
        </Trans>
      </span>
    </p>
  )
}
