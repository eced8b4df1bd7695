import { describe, expect, it } from 'vitest'
import { changedLines, diffWords, shortened, tokens, type Piece } from './diff'

const before = (pieces: Piece[]): string =>
  pieces
    .filter((p) => p.kind !== 'added')
    .map((p) => p.text)
    .join('')
const after = (pieces: Piece[]): string =>
  pieces
    .filter((p) => p.kind !== 'removed')
    .map((p) => p.text)
    .join('')
const size = (pieces: Piece[]): number =>
  pieces.filter((p) => p.kind !== 'same').reduce((sum, p) => sum + tokens(p.text).length, 0)

/** A small deterministic generator, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296
    return state / 4294967296
  }
}

function longestCommon(a: string[], b: string[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0)
  for (const token of a) {
    const next = [0]
    b.forEach((other, j) => next.push(token === other ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!)))
    row = next
  }
  return row.at(-1)!
}

describe('diffWords', () => {
  it('marks the words that changed', () => {
    expect(diffWords('14 tracks, 52.4 min', '7 tracks, 24.6 min')).toEqual([
      { kind: 'removed', text: '14' },
      { kind: 'added', text: '7' },
      { kind: 'same', text: ' tracks, ' },
      { kind: 'removed', text: '52.4' },
      { kind: 'added', text: '24.6' },
      { kind: 'same', text: ' min' },
    ])
  })

  it('has nothing to say about equal and empty texts', () => {
    expect(diffWords('same', 'same')).toEqual([{ kind: 'same', text: 'same' }])
    expect(diffWords('', '')).toEqual([])
    expect(diffWords('', 'new')).toEqual([{ kind: 'added', text: 'new' }])
    expect(diffWords('old', '')).toEqual([{ kind: 'removed', text: 'old' }])
  })

  it('gives both texts back, for any texts', () => {
    const next = random(7)
    const words = ['a', 'b', 'cd', ' ', '  ', '\n', ',', 'é', '…', '日本', '👍', "it's", '3.14']
    for (let round = 0; round < 400; round++) {
      const text = (): string =>
        Array.from({ length: Math.floor(next() * 30) }, () => words[Math.floor(next() * words.length)]).join(
          '',
        )
      const [old, fresh] = [text(), text()]
      const pieces = diffWords(old, fresh)
      expect(before(pieces)).toBe(old)
      expect(after(pieces)).toBe(fresh)
    }
  })

  it('finds a shortest edit, spaces between changes aside', () => {
    const next = random(11)
    for (let round = 0; round < 200; round++) {
      const text = (): string =>
        Array.from({ length: 1 + Math.floor(next() * 12) }, () => 'abcd'[Math.floor(next() * 4)]).join('-')
      const [old, fresh] = [text(), text()]
      const [a, b] = [tokens(old), tokens(fresh)]
      expect(size(diffWords(old, fresh))).toBe(a.length + b.length - 2 * longestCommon(a, b))
    }
  })

  it('replaces as a whole what has nothing in common, however long', () => {
    const old = Array.from({ length: 4000 }, (_, i) => `x${i}`).join(';')
    const fresh = Array.from({ length: 4000 }, (_, i) => `y${i}`).join(',')
    const pieces = diffWords(old, fresh)
    expect(before(pieces)).toBe(old)
    expect(after(pieces)).toBe(fresh)
  })
})

const sentence = (i: number): string => `case${i} was answered with value${i * 7} after step ${i % 9}; `

describe('diffWords of texts of megabytes', () => {
  const long = Array.from({ length: 45_000 }, (_, i) => sentence(i))

  it('finds single words, far apart', () => {
    const changed = long.with(10, 'something else; ').with(44_000, 'and here; ')
    const [old, fresh] = [long.join(''), changed.join('')]
    expect(old.length).toBeGreaterThan(2_000_000)
    const pieces = diffWords(old, fresh)
    expect(before(pieces)).toBe(old)
    expect(after(pieces)).toBe(fresh)
    expect(size(pieces)).toBeLessThan(80)
  })

  it('finds thousands of changes, more than one search would keep', () => {
    const changed = long.map((text, i) => (i % 10 === 0 ? text.replace('answered', 'refused') : text))
    const pieces = diffWords(long.join(''), changed.join(''))
    expect(after(pieces)).toBe(changed.join(''))
    expect(pieces.filter((piece) => piece.kind === 'added')).toHaveLength(4500)
    expect(new Set(pieces.filter((p) => p.kind === 'added').map((p) => p.text))).toEqual(new Set(['refused']))
  })
})

describe('shortened', () => {
  it('keeps the ends of what is unchanged and long', () => {
    const same = { kind: 'same', text: `${'a'.repeat(500)}${'b'.repeat(500)}` } as const
    const added = { kind: 'added', text: 'c'.repeat(1000) } as const
    const [first, kept, last] = shortened([same, added, same])
    expect(first!.text).toBe(` ⋯ ${'b'.repeat(120)}`)
    expect(kept).toBe(added)
    expect(last!.text).toBe(`${'a'.repeat(120)} ⋯ `)
  })
})

describe('changedLines', () => {
  it('leaves out unchanged lines and keeps a single one between changes', () => {
    const lines = changedLines(diffWords('a\nb\nc\nd\ne\nf\ng', 'A\nb\nC\nd\ne\nf\nG'))
    expect(
      lines.map((line) => (line.kind === 'gap' ? line.lines : line.pieces.map((p) => p.text).join(''))),
    ).toEqual(['aA', 'b', 'cC', 3, 'gG'])
  })

  it('does not begin or end with a gap', () => {
    const lines = changedLines(diffWords('1\n2\nx\n3\n4', '1\n2\ny\n3\n4'))
    expect(lines).toEqual([
      {
        kind: 'line',
        pieces: [
          { kind: 'removed', text: 'x' },
          { kind: 'added', text: 'y' },
        ],
      },
    ])
  })
})
