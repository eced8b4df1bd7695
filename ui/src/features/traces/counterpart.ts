/** Finding the same step in another trace of the same program. */
import { spanName, type SpanNode, type Trace } from './tree'

type Step = { name: string; nth: number }

/** The way from a root to the node: names, each with how many siblings of that name come before. */
function wayTo(trace: Trace, node: SpanNode): Step[] {
  const way: Step[] = []
  let here = { node, nth: 0 }
  for (let i = trace.nodes.indexOf(node) - 1; i >= 0; i--) {
    const before = trace.nodes[i]!
    if (before.depth < here.node.depth) {
      way.unshift({ name: spanName(here.node.span), nth: here.nth })
      here = { node: before, nth: 0 }
    } else if (before.depth === here.node.depth && spanName(before.span) === spanName(here.node.span))
      here.nth++
  }
  return [{ name: spanName(here.node.span), nth: here.nth }, ...way]
}

/** The node at the same place of another trace, nothing where that went another way. Roots match whatever their names. */
export function counterpart(trace: Trace, node: SpanNode, other: Trace): SpanNode | undefined {
  const [, ...below] = wayTo(trace, node)
  let found = other.roots[trace.roots.indexOf(rootOf(trace, node))]
  for (const { name, nth } of below)
    found = found?.children.filter((child) => spanName(child.span) === name)[nth]
  return found
}

function rootOf(trace: Trace, node: SpanNode): SpanNode {
  const at = trace.nodes.indexOf(node)
  return trace.nodes.findLast((one, i) => i <= at && one.depth === 0) ?? node
}
