import { t } from '@lingui/core/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Row } from '@/api/types'
import { notifyError } from '@/components/ui/toast'
import type { JsonObject } from '@/lib/json'
import type { Place } from './api'
import { change, changeFor, NOTES, type Answer, type Change } from './answers'
import type { ScoreConfig } from './configs'

/** Rows with the answers given on this page laid over them. An answer shows at once and is taken back when it is refused. */
export function useAnswers(place: Place, rows: readonly Row[]) {
  const [given, setGiven] = useState<ReadonlyMap<string, Row>>(new Map())
  const client = useQueryClient()
  const current = rows.map((row) => given.get(row.id) ?? row)

  const give = (row: Row, config: ScoreConfig, answer: Answer): Promise<void> =>
    write(row, changeFor(config, answer))

  async function write(row: Row, what: Change): Promise<void> {
    const put = (next: Row): void => setGiven((now) => new Map(now).set(row.id, next))
    put(laidOver(row, what))
    try {
      await change({ ...place, rowId: row.id }, what)
      await client.invalidateQueries({ queryKey: ['review', 'progress'] })
    } catch (error) {
      put(row)
      notifyError(t`The answer was not saved`, error)
    }
  }
  return { rows: current, give, write }
}

/** The row as it will read after the change. */
export function laidOver(row: Row, { scores, expected, metadata }: Change): Row {
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
