/** Spans of a trace as a tree, flattened for the virtual list. All of it is linear in the number of spans. */
import { t } from '@lingui/core/macro'
import type { Row } from '@/api/types'
import { runSteps, type Steps } from '@/lib/slices'

/** A span as the tree reads it: without payloads, model and provider lifted out of the metadata. */
export type SpanLine = Omit<
  Row,
  'metadata' | 'input' | 'output' | 'expected' | 'tags' | 'origin' | '_xact_id'
> & {
  model: string | null
  provider: string | null
  fingerprint: string | null
}

export type SpanNode = {
  /** The span id; the row id for further rows (log lines) that share the id of their span. */
  key: string
  span: SpanLine
  depth: number
  children: SpanNode[]
  /** Seconds after the start of the trace. */
  start: number
  /** Seconds; null while the span is open. */
  duration: number | null
}

export type Trace = {
  roots: SpanNode[]
  /** Every node in display order. */
  nodes: SpanNode[]
  byKey: Map<string, SpanNode>
  /** Seconds from the first start to the last end. */
  length: number
  totals: { tokens: number; cost: number; errors: number; scripted: boolean }
}

/** Start of a span in epoch seconds: its metric when present, else when the row was created. */
export function startOf(span: Pick<Row, 'metrics' | 'created'>): number {
  return span.metrics?.start ?? Date.parse(span.created) / 1000
}

function endOf(span: SpanLine): number | null {
  return span.metrics?.end ?? null
}

/** Build the tree. A span whose parent is missing becomes a root; a cycle is cut where it closes. */
export function buildTrace(spans: readonly SpanLine[]): Trace {
  return runSteps(traceSteps(spans))
}

/** Spans between two places where building may pause. */
const STRIDE = 512

/** The same in steps, for traces of tens of thousands of spans. */
export function* traceSteps(spans: readonly SpanLine[]): Steps<Trace> {
  const bySpan = new Map<string, SpanNode>()
  const nodes: SpanNode[] = []
  for (const span of [...spans.filter((one) => !isLog(one)), ...spans.filter(isLog)]) {
    if (nodes.length % STRIDE === 0) yield
    const end = endOf(span)
    const key = bySpan.has(span.span_id) ? span.id : span.span_id
    const node = {
      key,
      span,
      depth: 0,
      children: [],
      start: startOf(span),
      duration: end === null ? null : Math.max(0, end - startOf(span)),
    }
    bySpan.set(key, node)
    nodes.push(node)
  }
  const roots: SpanNode[] = []
  for (const node of nodes) {
    const parent = parentOf(node, bySpan)
    if (parent) parent.children.push(node)
    else roots.push(node)
  }
  yield
  const ordered = yield* flatten(roots, nodes)
  yield
  const first = ordered.reduce((least, node) => Math.min(least, node.start), Number.POSITIVE_INFINITY)
  const last = ordered.reduce((most, node) => Math.max(most, node.start + (node.duration ?? 0)), 0)
  for (const node of ordered) node.start -= first
  yield
  const byKey = new Map(ordered.map((node) => [node.key, node]))
  yield
  return {
    roots,
    nodes: ordered,
    byKey,
    length: ordered.length ? Math.max(0, last - first) : 0,
    totals: totalsOf(ordered),
  }
}

function isLog(span: SpanLine): boolean {
  return span.span_attributes?.type === 'log'
}

function parentOf(node: SpanNode, bySpan: Map<string, SpanNode>): SpanNode | null {
  if (node.key !== node.span.span_id) return bySpan.get(node.span.span_id) ?? null
  for (const id of node.span.span_parents ?? []) {
    const parent = bySpan.get(id)
    if (parent && parent !== node) return parent
  }
  return null
}

