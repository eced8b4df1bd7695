/** Paths that occur in rows, as SQL writes them: what completion offers beyond the columns. */
import { isObject, type Json } from '@/lib/json'
import { path } from '@/lib/sql'

const DEEPEST = 3
const MOST = 300

type Found = { metadata?: Json; scores?: Json; metrics?: Json; input?: Json; expected?: Json; output?: Json }

/** Paths below the JSON columns of the rows, most frequent first. */
export function discoverPaths(rows: readonly Found[]): string[] {
  const counts = new Map<string, number>()
  for (const row of rows)
    for (const [column, value] of Object.entries(row)) walk([column], value as Json, counts)
  return [...counts]
    .toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .slice(0, MOST)
    .map(([name]) => name)
}

function walk(steps: string[], value: Json | undefined, counts: Map<string, number>): void {
  if (!isObject(value) || steps.length > DEEPEST) return
  for (const [key, item] of Object.entries(value)) {
    const name = path(...steps, key)
    counts.set(name, (counts.get(name) ?? 0) + 1)
    walk([...steps, key], item, counts)
  }
}
