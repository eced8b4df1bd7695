/** Tools called again with the same arguments, and sequences of such calls that repeat. */
import type { SpanNode, Trace } from './tree'

/** Calls of one tool with equal arguments: `spans` are span ids. */
export type Repeat = { name: string; input: string; spans: string[] }
/** A sequence of calls that came `times` times in a row. */
export type Loop = { names: string[]; times: number; first: string }

const LONGEST_LOOP = 8
const LEAST_TIMES = 3

/** The longest runs of a repeating sequence among the tool calls of a trace, in the order they began. */
export function findLoops(trace: Trace, repeats: readonly Repeat[]): Loop[] {
  const group = new Map(repeats.flatMap((repeat) => repeat.spans.map((id) => [id, repeat] as const)))
  const calls = trace.nodes.filter((node) => node.span.span_attributes?.type === 'tool').toSorted(byStart)
  const keys = calls.map((node) => group.get(node.span.span_id) ?? null)
  const loops: Loop[] = []
  for (let at = 0; at < keys.length;) {
    const best = longestFrom(keys, at)
    if (!best) {
      at++
      continue
    }
    const names = keys.slice(at, at + best.period).map((repeat) => repeat!.name)
    loops.push({ names, times: best.times, first: calls[at]!.key })
    at += best.period * best.times
  }
  return loops
}

function byStart(a: SpanNode, b: SpanNode): number {
  return a.start - b.start
}

/** The period that covers most calls from `at` on; calls that happened once are in no loop. */
function longestFrom(keys: readonly (Repeat | null)[], at: number): { period: number; times: number } | null {
  let best: { period: number; times: number } | null = null
  for (let period = 1; period <= LONGEST_LOOP && keys[at + period - 1]; period++) {
    let end = at + period
    while (end < keys.length && keys[end] !== null && keys[end] === keys[end - period]) end++
    const times = Math.floor((end - at) / period)
    if (times >= LEAST_TIMES && (!best || period * times > best.period * best.times)) best = { period, times }
  }
  return best
}

/** Whether asking the server for repeats can find any: two tool calls of one name. */
export function mayRepeat(trace: Trace): boolean {
  const seen = new Set<string>()
  for (const { span } of trace.nodes) {
    if (span.span_attributes?.type !== 'tool') continue
    const name = span.span_attributes.name ?? ''
    if (seen.has(name)) return true
    seen.add(name)
  }
  return false
}
