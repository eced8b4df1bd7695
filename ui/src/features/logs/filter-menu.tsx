import { useQuery } from '@tanstack/react-query'
import { ListFilter } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/bits'
import { Popover } from '@/components/ui/popover'
import { count } from '@/lib/format'
import { literal, path } from '@/lib/sql'
import { facetQuery, type LogsFilter } from './api'

type Props = {
  projectId: string
  filter: LogsFilter
  scores: readonly string[]
  metadata: readonly string[]
  onAdd: (sql: string) => void
}

const MOST_FIELDS = 5

/** Filters to click: the values that really occur, with how many traces have them. */
export function FilterMenu({ projectId, filter, scores, metadata, onAdd }: Props) {
  const [open, setOpen] = useState(false)
  const add = (sql: string): void => {
    setOpen(false)
    onAdd(sql)
  }
  const fields = [
    ...metadata.slice(0, MOST_FIELDS).map((key) => ['metadata', key]),
    ['span_attributes', 'name'],
  ]
  return (
    <Popover
      title="Add a filter"
      open={open}
      onOpenChange={setOpen}
      align="end"
      className="max-h-[70vh] w-72 overflow-y-auto !p-2"
      trigger={
        <Button icon={<ListFilter size={14} aria-hidden />} aria-label="Add a filter">
          <span className="max-sm:hidden">Filter</span>
        </Button>
      }
    >
      <Section title="Quick">
        <Choice onPick={() => add('error IS NOT NULL')}>Has an error</Choice>
        {scores.slice(0, 6).map((name) => (
          <Choice key={name} onPick={() => add(`${path('scores', name)} < 0.5`)}>
            {name} below 0.5
          </Choice>
        ))}
      </Section>
      {fields.map((field) => (
        <Facet key={field.join('.')} projectId={projectId} filter={filter} field={field} onAdd={add} />
      ))}
    </Popover>
  )
}

function Facet({
  projectId,
  filter,
  field,
  onAdd,
}: {
  projectId: string
  filter: LogsFilter
  field: string[]
  onAdd: (sql: string) => void
}) {
  const { data, isPending } = useQuery(facetQuery(projectId, filter, field))
  const title = field[0] === 'span_attributes' ? 'Span name' : path(...field)
  if (isPending) {
    return (
      <Section title={title}>
        <Skeleton className="mx-2 my-1.5 h-3 w-40" />
      </Section>
    )
  }
  if (!data?.length) return null
  return (
    <Section title={title}>
      {data.map(({ value, n }) => (
        <Choice key={String(value)} n={n} onPick={() => onAdd(`${path(...field)} = ${literal(value)}`)}>
          {String(value)}
        </Choice>
      ))}
    </Section>
  )
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="mb-1.5">
      <h3 className="truncate px-2 py-0.5 text-xs text-ink-3">{title}</h3>
      {children}
    </section>
  )
}

function Choice({ children, n, onPick }: { children: React.ReactNode; n?: number; onPick: () => void }) {
  return (
    <button
      type="button"
      onClick={onPick}
      className="flex min-h-6.5 w-full items-center gap-2 rounded px-2 text-left hover:bg-sunken max-sm:min-h-9"
    >
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {n === undefined ? null : <span className="text-xs text-ink-3">{count(n)}</span>}
    </button>
  )
}
