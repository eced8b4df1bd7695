import type { Axis, Dot } from './scatter'

/** The dots that no other beats on both numbers (at least as good on both, better on one), from left to right; none where
 * a number has no good side. */
export function front(dots: readonly Dot[], x: Axis, y: Axis): Dot[] {
  if (!x.better || !y.better) return []
  const [across, up] = [x.better === 'higher' ? -1 : 1, y.better === 'higher' ? -1 : 1]
  const best = dots.toSorted((a, b) => across * (a.x - b.x) || up * (a.y - b.y))
  const kept: Dot[] = []
  for (const dot of best) {
    const last = kept.at(-1)
    const ties = last !== undefined && dot.x === last.x && dot.y === last.y
    if (last === undefined || up * (dot.y - last.y) < 0 || ties) kept.push(dot)
  }
  return across < 0 ? kept.toReversed() : kept
}
