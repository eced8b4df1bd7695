/** Write mapped rows in batches. Rows the server refuses are named by their line; the others are written all the same. */
import { ApiError } from '@/api/client'
import { insertRows } from '@/api/objects'
import type { Mapped } from './import-mapping'
import type { Problem } from './records'

const BATCH = 500

export type Outcome = { written: number; refused: Problem[] }
/** `row` counts from 0 in the batch. */
type Refusal = { row?: number; message?: string }

/** `onSent` hears how many rows are written so far. Raises what stops a whole batch; ids make a second try harmless. */
export async function insertMapped(
  datasetId: string,
  rows: readonly Mapped[],
  onSent: (written: number) => void,
): Promise<Outcome> {
  const refused: Problem[] = []
  let written = 0
  for (let at = 0; at < rows.length; at += BATCH) {
    const batch = rows.slice(at, at + BATCH)
    const problems = await insertBatch(datasetId, batch)
    refused.push(...problems)
    written += batch.length - problems.length
    onSent(written)
  }
  return { written, refused }
}

async function insertBatch(datasetId: string, batch: readonly Mapped[]): Promise<Problem[]> {
  try {
    await insertRows(
      datasetId,
      batch.map(({ event }) => event),
    )
    return []
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'rows_rejected') throw error
    const listed = Array.isArray(error.details.rows) ? (error.details.rows as Refusal[]) : []
    return listed.map(({ row, message }) => ({
      line: (row === undefined ? undefined : batch[row]?.line) ?? 0,
      // The line of the file says where; the place in the batch would only confuse.
      message: (message ?? error.message).replace(/^row \d+: /, ''),
    }))
  }
}