/** Depth-first order with children by start time; iterative, because a trace may be thousands of levels deep. */
function* flatten(roots: SpanNode[], all: SpanNode[]): Steps<SpanNode[]> {
  const byStart = (a: SpanNode, b: SpanNode): number => a.start - b.start
  const seen = new Set<SpanNode>()
  const ordered: SpanNode[] = []
  const walk = function* (from: SpanNode[]): Steps<void> {
    const stack = from.toSorted(byStart).toReversed()
    while (stack.length) {
      const node = stack.pop()!
      if (seen.has(node)) continue
      seen.add(node)
      ordered.push(node)
      if (ordered.length % STRIDE === 0) yield
      node.children = node.children.filter((child) => !seen.has(child)).toSorted(byStart)
      for (let i = node.children.length - 1; i >= 0; i--) {
        const child = node.children[i]!
        child.depth = node.depth + 1
        stack.push(child)
      }
    }
  }
  yield* walk(roots)
  for (const node of all) {
    if (seen.has(node)) continue
    roots.push(node)
    yield* walk([node])
  }
  return ordered
}

function totalsOf(nodes: SpanNode[]): Trace['totals'] {
  const totals = { tokens: 0, cost: 0, errors: 0, scripted: false }
  for (const { span } of nodes) {
    if (span.error != null) totals.errors++
    if (span.provider === SCRIPTED || span.fingerprint === SCRIPTED) totals.scripted = true
    const { tokens, cost } = usageOf(span)
    totals.tokens += tokens
    totals.cost += cost
  }
  return totals
}

/** A call of a model by the application, not by a scorer. */
export function isModelCall(span: SpanLine): boolean {
  return span.span_attributes?.type === 'llm' && span.span_attributes.purpose !== 'scorer'
}

/** Tokens and dollars of a model call; nothing for any other span. */
export function usageOf(span: SpanLine): { tokens: number; cost: number } {
  if (!isModelCall(span)) return { tokens: 0, cost: 0 }
  const { tokens, prompt_tokens, completion_tokens, estimated_cost } = span.metrics ?? {}
  return { tokens: tokens ?? (prompt_tokens ?? 0) + (completion_tokens ?? 0), cost: estimated_cost ?? 0 }
}

/** Nodes to show when some are collapsed. */
export function visibleNodes(trace: Trace, collapsed: ReadonlySet<string>): SpanNode[] {
  if (collapsed.size === 0) return trace.nodes
  const out: SpanNode[] = []
  let hiddenBelow = Number.POSITIVE_INFINITY
  for (const node of trace.nodes) {
    if (node.depth > hiddenBelow) continue
    hiddenBelow = collapsed.has(node.key) && node.children.length > 0 ? node.depth : Number.POSITIVE_INFINITY
    out.push(node)
  }
  return out
}

/** How the deterministic stand-in for a model names itself. */
const SCRIPTED = t`scripted model`

/** SQL condition on the spans it wrote. */
export const SCRIPTED_SQL = `metadata.provider = '${SCRIPTED}' OR metadata.system_fingerprint = '${SCRIPTED}'`

export function isScripted(span: Pick<Row, 'metadata'>): boolean {
  return span.metadata?.provider === SCRIPTED || span.metadata?.system_fingerprint === SCRIPTED
}

/** The name people know a span by. */
export function spanName(span: Pick<Row, 'span_attributes' | 'is_root'>): string {
  const name = givenName(span)
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name
}

const LONGEST_NAME = 300

function givenName(span: Pick<Row, 'span_attributes' | 'is_root'>): string {
  return span.span_attributes?.name || span.span_attributes?.type || (span.is_root ? 'trace' : 'span')
}

export type SpanKind = 'llm' | 'tool' | 'task' | 'score' | 'eval' | 'fn'

/** Colour family of a span. */
export function spanKind(span: Pick<Row, 'span_attributes'>): SpanKind {
  const type = span.span_attributes?.type
  if (type === 'llm' || type === 'tool' || type === 'task' || type === 'score' || type === 'eval') return type
  return type === 'automation' || type === 'classifier' || type === 'review' ? 'score' : 'fn'
}
