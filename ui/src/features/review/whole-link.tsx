import { t } from '@lingui/core/macro'
import { Link } from '@tanstack/react-router'
import { ExternalLink } from 'lucide-react'
import { buttonClass } from '@/components/ui/button'
import { useProject } from '../projects/project-context'
import type { Place } from './queues'

/** Leads from what is reviewed to all there is of it, in a tab of its own: the item stays as it is. */
export function WholeLink({ place: { object_type, object_id, row_id } }: { place: Omit<Place, 'system'> }) {
  const { org } = useProject()
  return (
    <Link
      to="/app/$org/object"
      params={{ org }}
      search={{ object_type, object_id, id: row_id }}
      target="_blank"
      className={buttonClass()}
    >
      <ExternalLink size={13} aria-hidden />
      {object_type === 'dataset' ? t`Open the row` : t`Open the trace`}
    </Link>
  )
}
