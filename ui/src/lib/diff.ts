/**
 * Word diff by Myers' O(ND) algorithm, with common head and tail cut off first. Long texts are first pinned together at
 * the words that occur once in both (patience diff), so that no length is too much.
 */
import { anchors } from './anchors'

export type Piece = { kind: 'same' | 'added' | 'removed'; text: string }

/** Edits past this number between two pins are shown as one replacement: the trace the search keeps grows with its square. */
const MAX_EDITS = 1500

/** Up to so many tokens the shortest edit is looked for at once. */
const SHORT = 3000

/** Pins within pins: deeper than this there are none left to speak of. */
const MAX_PINNING = 40

/** Words, runs of spaces, and single punctuation marks; joining the tokens gives the text back. */
export function tokens(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+(?:[.'’][\p{L}\p{N}_]+)*|\s+|[^\p{L}\p{N}_\s]/gu) ?? []
}

/** What turned `before` into `after`, as consecutive pieces; removed precedes added where both happen at one place. */
export function diffWords(before: string, after: string): Piece[] {
  if (before === after) return before ? [{ kind: 'same', text: before }] : []
  const pieces: Piece[] = []
  align(tokens(before), tokens(after), 0, pieces)
  return tidy(pieces)
}

/** Adds the pieces of two lists of tokens. */
function align(a: string[], b: string[], depth: number, out: Piece[]): void {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail++
  out.push({ kind: 'same', text: a.slice(0, head).join('') })
  middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail), depth, out)
  out.push({ kind: 'same', text: tail ? a.slice(-tail).join('') : '' })
}

function middle(a: string[], b: string[], depth: number, out: Piece[]): void {
  const pins = a.length + b.length <= SHORT || depth >= MAX_PINNING ? [] : anchors(a, b)
  if (pins.length === 0) {
    for (const piece of edits(a, b)) out.push(piece)
    return
  }
  let [x, y] = [0, 0]
  for (const [i, j] of pins) {
    align(a.slice(x, i), b.slice(y, j), depth + 1, out)
    out.push({ kind: 'same', text: a[i]! })
    ;[x, y] = [i + 1, j + 1]
  }
  align(a.slice(x), b.slice(y), depth + 1, out)
}

function edits(a: string[], b: string[]): Piece[] {
  const trace = search(a, b)
  if (!trace)
    return [
      { kind: 'removed', text: a.join('') },
      { kind: 'added', text: b.join('') },
    ]
  const pieces: Piece[] = []
  let x = a.length
  let y = b.length
  for (let d = trace.length - 1; d >= 0; d--) {
    const frontier = trace[d]!
    const k = x - y
    const down = k === -d || (k !== d && at(frontier, k - 1, d) < at(frontier, k + 1, d))
    const previous = down ? k + 1 : k - 1
    const px = d === 0 ? 0 : at(frontier, previous, d)
    const py = px - previous
    while (x > px && y > py && x > 0 && y > 0 && a[x - 1] === b[y - 1]) {
      pieces.push({ kind: 'same', text: a[--x]! })
      y--
    }
    if (d === 0) break
    if (down) pieces.push({ kind: 'added', text: b[--y]! })
    else pieces.push({ kind: 'removed', text: a[--x]! })
  }
  return pieces.toReversed()
}

function at(frontier: Int32Array, k: number, d: number): number {
  return frontier[k + d + 1] ?? -1
}

/** The frontier before each step, or null when the texts differ too much. */
function search(a: string[], b: string[]): Int32Array[] | null {
  const limit = Math.min(a.length + b.length, MAX_EDITS)
  const trace: Int32Array[] = []
  let frontier = new Int32Array(3)
  for (let d = 0; d <= limit; d++) {
    trace.push(frontier)
    const next = new Int32Array(2 * d + 5)
    for (let k = -d; k <= d; k += 2) {
      let x = 0
      if (d > 0) {
        const down = k === -d || (k !== d && at(frontier, k - 1, d) < at(frontier, k + 1, d))
        x = down ? at(frontier, k + 1, d) : at(frontier, k - 1, d) + 1
      }
      let y = x - k
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x++
        y++
      }
      next[k + d + 2] = x
      if (x >= a.length && y >= b.length) return trace
    }
    frontier = next
  }
  return null
}

/** Join neighbours of one kind, absorb lone spaces between changes, and put removals before additions. */
function tidy(pieces: Piece[]): Piece[] {
  const out: Piece[] = []
  let removed = ''
  let added = ''
  const flush = (): void => {
    if (removed) out.push({ kind: 'removed', text: removed })
    if (added) out.push({ kind: 'added', text: added })
    removed = ''
    added = ''
  }
  const list = pieces.filter((piece) => piece.text)
  list.forEach((piece, i) => {
    const next = list[i + 1]
    const between =
      piece.kind === 'same' && /^\s+$/.test(piece.text) && removed && added && next && next.kind !== 'same'
    if (piece.kind === 'removed' || between) removed += piece.text
    if (piece.kind === 'added' || between) added += piece.text
    if (piece.kind !== 'same' || between) return
    flush()
    const last = out.at(-1)
    if (last?.kind === 'same') last.text += piece.text
    else out.push({ ...piece })
  })
  flush()
  return out
}

/** Unchanged text of a line that is longer is cut to its ends. */
const MOST_SAME = 400
const KEPT_ENDS = 120

/** A line with the middle of what is unchanged and long left out. */
export function shortened(pieces: readonly Piece[]): Piece[] {
  return pieces.map((piece, i) => {
    if (piece.kind !== 'same' || piece.text.length <= MOST_SAME) return piece
    const head = i === 0 ? '' : piece.text.slice(0, KEPT_ENDS)
    const tail = i === pieces.length - 1 ? '' : piece.text.slice(-KEPT_ENDS)
    return { kind: 'same', text: `${head} ⋯ ${tail}` }
  })
}

/** A line of a diff; `gap` stands for unchanged lines left out. */
export type Line = { kind: 'gap'; lines: number } | { kind: 'line'; pieces: Piece[] }

/** The lines that changed, with a gap for each run of unchanged ones. One unchanged line between changes stays. */
export function changedLines(pieces: readonly Piece[]): Line[] {
  const lines: Piece[][] = [[]]
  for (const piece of pieces) {
    piece.text.split('\n').forEach((text, i) => {
      if (i > 0) lines.push([])
      if (text) lines.at(-1)!.push({ kind: piece.kind, text })
    })
  }
  const changed = lines.map((line) => line.some((piece) => piece.kind !== 'same'))
  const out: Line[] = []
  lines.forEach((line, i) => {
    if (changed[i] || (changed[i - 1] && changed[i + 1])) {
      out.push({ kind: 'line', pieces: line })
      return
    }
    const last = out.at(-1)
    if (last?.kind === 'gap') last.lines++
    else out.push({ kind: 'gap', lines: 1 })
  })
  // What lies before the first change and after the last one says nothing.
  return out.filter((line, i) => line.kind === 'line' || (i > 0 && i < out.length - 1))
}
