import { plural, t } from '@lingui/core/macro'
import { Trans } from '@lingui/react/macro'
import { useMemo } from 'react'
import type { Line, Piece } from '@/lib/diff'
import { InSteps } from './in-steps'
import { useDiff } from './use-diff'

/** Characters that fill more than a line of a cell. */
const LONG = 60

/** What changed between two texts, word by word. Unchanged lines are left out; short texts are shown whole. */
export function DiffText({ before, after }: { before: string; after: string }) {
  const task = useMemo(() => ({ kind: 'text', before, after }) as const, [before, after])
  const found = useDiff(task, before.length + after.length)
  if (found instanceof Error)
    return (
      <span role="alert">
        <Trans>These could not be compared: {found.message}</Trans>
      </span>
    )
  if (found?.kind !== 'text') return <Comparing />
  return <Lines lines={found.lines} />
}

/** Where a difference will be. */
export function Comparing() {
  return (
    <span role="status" className="text-ink-3">
      {t`Comparing …`}
    </span>
  )
}

function Lines({ lines }: { lines: readonly Line[] }) {
  const size = useMemo(() => lines.reduce((sum, line) => sum + sizeOf(line), 0), [lines])
  return (
    <div className="break-words whitespace-pre-wrap">
      <InSteps size={size}>
        {(room) =>
          within(lines, room).map((line, i) => (
            // Lines have no identity besides their place.
            // oxlint-disable-next-line react/no-array-index-key
            <div key={i}>
              {line.kind === 'gap' ? <Gap lines={line.lines} /> : <Pieces pieces={dedent(line.pieces)} />}
            </div>
          ))
        }
      </InSteps>
    </div>
  )
}

/** Even an empty line takes room. */
function sizeOf(line: Line): number {
  return line.kind === 'gap' ? 1 : line.pieces.reduce((sum, piece) => sum + piece.text.length, 1)
}

/** The lines that begin within the first characters, the last one cut there. */
function within(lines: readonly Line[], room: number): Line[] {
  const out: Line[] = []
  let left = room
  for (const line of lines) {
    if (left <= 0) break
    out.push(sizeOf(line) <= left || line.kind === 'gap' ? line : cut(line.pieces, left))
    left -= sizeOf(line)
  }
  return out
}

function cut(pieces: readonly Piece[], room: number): Line {
  const kept: Piece[] = []
  let left = room
  for (const piece of pieces) {
    if (left <= 0) break
    kept.push(piece.text.length <= left ? piece : { ...piece, text: piece.text.slice(0, left) })
    left -= piece.text.length
  }
  return { kind: 'line', pieces: kept }
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
    <span
      title={plural(lines, { one: '# unchanged line', other: '# unchanged lines' })}
      className="text-ink-3 select-none"
    >
      ⋯
    </span>
  )
}

/** What stands there now comes before a long text it replaced, which would hide it where only the first lines show. */
function nowFirst(pieces: readonly Piece[]): Piece[] {
  const out = [...pieces]
  for (let i = 0; i + 1 < out.length; i++) {
    const [gone, now] = [out[i]!, out[i + 1]!]
    if (gone.kind === 'removed' && now.kind === 'added' && gone.text.length > LONG)
      out.splice(i, 2, now, gone)
  }
  return out
}

function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return nowFirst(pieces).map((piece, i) => {
    const key = `${i}-${piece.kind}`
    if (piece.kind === 'added') return <ins key={key}>{piece.text}</ins>
    if (piece.kind === 'removed') return <del key={key}>{piece.text}</del>
    return <span key={key}>{piece.text}</span>
  })
}
