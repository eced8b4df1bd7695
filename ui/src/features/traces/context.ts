/** How the context of an agent grows: what each model call was sent, how much of it was cached, what it added. */
import { isModelCall, spanName, type SpanNode, type Trace } from './tree'

export type ContextStep = {
  node: SpanNode
  /** Calls with one series share a conversation, as far as the tree shows. */
  series: string
  prompt: number
  cached: number
  completion: number
  /** Tokens more than the call before sent, negative where the context was cut; all of them on the first call. */
  added: number
  first: boolean
}

/** Model calls in the order they began; calls with the same path of names from the root belong together. */
export function contextSteps(trace: Trace): ContextStep[] {
  const paths = new Map<SpanNode, string>()
  const before = new Map<string, number>()
  const calls: [SpanNode, string][] = []
  const ids = new Map<string, string>()
  for (const node of trace.nodes) {
    const above = paths.get(node) ?? ''
    // A path as a number: names joined over thousands of levels would be megabytes.
    const path = `${above}/${spanName(node.span)}`
    const id = ids.get(path) ?? String(ids.size)
    ids.set(path, id)
    for (const child of node.children) paths.set(child, id)
    if (isModelCall(node.span) && node.span.metrics?.prompt_tokens != null) calls.push([node, id])
  }
  return calls
    .toSorted(([a], [b]) => a.start - b.start)
    .map(([node, series]) => {
      const metrics = node.span.metrics ?? {}
      const prompt = metrics.prompt_tokens ?? 0
      const last = before.get(series)
      before.set(series, prompt)
      return {
        node,
        series,
        prompt,
        cached: Math.min(prompt, metrics.prompt_cached_tokens ?? 0),
        completion: metrics.completion_tokens ?? 0,
        added: prompt - (last ?? 0),
        first: last === undefined,
      }
    })
}
