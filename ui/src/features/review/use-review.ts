import { t } from '@lingui/core/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useMemo, useRef, useState } from 'react'
import type { Row } from '@/api/types'
import { notifyError } from '@/components/ui/toast'
import type { JsonObject } from '@/lib/json'
import type { Place } from './api'
import { change, changeFor, NOTES, type Answer, type Change } from './answers'
import type { ScoreConfig } from './configs'

/** What answers are read from and laid over. */
export type Answered = Pick<Row, 'id' | 'scores' | 'metadata' | 'expected'>
type Given = { rowId: string; what: Change }
const NONE: readonly Given[] = []

/**
 * Rows with the answers given on this page laid over them. An answer shows at once and is taken back when it is refused.
 * With `reread`, which reads the rows again, answers are laid over only until that is done; without, for as long as the
 * page is open.
 */
export function useAnswers<R extends Answered>(
  place: Place,
  rows: readonly R[],
  reread?: () => Promise<unknown>,
) {
  const [given, setGiven] = useState(NONE)
  const last = useRef(Promise.resolve<unknown>(undefined))
  const pending = useRef(0)
  const client = useQueryClient()
  const current = useMemo(
    () =>
      rows.map((row) =>
        given.reduce((now, { rowId, what }) => (rowId === row.id ? laidOver(now, what) : now), row),
      ),
    [rows, given],
  )

  const give = (row: R, config: ScoreConfig, answer: Answer): Promise<void> =>
    write(row, changeFor(config, answer))

  async function write(row: R, what: Change): Promise<void> {
    const one = { rowId: row.id, what }
    setGiven((now) => [...now, one])
    pending.current += 1
    // One after the other: of two answers to a question the later one is to stay.
    const turn = last.current.then(() => change({ ...place, rowId: row.id }, what))
    last.current = turn.catch(() => undefined)
    try {
      await turn
      await (reread ? reread() : client.invalidateQueries({ queryKey: ['review', 'progress'] }))
    } catch (error) {
      setGiven((now) => now.filter((other) => other !== one))
      notifyError(t`The answer was not saved`, error)
    } finally {
      pending.current -= 1
      if (reread && pending.current === 0) setGiven(NONE)
    }
  }
  return { rows: current, give, write }
}

/** The row as it will read after the change. */
export function laidOver<R extends Answered>(row: R, { scores, expected, metadata }: Change): R {
  const { [NOTES]: notes, ...others } = metadata ?? {}
  const before = row.metadata?.[NOTES]
  return {
    ...row,
    ...(scores ? { scores: { ...row.scores, ...scores } } : {}),
    ...(expected === undefined ? {} : { expected }),
    ...(metadata
      ? {
          metadata: {
            ...row.metadata,
            ...others,
            ...(notes ? { [NOTES]: { ...(before as JsonObject), ...(notes as JsonObject) } } : {}),
          },
        }
      : {}),
  }
}
