/** The spans of two traces of one case lined up, step by step. */
import { queryOptions } from '@tanstack/react-query'
import { runQuery } from '@/api/query'
import type { Json } from '@/lib/json'
import { literal, select } from '@/lib/sql'
import type { TraceRef } from '../traces/api'
import { spanKind, spanName, type SpanNode } from '../traces/tree'

/** Spans of each trace that are lined up; the work grows with the product. */
export const MOST_STEPS = 400
const PREVIEW = 2_000

type Node = Pick<SpanNode, 'key' | 'depth' | 'span'>
/** A step of this run beside the same step of the baseline; one of them is null where only the other took it. */
export type Pair<N extends Node> = { here: N | null; there: N | null }

/** The longest common sequence of steps of one kind and name, and between them what only one of the traces has. */
export function lineUp<N extends Node>(here: readonly N[], there: readonly N[]): Pair<N>[] {
  const [a, b] = [here.slice(0, MOST_STEPS), there.slice(0, MOST_STEPS)]
  const [ours, theirs] = [a.map(nameOf), b.map(nameOf)]
  const width = b.length + 1
  const best = new Uint16Array((a.length + 1) * width) // of the rest from (i, j) on
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      best[i * width + j] =
        ours[i] === theirs[j]
          ? best[(i + 1) * width + j + 1]! + 1
          : Math.max(best[(i + 1) * width + j]!, best[i * width + j + 1]!)
  const pairs: Pair<N>[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length)
    if (i < a.length && j < b.length && ours[i] === theirs[j]) pairs.push({ here: a[i++]!, there: b[j++]! })
    else if (j >= b.length || (i < a.length && best[(i + 1) * width + j]! >= best[i * width + j + 1]!))
      pairs.push({ here: a[i++]!, there: null })
    else pairs.push({ here: null, there: b[j++]! })
  return pairs
}

const nameOf = ({ span }: Node): string => `${spanKind(span)} ${spanName(span)}`

/** The beginning of what a span got and gave, and how long all of it is: enough to see whether two differ. */
export type Gist = { input: Json; output: Json; error: Json; input_length: number; output_length: number }

/** Gists of the spans of a trace by row id. */
export const gistsQuery = (ref: TraceRef) =>
  queryOptions({
    queryKey: ['gists', ref.from, ref.objectId, ref.rootSpanId],
    queryFn: async ({ signal }) => {
      const query = select({
        columns:
          'id, input, output, error, length(to_string(input)) AS input_length, length(to_string(output)) AS output_length',
        from: ref.from,
        id: ref.objectId,
        where: [`root_span_id = ${literal(ref.rootSpanId)}`],
        tail: `ORDER BY created LIMIT ${2 * MOST_STEPS} SETTINGS preview_length = ${PREVIEW}`,
      })
      const { data } = await runQuery<Gist & { id: string }>({ query }, signal)
      return new Map(data.map(({ id, ...gist }) => [id, gist]))
    },
    staleTime: 15_000,
  })

export type Change = 'same' | 'input' | 'output' | 'error' | 'here' | 'there' | 'unknown'

/** What is different about a step, the cause before what follows from it. */
export function changeOf<N extends Node>(
  { here, there }: Pair<N>,
  ours: ReadonlyMap<string, Gist>,
  theirs: ReadonlyMap<string, Gist>,
): Change {
  if (!here || !there) return here ? 'here' : 'there'
  const [a, b] = [ours.get(here.span.id), theirs.get(there.span.id)]
  if (!a || !b) return 'unknown'
  if ((a.error === null) !== (b.error === null)) return 'error'
  if (a.input_length !== b.input_length || differ(a.input, b.input)) return 'input'
  return a.output_length !== b.output_length || differ(a.output, b.output) ? 'output' : 'same'
}

const differ = (a: Json, b: Json): boolean => JSON.stringify(a) !== JSON.stringify(b)
