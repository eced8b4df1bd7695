/** The difference of two texts or values: what the page and its worker both can work out. */
import { changedLines, diffWords, shortened, type Line } from './diff'
import { jsonDiff, type Change } from './json-diff'
import type { Json } from './json'

export type Task =
  { kind: 'text'; before: string; after: string } | { kind: 'json'; before: Json; after: Json }
export type Found = { kind: 'text'; lines: Line[] } | { kind: 'json'; changes: Change[] }

export function solve(task: Task): Found {
  if (task.kind === 'json') return { kind: 'json', changes: jsonDiff(task.before, task.after) }
  const lines = changedLines(diffWords(task.before, task.after))
  return {
    kind: 'text',
    lines: lines.map((line) => (line.kind === 'gap' ? line : { ...line, pieces: shortened(line.pieces) })),
  }
}
