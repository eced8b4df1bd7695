/** The graph of an agent, inferred from its spans: who calls whom, how often, for how long. */
import { t } from '@lingui/core/macro'
import { spanKind, spanName, type SpanKind, type SpanNode, type Trace } from './tree'

/** Spans with one kind and name; several of them when they call each other in a circle. */
export type GraphNode = {
  id: number
  label: string
  members: string[]
  kind: SpanKind
  count: number
  errors: number
  /** Seconds from start to end, added up over the spans. */
  seconds: number
  /** The slowest span, to open. */
  slowest: SpanNode
  /** Calls within: of itself, or around the circle. */
  inner: number
  column: number
  row: number
}
export type GraphEdge = { from: GraphNode; to: GraphNode; count: number }
export type Graph = { nodes: GraphNode[]; edges: GraphEdge[]; columns: number; rows: number }

/** Past this many names, numbers in names count as one; past it still, rare names share a box. */
const MOST = 40

type Group = { label: string; kind: SpanKind; spans: SpanNode[]; seconds: number; next: Map<Group, number> }

/** Build the graph; work of scorers is left out. Linear in the number of spans. */
export function buildGraph(trace: Trace): Graph {
  const spans = trace.nodes.filter((node) => !isScoring(node))
  const byName = grouped(spans)
  const groups = [...new Set(byName.values())]
  for (const node of spans) {
    const from = byName.get(node)!
    from.spans.push(node)
    from.seconds += node.duration ?? 0
    for (const child of node.children) {
      const to = byName.get(child)
      if (to) from.next.set(to, (from.next.get(to) ?? 0) + 1)
    }
  }
  return arranged(collapsed(groups))
}

function isScoring({ span }: SpanNode): boolean {
  return span.span_attributes?.purpose === 'scorer' || span.span_attributes?.type === 'score'
}

/** The group of every span. Names are joined as far as needed to keep the picture readable. */
function grouped(spans: readonly SpanNode[]): Map<SpanNode, Group> {
  const naming = distinct(spans, exact) > MOST ? loose : exact
  const counts = new Map<string, number>()
  for (const node of spans) counts.set(naming(node), (counts.get(naming(node)) ?? 0) + 1)
  const kept = new Set(
    [...counts]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, counts.size > MOST ? MOST - 8 : MOST)
      .map(([name]) => name),
  )
  const groups = new Map<string, Group>()
  const of = new Map<SpanNode, Group>()
  for (const node of spans) {
    const name = naming(node)
    const kind = spanKind(node.span)
    const label = kept.has(name) ? name : t`other ${kind} spans`
    const key = `${kind} ${label}`
    let group = groups.get(key)
    if (!group) groups.set(key, (group = { label, kind, spans: [], seconds: 0, next: new Map() }))
    of.set(node, group)
  }
  return of
}

const exact = (node: SpanNode): string => spanName(node.span)
const loose = (node: SpanNode): string => exact(node).replace(/[0-9a-f]{8,}|\d+/gi, '#')

function distinct(spans: readonly SpanNode[], name: (node: SpanNode) => string): number {
  return new Set(spans.map(name)).size
}

/** Groups that reach each other become one node: what is left has no cycles. */
function collapsed(groups: readonly Group[]): { nodes: GraphNode[]; edges: GraphEdge[] } {
  const nodes: GraphNode[] = []
  const of = new Map<Group, GraphNode>()
  for (const members of circles(groups)) {
    const first = members.reduce((most, group) => (group.seconds > most.seconds ? group : most))
    const spans = members.flatMap((group) => group.spans)
    const node: GraphNode = {
      id: nodes.length,
      label: first.label,
      members: members.map((group) => group.label),
      kind: first.kind,
      count: spans.length,
      errors: spans.filter(({ span }) => span.error != null).length,
      seconds: members.reduce((sum, group) => sum + group.seconds, 0),
      slowest: spans.reduce((most, span) => ((span.duration ?? 0) > (most.duration ?? 0) ? span : most)),
      inner: 0,
      column: 0,
      row: 0,
    }
    nodes.push(node)
    for (const group of members) of.set(group, node)
  }
  const edges = new Map<string, GraphEdge>()
  for (const group of groups) {
    const from = of.get(group)!
    for (const [next, count] of group.next) {
      const to = of.get(next)!
      if (from === to) {
        from.inner += count
        continue
      }
      const key = `${from.id} ${to.id}`
      const edge = edges.get(key)
      if (edge) edge.count += count
      else edges.set(key, { from, to, count })
    }
  }
  return { nodes, edges: [...edges.values()] }
}

/** Strongly connected components after Tarjan; there are at most a few dozen groups, so it may recurse. */
function circles(groups: readonly Group[]): Group[][] {
  const index = new Map<Group, number>()
  const low = new Map<Group, number>()
  const stack: Group[] = []
  const open = new Set<Group>()
  const out: Group[][] = []
  const visit = (group: Group): void => {
    index.set(group, index.size)
    low.set(group, index.get(group)!)
    stack.push(group)
    open.add(group)
    for (const next of group.next.keys()) {
      if (!index.has(next)) visit(next)
      if (open.has(next)) low.set(group, Math.min(low.get(group)!, low.get(next)!))
    }
    if (low.get(group) !== index.get(group)) return
    const members = stack.splice(stack.indexOf(group))
    for (const member of members) open.delete(member)
    out.push(members)
  }
  for (const group of groups) if (!index.has(group)) visit(group)
  return out.toReversed()
}

/** Callers left of what they call; within a column, near their callers. Nodes come callers first. */
function arranged({ nodes, edges }: { nodes: GraphNode[]; edges: GraphEdge[] }): Graph {
  const outgoing = new Map(nodes.map((node) => [node, [] as GraphEdge[]]))
  const incoming = new Map(nodes.map((node) => [node, [] as GraphEdge[]]))
  for (const edge of edges) {
    outgoing.get(edge.from)!.push(edge)
    incoming.get(edge.to)!.push(edge)
  }
  for (const node of nodes)
    for (const { to } of outgoing.get(node)!) to.column = Math.max(to.column, node.column + 1)
  const columns = nodes.reduce((most, node) => Math.max(most, node.column + 1), 0)
  let rows = 0
  for (let column = 0; column < columns; column++) {
    const here = nodes.filter((node) => node.column === column)
    const place = (node: GraphNode): number => {
      const callers = incoming.get(node)!
      return callers.length ? callers.reduce((sum, { from }) => sum + from.row, 0) / callers.length : 0
    }
    here
      .toSorted((a, b) => place(a) - place(b) || b.seconds - a.seconds)
      .forEach((node, i) => {
        node.row = i
      })
    rows = Math.max(rows, here.length)
  }
  return { nodes, edges, columns, rows }
}
