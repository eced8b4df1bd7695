/** Which column of a file becomes which field of a row. */
import { t } from '@lingui/core/macro'
import type { DatasetEvent } from '@/api/types'
import { newId } from '@/lib/id'
import { isObject, type Json, type JsonObject } from '@/lib/json'
import type { Problem, SourceRecord } from './records'

export const TARGETS = ['input', 'expected', 'metadata', 'tags', 'split', 'id', 'ignore'] as const
export type Target = (typeof TARGETS)[number]
export type ColumnMapping = Record<string, Target>

export const TARGET_LABELS: Record<Target, string> = {
  input: t`Input`,
  expected: t`Expected`,
  metadata: t`Metadata`,
  tags: t`Tags`,
  split: t`Split`,
  id: t`Row id`,
  ignore: t`Leave out`,
}

const KNOWN: readonly [RegExp, Target][] = [
  [/^(inputs?|questions?|prompt|query)$/i, 'input'],
  [/^(expected|outputs?|answers?|ideal|target|label|reference)$/i, 'expected'],
  [/^(tags?|labels)$/i, 'tags'],
  [/^split$/i, 'split'],
  [/^id$/i, 'id'],
  [
    /^(_xact_id|_pagination_key|created|span_id|root_span_id|is_root|dataset_id|project_id|org_id|log_id)$/i,
    'ignore',
  ],
]

/** A first guess by the names; the first column is the input when no name says so. */
export function guess(columns: readonly string[]): ColumnMapping {
  const found = columns.map((name): [string, Target] => [
    name,
    KNOWN.find(([pattern]) => pattern.test(name))?.[1] ?? 'metadata',
  ])
  const mapping = Object.fromEntries(found)
  if (!found.some(([, target]) => target === 'input') && columns[0] !== undefined) {
    const first = found.find(([, target]) => target === 'metadata')?.[0] ?? columns[0]
    mapping[first] = 'input'
  }
  return mapping
}

export type Mapped = { line: number; event: DatasetEvent }

/** Rows as they will be written, and what is wrong with those that will not. Ids are made once, so retries add nothing twice. */
export function mapRecords(
  records: readonly SourceRecord[],
  mapping: ColumnMapping,
): { rows: Mapped[]; problems: Problem[] } {
  const rows: Mapped[] = []
  const problems: Problem[] = []
  for (const { line, values } of records) {
    const event = toEvent(values, mapping)
    if (typeof event === 'string') problems.push({ line, message: event })
    else rows.push({ line, event })
  }
  return { rows, problems }
}

function toEvent(values: JsonObject, mapping: ColumnMapping): DatasetEvent | string {
  const of = (target: Target): [string, Json][] =>
    Object.entries(values).filter(([name, value]) => mapping[name] === target && value !== null)
  const input = combined(of('input'))
  if (input === undefined) return t`nothing to be the input`
  const tags = tagsOf(of('tags').map(([, value]) => value))
  if (typeof tags === 'string') return tags
  const metadata: JsonObject = {}
  for (const [name, value] of of('metadata')) {
    // A column that is called metadata already is the object.
    if (name === 'metadata' && isObject(value)) Object.assign(metadata, value)
    else metadata[name] = value
  }
  const split = of('split')[0]?.[1]
  if (split !== undefined) metadata.split = split
  const id = of('id')[0]?.[1]
  const expected = combined(of('expected'))
  return {
    id: id === undefined ? newId() : typeof id === 'string' ? id : JSON.stringify(id),
    input,
    ...(expected === undefined ? {} : { expected }),
    ...(Object.keys(metadata).length ? { metadata } : {}),
    ...(tags.length ? { tags } : {}),
  }
}

/** One column is the value, several are the members of an object. */
function combined(columns: readonly [string, Json][]): Json | undefined {
  if (columns.length <= 1) return columns[0]?.[1]
  return Object.fromEntries(columns)
}

function tagsOf(values: readonly Json[]): string[] | string {
  const words = values.flatMap((value): Json[] =>
    typeof value === 'string'
      ? value.split(',').map((word) => word.trim())
      : Array.isArray(value)
        ? value
        : [value],
  )
  const found = words.filter((word) => word !== '')
  if (!found.every((word): word is string => typeof word === 'string')) return t`tags are texts`
  return [...new Set(found)]
}
