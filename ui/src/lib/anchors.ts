/** Where two lists of tokens can be pinned together: at what occurs exactly once in both, in the same order (patience). */

/** Shorter tokens are punctuation, spaces and little words: pins at those would be accidents. */
const LEAST = 3

/** Pairs of positions, ascending in both lists. */
export function anchors(a: readonly string[], b: readonly string[]): [number, number][] {
  const [inA, inB] = [once(a), once(b)]
  const shared: [number, number][] = []
  for (const [token, i] of inA) {
    const j = inB.get(token)
    if (i >= 0 && j !== undefined && j >= 0) shared.push([i, j])
  }
  shared.sort((one, other) => one[0] - other[0])
  return longestAscending(shared)
}

/** The position of each token, -1 for one that occurs again. */
function once(tokens: readonly string[]): Map<string, number> {
  const found = new Map<string, number>()
  tokens.forEach((token, i) => {
    if (token.length >= LEAST) found.set(token, found.has(token) ? -1 : i)
  })
  return found
}

/** The longest part in which the second number ascends too. */
function longestAscending(pairs: readonly [number, number][]): [number, number][] {
  const ends: number[] = [] // of the best run of each length: which pair it ends with
  const before: number[] = []
  pairs.forEach(([, j], at) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (pairs[ends[middle]!]![1] < j) low = middle + 1
      else high = middle
    }
    before[at] = low > 0 ? ends[low - 1]! : -1
    ends[low] = at
  })
  const run: [number, number][] = []
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at]!) run.push(pairs[at]!)
  return run.toReversed()
}
