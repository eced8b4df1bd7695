import { t } from '@lingui/core/macro'
import { useState, type ReactNode } from 'react'
import { compact } from '@/lib/format'

/** Characters shown of a long text before the reader asks for more, and how many times more each time. */
const FIRST = 4_000
const FACTOR = 8

type Props = {
  /** Characters in all. */
  size: number
  /** Draws as much of the text as there is room for. */
  children: (room: number) => ReactNode
}

/** A text of any length, as much of it as can be drawn quickly, and a button for more until all is there. */
export function InSteps({ size, children }: Props) {
  const [room, setRoom] = useState(FIRST)
  return (
    <>
      {children(room)}
      {size > room ? (
        <button
          type="button"
          onClick={(event) => {
            event.stopPropagation()
            setRoom(room * FACTOR)
          }}
          className="ml-1 text-xs text-accent hover:underline"
        >
          {t`${compact(size - room)} more characters`}
        </button>
      ) : null}
    </>
  )
}

/** Plain text of any length. */
export function LongText({ text }: { text: string }) {
  if (text.length <= FIRST) return text
  return <InSteps size={text.length}>{(room) => text.slice(0, room)}</InSteps>
}
