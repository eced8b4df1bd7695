/** Spans for tests. */
import type { SpanLine } from './tree'

/** A span of one second below `parent`, named by its id. */
export function span(
  id: string,
  parent: string | null,
  start: number,
  end: number | null = start + 1,
  extra: Partial<SpanLine> = {},
): SpanLine {
  return {
    id: `row-${id}`,
    span_id: id,
    root_span_id: 'r',
    span_parents: parent === null ? null : [parent],
    is_root: parent === null,
    created: new Date(start * 1000).toISOString(),
    scores: null,
    metrics: end === null ? { start } : { start, end },
    span_attributes: { name: id, type: 'task' },
    model: null,
    provider: null,
    fingerprint: null,
    ...extra,
  }
}
