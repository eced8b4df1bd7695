import { useMemo } from 'react'
import { diffWords } from '@/lib/diff'

const MOST = 20_000

/** What changed between two texts, word by word: removed struck through, added marked. */
export function DiffText({ before, after }: { before: string; after: string }) {
  const pieces = useMemo(() => diffWords(before.slice(0, MOST), after.slice(0, MOST)), [before, after])
  return (
    <span className="break-words whitespace-pre-wrap">
      {pieces.map((piece, i) => {
        // Pieces have no identity besides their place.
        const key = `${i}-${piece.kind}`
        if (piece.kind === 'added') return <ins key={key}>{piece.text}</ins>
        if (piece.kind === 'removed') return <del key={key}>{piece.text}</del>
        return <span key={key}>{piece.text}</span>
      })}
    </span>
  )
}
