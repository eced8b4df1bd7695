/** What the length of a bar in the timeline means: seconds, tokens or dollars. */
import * as format from '@/lib/format'
import type { TimelineBy } from '@/lib/search-params'
import { usageOf, type SpanNode, type Trace } from './tree'

export type Scale = {
  /** The whole trace, in the unit of the scale. */
  length: number
  /** Where a span begins and how long it is; null while it is open. */
  start: (node: SpanNode) => number
  size: (node: SpanNode) => number | null
  format: (value: number | null) => string
}

export function timeScale(trace: Trace): Scale {
  return {
    length: trace.length,
    start: (node) => node.start,
    size: (node) => node.duration,
    format: format.duration,
  }
}

const FORMATS = { tokens: format.compact, cost: format.money }

/** Spans one after the other in tree order, each as long as what it and all below it used. Scorers used nothing. */
export function usageScale(trace: Trace, by: keyof typeof FORMATS): Scale {
  const starts = new Map<SpanNode, number>()
  const sizes = new Map<SpanNode, number>()
  let used = 0
  for (const node of trace.nodes) {
    starts.set(node, used)
    used += usageOf(node.span)[by]
  }
  for (let i = trace.nodes.length - 1; i >= 0; i--) {
    const node = trace.nodes[i]!
    let size = usageOf(node.span)[by]
    for (const child of node.children) size += sizes.get(child) ?? 0
    sizes.set(node, size)
  }
  return {
    length: used,
    start: (node) => starts.get(node) ?? 0,
    size: (node) => sizes.get(node) ?? 0,
    format: (value) => (value ? FORMATS[by](value) : '–'),
  }
}

export function scaleOf(trace: Trace, by: TimelineBy | undefined): Scale {
  return by === 'tokens' || by === 'cost' ? usageScale(trace, by) : timeScale(trace)
}
