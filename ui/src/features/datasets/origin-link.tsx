import { t } from '@lingui/core/macro'
import { Link } from '@tanstack/react-router'
import { ArrowUpRight } from 'lucide-react'
import type { Origin } from '@/api/types'
import { useProject } from '../projects/project-context'

/** Back to the span a dataset row was made from. */
export function OriginLink({
  origin,
  label = t`trace`,
}: {
  origin: Origin | null | undefined
  label?: string
}) {
  const { org } = useProject()
  if (!origin?.object_id || !origin.object_type) return <span className="text-ink-3">–</span>
  return (
    <Link
      to="/app/$org/object"
      params={{ org }}
      search={{ object_type: origin.object_type, object_id: origin.object_id, id: origin.id }}
      title={t`Row ${origin.id ?? ''} of ${origin.object_type}`}
      className="inline-flex items-center gap-0.5 text-ink-2 underline decoration-line-strong underline-offset-2 hover:text-accent"
    >
      {label}
      <ArrowUpRight size={12} aria-hidden />
    </Link>
  )
}
