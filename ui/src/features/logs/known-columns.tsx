/** Columns that can be put on show with a click: what a span or a trace has besides those always there. */
import { t } from '@lingui/core/macro'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ASSIGNED, namesOf, peopleQuery } from '@/api/people'
import { Gist } from '@/components/gist'
import type { LogsShown } from '@/lib/search-params'
import * as format from '@/lib/format'
import type { Json } from '@/lib/json'
import { path } from '@/lib/sql'
import { useProject } from '../projects/project-context'
import { readColumns, writeColumn } from './own-columns'

type Draw = (value: Json | undefined) => ReactNode
type Known = { sql: string; label: string; draw?: Draw; of?: 'traces' }

const numeric =
  (write: (value: number | null) => string): Draw =>
  (value) =>
    write(typeof value === 'number' ? value : null)
const count = numeric(format.compact)
const seconds = numeric(format.duration)

const KNOWN: readonly Known[] = [
  { sql: 'error', label: t`Error`, draw: (value) => <Problem value={value} /> },
  { sql: 'expected', label: t`Expected` },
  { sql: 'metadata', label: t`Metadata` },
  { sql: ASSIGNED, label: t`Assigned to`, draw: (value) => <Assigned ids={value} /> },
  { sql: 'comments', label: t`Comments`, draw: (value) => <Comments value={value} /> },
  { sql: 'metrics.time_to_first_token', label: t`First token`, draw: seconds },
  { sql: 'metrics.prompt_tokens', label: t`Prompt tokens`, draw: count },
  { sql: 'metrics.completion_tokens', label: t`Completion tokens`, draw: count },
  { sql: 'metrics.prompt_cached_tokens', label: t`Cached tokens`, draw: count },
  { sql: 'metrics.completion_reasoning_tokens', label: t`Reasoning tokens`, draw: count },
  { sql: 'metrics.spans', label: t`Spans`, draw: count, of: 'traces' },
  { sql: 'metrics.llm_calls', label: t`Model calls`, draw: count, of: 'traces' },
  { sql: 'metrics.tool_calls', label: t`Tool calls`, draw: count, of: 'traces' },
  { sql: 'metrics.errors', label: t`Errors`, draw: count, of: 'traces' },
]
/** Metadata fields offered, most frequent first. */
const MOST_FIELDS = 12

export type Offer = { text: string; label: string }

/** What can be added to the columns of the address. */
export function offers({ view, col }: Pick<LogsShown, 'view' | 'col'>, fields: readonly string[]): Offer[] {
  const shown = new Set(readColumns(col).map((column) => column.sql))
  const metadata = path('metadata')
  return [
    ...KNOWN.filter(({ of }) => !(of && view === 'spans')),
    ...fields
      .filter((field) => field.startsWith(`${metadata}.`))
      .slice(0, MOST_FIELDS)
      .map((field): Known => ({ sql: field, label: field })),
  ].flatMap(({ sql, label }) => (shown.has(sql) ? [] : [{ text: writeColumn(sql, label), label }]))
}

/** Whether a column of one's own is one that is offered, and so comes and goes with a click. */
export function isOffered(sql: string, fields: readonly string[]): boolean {
  return KNOWN.some((known) => known.sql === sql) || fields.includes(sql)
}

/** A value of a column of one's own, as it is known to read best. */
export function OwnCell({ sql, value }: { sql: string; value: Json | undefined }) {
  const draw = KNOWN.find((one) => one.sql === sql)?.draw
  return draw ? draw(value) : <Gist value={value} />
}

function Problem({ value }: { value: Json | undefined }) {
  return value === null || value === undefined ? null : (
    <span className="text-worse">
      <Gist value={value} />
    </span>
  )
}

function Assigned({ ids }: { ids: Json | undefined }) {
  const { project } = useProject()
  const { data: people } = useQuery(peopleQuery('project_logs', project.id))
  return Array.isArray(ids) && ids.length && people ? namesOf(ids, people) : null
}

function Comments({ value }: { value: Json | undefined }) {
  return Array.isArray(value) && value.length ? format.count(value.length) : null
}
