/** Dataset rows made from spans. */
import type { DatasetEvent, Row } from '@/api/types'
import { newId } from '@/lib/id'
import { literal, select, type Source } from '@/lib/sql'

export type SpanSource = {
  objectType: Source
  objectId: string
  rootSpanId: string
  spanId: string
  isRoot: boolean
}

/** Which span becomes the row, and what its expected value is. */
export type Mapping = {
  span: 'root' | 'this'
  expected: 'output' | 'expected' | 'none'
  metadata: boolean
  tags: boolean
}

/** An answer nobody looked at is not yet what to expect. */
export const DEFAULT_MAPPING: Mapping = { span: 'root', expected: 'none', metadata: true, tags: true }

export function rowFromSpan(span: Row, objectType: Source, objectId: string, mapping: Mapping): DatasetEvent {
  const expected = mapping.expected === 'none' ? null : (span[mapping.expected] ?? null)
  return {
    id: newId(),
    input: span.input ?? null,
    expected,
    ...(mapping.metadata && span.metadata ? { metadata: span.metadata } : {}),
    ...(mapping.tags && span.tags?.length ? { tags: span.tags } : {}),
    origin: {
      object_type: objectType,
      object_id: objectId,
      id: span.id,
      _xact_id: span._xact_id,
      created: span.created,
    },
  }
}

/** SQL that counts how many of these spans, by their ids, are rows of a dataset already. */
export function alreadyQuery(datasetId: string, ids: readonly string[]): string {
  return select({
    columns: 'count(DISTINCT origin.id) AS n',
    from: 'dataset',
    id: datasetId,
    where: [`origin.id IN (${ids.map(literal).join(', ')})`],
  })
}

/** SQL that reads the spans to add, one for each object they come from. */
export function sourceQueries(
  sources: readonly SpanSource[],
  which: Mapping['span'],
): { objectType: Source; objectId: string; query: string }[] {
  const groups = new Map<string, SpanSource[]>()
  for (const source of sources) {
    const key = `${source.objectType} ${source.objectId}`
    groups.set(key, [...(groups.get(key) ?? []), source])
  }
  return [...groups.values()].map((group) => {
    const { objectType, objectId } = group[0]!
    const roots = [...new Set(group.map((source) => literal(source.rootSpanId)))].join(', ')
    const spans = [...new Set(group.map((source) => literal(source.spanId)))].join(', ')
    const where = [`root_span_id IN (${roots})`, which === 'root' ? 'is_root' : `span_id IN (${spans})`]
    return {
      objectType,
      objectId,
      query: select({
        from: objectType,
        id: objectId,
        where,
        tail: `ORDER BY created LIMIT ${group.length}`,
      }),
    }
  })
}
