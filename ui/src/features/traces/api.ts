/** Reads of one trace. The tree needs only light columns; payloads are fetched for the span on show. */
import { queryOptions } from '@tanstack/react-query'
import { request } from '@/api/client'
import { runQuery } from '@/api/query'
import type { Row } from '@/api/types'
import { runInSlices } from '@/lib/slices'
import { oneLine, type Json } from '@/lib/json'
import type { Repeat } from './repeats'
import { buildTrace, traceSteps, type SpanLine, type Trace } from './tree'
import { literal, select, textSearch, type Source } from '@/lib/sql'

export type TraceRef = { from: Source; objectId: string; rootSpanId: string }
/** One row of a trace. */
export type SpanRef = { traceRef: TraceRef; rowId: string }

const LIGHT =
  'id, span_id, span_parents, is_root, created, span_attributes, metrics, scores, ' +
  // Whether there is one is all that the tree wants to know: each may have megabytes.
  'nullif(error IS NOT NULL, false) AS error, ' +
  'metadata.model AS model, metadata.provider AS provider, metadata.system_fingerprint AS fingerprint'
/** Spans to show at once, and at most in each request for the others. */
const FIRST = 1_000
const REST = 50_000

/** The oldest spans of a trace, and where the others begin; null when these are all. */
export type TraceStart = { spans: SpanLine[]; trace: Trace; cursor: string | null }

/** The spans that a trace opens with, without input, output and expected. */
export const traceStartQuery = (ref: TraceRef) =>
  queryOptions({
    queryKey: ['trace', ref.from, ref.objectId, ref.rootSpanId, 'start'],
    queryFn: async ({ signal }): Promise<TraceStart> => {
      const { rows, cursor } = await spanPage(ref, FIRST, null, signal)
      return { spans: rows, trace: buildTrace(rows), cursor }
    },
    // Comparing two trees node by node takes longer than drawing the new one.
    structuralSharing: false,
    staleTime: 15_000,
  })

/** A trace longer than its start: all its spans. */
export const traceQuery = (ref: TraceRef, start: TraceStart | undefined) =>
  queryOptions({
    queryKey: ['trace', ref.from, ref.objectId, ref.rootSpanId, 'whole', start?.cursor],
    queryFn: async ({ signal }) => {
      const spans = [...(start?.spans ?? [])]
      for (let cursor = start?.cursor ?? null; cursor;) {
        const page = await spanPage(ref, REST, cursor, signal)
        for (const row of page.rows) spans.push(row)
        cursor = page.cursor
      }
      return runInSlices(traceSteps(spans), signal)
    },
    enabled: Boolean(start?.cursor),
    structuralSharing: false,
    staleTime: 15_000,
  })

/** One span with everything. */
export const spanQuery = (ref: TraceRef, rowId: string) =>
  queryOptions({
    queryKey: ['span', ref.from, ref.objectId, ref.rootSpanId, rowId],
    queryFn: async ({ signal }) => {
      const where = [`root_span_id = ${literal(ref.rootSpanId)}`, `id = ${literal(rowId)}`]
      const answer = await runQuery<Row>(
        { query: select({ from: ref.from, id: ref.objectId, where, tail: 'LIMIT 1' }) },
        signal,
      )
      return answer.data[0] ?? null
    },
    staleTime: 15_000,
  })

/** Payloads of the spans a conversation consists of. */
export const threadQuery = (ref: TraceRef) =>
  queryOptions({
    queryKey: ['thread', ref.from, ref.objectId, ref.rootSpanId],
    queryFn: async ({ signal }) => {
      const where = [
        `root_span_id = ${literal(ref.rootSpanId)}`,
        `is_root OR span_attributes.type IN ('llm', 'tool', 'score')`,
      ]
      const query = select({ from: ref.from, id: ref.objectId, where, tail: 'ORDER BY created LIMIT 500' })
      return (await runQuery<Row>({ query }, signal)).data
    },
    staleTime: 15_000,
  })

const MOST_REPEATS = 50

/** Tool calls that came more than once with equal arguments, most frequent first. */
export const repeatsQuery = (ref: TraceRef) =>
  queryOptions({
    queryKey: ['repeats', ref.from, ref.objectId, ref.rootSpanId],
    queryFn: async ({ signal }): Promise<Repeat[]> => {
      const query = select({
        columns: 'span_attributes.name AS name, input, array_agg(span_id) AS spans, count(*) AS n',
        from: ref.from,
        id: ref.objectId,
        where: [`root_span_id = ${literal(ref.rootSpanId)}`, `span_attributes.type = 'tool'`],
        tail: `GROUP BY name, input HAVING count(*) > 1 ORDER BY n DESC LIMIT ${MOST_REPEATS} SETTINGS preview_length = 300`,
      })
      const { data } = await runQuery<{ name: string | null; input: Json; spans: string[] }>(
        { query },
        signal,
      )
      return data.map(({ name, input, spans }) => ({ name: name ?? 'tool', input: oneLine(input), spans }))
    },
    staleTime: 15_000,
  })

/** Span ids whose payloads contain the words. */
export const traceSearchQuery = (ref: TraceRef, words: string) =>
  queryOptions({
    queryKey: ['trace-search', ref.from, ref.objectId, ref.rootSpanId, words],
    queryFn: async ({ signal }) => {
      const where = [`root_span_id = ${literal(ref.rootSpanId)}`, textSearch(words)]
      const query = select({
        columns: 'span_id',
        from: ref.from,
        id: ref.objectId,
        where,
        tail: 'LIMIT 10000',
      })
      return new Set((await runQuery<{ span_id: string }>({ query }, signal)).data.map((row) => row.span_id))
    },
    enabled: words.trim().length > 1,
    staleTime: 15_000,
  })

type StoredFile = {
  downloadUrl: string
  status: { upload_status: 'uploading' | 'done' | 'error'; error_message?: string | null }
}

/** Links to files last a quarter of an hour. */
const LINK_MS = 10 * 60_000
const LOOK_AGAIN_MS = 3_000

/** Where a stored file can be read, asked again while it is being uploaded. */
export const attachmentQuery = (key: string) =>
  queryOptions({
    queryKey: ['attachment', key],
    queryFn: ({ signal }) => request<StoredFile>('/attachment', { params: { key }, signal }),
    staleTime: LINK_MS,
    retry: false,
    refetchInterval: ({ state }) =>
      state.data?.status.upload_status === 'uploading' ? LOOK_AGAIN_MS : false,
  })

async function spanPage(ref: TraceRef, limit: number, cursor: string | null, signal: AbortSignal) {
  const where = [`root_span_id = ${literal(ref.rootSpanId)}`]
  const query = select({
    columns: LIGHT,
    from: ref.from,
    id: ref.objectId,
    where,
    tail: `ORDER BY created LIMIT ${limit}`,
  })
  const page = await runQuery<SpanLine>({ query, cursor }, signal)
  // Every span has the same; it is not sent 50,000 times.
  for (const row of page.data) row.root_span_id = ref.rootSpanId
  return { rows: page.data, cursor: page.data.length < limit ? null : page.cursor }
}
