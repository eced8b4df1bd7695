import { useMemo } from 'react'
import { changedLines, diffWords, type Piece } from '@/lib/diff'
import { plural } from '@/lib/format'

const MOST = 40_000

/** What changed between two texts, word by word. Unchanged lines are left out; short texts are shown whole. */
export function DiffText({ before, after }: { before: string; after: string }) {
  const lines = useMemo(
    () => changedLines(diffWords(before.slice(0, MOST), after.slice(0, MOST))),
    [before, after],
  )
  return (
    <div className="break-words whitespace-pre-wrap">
      {lines.map((line, i) => (
        // Lines have no identity besides their place.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={i}>
          {line.kind === 'gap' ? <Gap lines={line.lines} /> : <Pieces pieces={dedent(line.pieces)} />}
        </div>
      ))}
    </div>
  )
}

/** Nesting is no change: a line starts where its text does. */
function dedent(pieces: readonly Piece[]): Piece[] {
  const [first, ...rest] = pieces
  if (!first) return []
  const text = first.text.trimStart()
  return text ? [{ ...first, text }, ...rest] : dedent(rest)
}

function Gap({ lines }: { lines: number }) {
  return (
    <span title={plural(lines, 'unchanged line')} className="text-ink-3 select-none">
      ⋯
    </span>
  )
}

function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return pieces.map((piece, i) => {
    const key = `${i}-${piece.kind}`
    if (piece.kind === 'added') return <ins key={key}>{piece.text}</ins>
    if (piece.kind === 'removed') return <del key={key}>{piece.text}</del>
    return <span key={key}>{piece.text}</span>
  })
}
