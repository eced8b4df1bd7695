/** What the arrow keys do in a tree, after the ARIA pattern. */
import type { SpanNode } from './tree'

/** Go to a row, or fold (true) or unfold (false) the row one is on. */
export type TreeMove = { to: number; fold?: undefined } | { fold: boolean }

/** The move of a key from row `at`; null when the key means nothing there. */
export function treeMove(
  key: string,
  rows: readonly SpanNode[],
  at: number,
  collapsed: ReadonlySet<string>,
): TreeMove | null {
  const node = rows[at]!
  const branch = node.children.length > 0
  const closed = collapsed.has(node.key)
  switch (key) {
    case 'ArrowDown':
      return { to: Math.min(rows.length - 1, at + 1) }
    case 'ArrowUp':
      return { to: Math.max(0, at - 1) }
    case 'Home':
      return { to: 0 }
    case 'End':
      return { to: rows.length - 1 }
    case 'ArrowRight':
      if (!branch) return null
      return closed ? { fold: false } : { to: at + 1 }
    case 'ArrowLeft': {
      if (branch && !closed) return { fold: true }
      const parent = rows.findLastIndex((row, i) => i < at && row.depth < node.depth)
      return parent < 0 ? null : { to: parent }
    }
    default:
      return null
  }
}
