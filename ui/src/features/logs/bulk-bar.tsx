import { plural, t } from '@lingui/core/macro'
import {
  Columns2,
  DatabaseZap,
  Download,
  ListChecks,
  Scale,
  Star,
  Tags,
  Trash2,
  UserRound,
} from 'lucide-react'
import { Suspense, useState, type ReactNode } from 'react'
import type { Row } from '@/api/types'
import { SelectionBar } from '@/components/selection-bar'
import { Button } from '@/components/ui/button'
import { Menu, MenuRule } from '@/components/ui/menu'
import { loadLater } from '@/lib/load-later'
import { AddToDataset } from '../datasets/add-dialog'
import { AssignDialog } from '../people/assign-dialog'
import { useMay, useProject } from '../projects/project-context'
import { selectedSql } from './bulk'
import { DeleteDialog, ScoreDialog, TagDialog } from './bulk-dialogs'
import { CopyItems, ExportItems } from './export-items'

const SendToQueue = loadLater(async () => (await import('../review/send-dialog')).SendToQueue)

type Asked = 'dataset' | 'tag' | 'assign' | 'score' | 'queue' | 'delete' | null
type Props = {
  rows: Row[]
  spans: boolean
  onClear: () => void
  onDeleted: (rows: readonly Row[]) => void
  /** Shows two traces beside each other, the older one first. */
  onBoth: (first: string, second: string) => void
  /** Asks what sets these rows apart. */
  onExplain: () => void
}

/** Rows as they are sent to a queue; two of them also make a pair. */
function toReview(projectId: string, rows: readonly Row[]) {
  const places = rows.map(({ id }) => ({
    object_type: 'project_logs' as const,
    object_id: projectId,
    row_id: id,
  }))
  const [one, other] = places
  return {
    rows: places,
    pairs: one && other && places.length === 2 ? [[one, other] as const] : [],
  }
}

/** What can be done with the selected rows. */
export function BulkBar({ rows, spans, onClear, onDeleted, onBoth, onExplain }: Props) {
  const { project } = useProject()
  const adds = useMay('dataset', 'update')
  const writes = useMay('project_logs', 'update')
  const deletes = useMay('project_logs', 'delete')
  const [asked, setAsked] = useState<Asked>(null)
  const what = plural(rows.length, { one: '# row', other: '# rows' })
  const traces = [
    ...new Set(rows.toSorted((a, b) => a.created.localeCompare(b.created)).map((row) => row.root_span_id)),
  ]
  const [first, second] = traces
  const sql = (of: string): string =>
    selectedSql(
      of,
      spans,
      rows.map((row) => (spans ? row.id : row.root_span_id)),
    )
  const close = (): void => setAsked(null)
  const done = (): void => {
    close()
    onClear()
  }
  const ask = (next: Asked, icon: ReactNode, label: string): ReactNode => (
    <Button icon={icon} onClick={() => setAsked(next)}>
      {label}
    </Button>
  )
  return (
    <SelectionBar label={t`Selected rows`} what={what} onClear={onClear}>
      {adds ? (
        <Button
          variant="primary"
          icon={<DatabaseZap size={14} aria-hidden />}
          onClick={() => setAsked('dataset')}
        >
          {t`Add to dataset`}
        </Button>
      ) : null}
      {writes ? ask('tag', <Tags size={14} aria-hidden />, t`Tag`) : null}
      {writes ? ask('assign', <UserRound size={14} aria-hidden />, t`Assign`) : null}
      {writes ? ask('score', <Star size={14} aria-hidden />, t`Score`) : null}
      {writes ? ask('queue', <ListChecks size={14} aria-hidden />, t`Send to review queue`) : null}
      {second && traces.length === 2 ? (
        <Button
          icon={<Columns2 size={14} aria-hidden />}
          onClick={() => onBoth(first!, second)}
          className="max-md:hidden"
        >
          {t`Side by side`}
        </Button>
      ) : null}
      <Button icon={<Scale size={14} aria-hidden />} onClick={onExplain}>
        {t`Explain`}
      </Button>
      <Menu trigger={<Button icon={<Download size={14} aria-hidden />}>{t`Export`}</Button>}>
        <ExportItems name={`${project.name}-selected`} sql={() => sql(project.id)} />
        <MenuRule />
        <CopyItems sql={() => sql(project.name)} />
      </Menu>
      {deletes ? (
        <Button variant="danger" icon={<Trash2 size={14} aria-hidden />} onClick={() => setAsked('delete')}>
          {t`Delete`}
        </Button>
      ) : null}
      {asked === 'dataset' ? (
        <AddToDataset
          sources={rows.map((row) => ({
            objectType: 'project_logs',
            objectId: project.id,
            rootSpanId: row.root_span_id,
            spanId: row.span_id,
            isRoot: row.is_root,
          }))}
          onClose={close}
          onDone={done}
        />
      ) : null}
      {asked === 'tag' ? <TagDialog rows={rows} onClose={close} onDone={done} /> : null}
      {asked === 'assign' ? <AssignDialog rows={rows} onClose={close} onDone={done} /> : null}
      {asked === 'score' ? <ScoreDialog rows={rows} onClose={close} onDone={done} /> : null}
      {asked === 'queue' ? (
        <Suspense>
          <SendToQueue what={what} {...toReview(project.id, rows)} onClose={close} onDone={done} />
        </Suspense>
      ) : null}
      {asked === 'delete' ? (
        <DeleteDialog
          rows={rows}
          onClose={close}
          onDone={() => {
            onDeleted(rows)
            done()
          }}
        />
      ) : null}
    </SelectionBar>
  )
}
