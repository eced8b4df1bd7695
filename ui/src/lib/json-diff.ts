/** What changed between two JSON values, by place: the order of fields does not matter, that of lists does. */
import { anchors } from './anchors'
import { isDeeper, isObject, type Json } from './json'

export type Change = { path: string } & (
  | { kind: 'added'; after: Json }
  | { kind: 'removed'; before: Json }
  | { kind: 'changed'; before: Json; after: Json }
)

/** Values nested deeper are compared as a whole: a path of hundreds of names tells nobody anything. */
const MOST_LEVELS = 60

/** Lists whose differing parts are longer than this, multiplied, are pinned together first. */
const MOST_ALIGNED = 4_000_000

/** Whether both are lists or both are records, so that there are places to compare, and not too deep to walk. */
export function comparable(before: Json | undefined, after: Json | undefined): boolean {
  const alike = (Array.isArray(before) && Array.isArray(after)) || (isObject(before) && isObject(after))
  return alike && !isDeeper([before, after], MOST_LEVELS * 4)
}

export function jsonDiff(before: Json, after: Json): Change[] {
  const out: Change[] = []
  compare(before, after, '', 0, out)
  return out
}

function compare(before: Json, after: Json, path: string, depth: number, out: Change[]): void {
  if (depth < MOST_LEVELS) {
    if (Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, path, depth, out)
    if (isObject(before) && isObject(after)) {
      for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
        const place = path ? `${path}.${name}` : name
        if (!Object.hasOwn(after, name)) out.push({ path: place, kind: 'removed', before: before[name]! })
        else if (!Object.hasOwn(before, name)) out.push({ path: place, kind: 'added', after: after[name]! })
        else compare(before[name]!, after[name]!, place, depth + 1, out)
      }
      return
    }
  }
  if (canonical(before) !== canonical(after)) out.push({ path, kind: 'changed', before, after })
}

function compareLists(a: Json[], b: Json[], path: string, depth: number, out: Change[]): void {
  const [texts, others] = [a.map(canonical), b.map(canonical)]
  let head = 0
  while (head < a.length && head < b.length && texts[head] === others[head]) head++
  let tail = 0
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    texts[a.length - 1 - tail] === others[b.length - 1 - tail]
  )
    tail++
  const kept = common(texts.slice(head, a.length - tail), others.slice(head, b.length - tail))
  let [x, y] = [head, head]
  for (const [i, j] of [...kept, [a.length - tail - head, b.length - tail - head] as const]) {
    const [endA, endB] = [i + head, j + head]
    // What was taken out and put in at one place is what changed there.
    for (; x < endA && y < endB; x++, y++) compare(a[x]!, b[y]!, `${path}[${y}]`, depth + 1, out)
    for (; x < endA; x++) out.push({ path: `${path}[${x}]`, kind: 'removed', before: a[x]! })
    for (; y < endB; y++) out.push({ path: `${path}[${y}]`, kind: 'added', after: b[y]! })
    x++
    y++
  }
}

/** Positions of what both have in common: the longest such part, of long lists pinned at what occurs once in both. */
function common(a: readonly string[], b: readonly string[]): [number, number][] {
  if (a.length === 0 || b.length === 0) return []
  if (a.length * b.length <= MOST_ALIGNED) return longestCommon(a, b)
  const pairs: [number, number][] = []
  let [x, y] = [0, 0]
  const pins = anchors(a, b)
  for (const [i, j] of pins.length > 0 ? [...pins, [a.length, b.length] as const] : []) {
    for (const [inA, inB] of common(a.slice(x, i), b.slice(y, j))) pairs.push([x + inA, y + inB])
    if (i < a.length) pairs.push([i, j])
    ;[x, y] = [i + 1, j + 1]
  }
  return pairs
}

function longestCommon(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++
    else j++
  }
  return pairs
}

/** One text for equal values: fields in order of their names. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_, inner: Json) =>
    isObject(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
}
