import { DatabaseZap } from 'lucide-react'
import { useState } from 'react'
import type { Row } from '@/api/types'
import { Button } from '@/components/ui/button'
import { plural } from '@/lib/format'
import { AddToDataset } from '../datasets/add-dialog'
import { useProject } from '../projects/project-context'

/** What can be done with the selected rows. */
export function BulkBar({ rows, onClear }: { rows: Row[]; onClear: () => void }) {
  const { project } = useProject()
  const [adding, setAdding] = useState(false)
  return (
    <div
      role="toolbar"
      aria-label="Selected rows"
      className="flex shrink-0 items-center gap-2 border-t border-line bg-panel px-3.5 py-2"
    >
      <span className="font-medium">{plural(rows.length, 'row')} selected</span>
      <Button variant="primary" icon={<DatabaseZap size={14} aria-hidden />} onClick={() => setAdding(true)}>
        Add to dataset
      </Button>
      <Button variant="ghost" onClick={onClear}>
        Unselect
      </Button>
      {adding ? (
        <AddToDataset
          sources={rows.map((row) => ({
            objectType: 'project_logs',
            objectId: project.id,
            rootSpanId: row.root_span_id,
            spanId: row.span_id,
          }))}
          onClose={() => setAdding(false)}
          onDone={() => {
            setAdding(false)
            onClear()
          }}
        />
      ) : null}
    </div>
  )
}
