/** Cases as rows for people to judge. */
import type { Case, Comparison } from '@/api/types'
import type { Source } from '@/lib/sql'

type Place = { object_type: Source; object_id: string; row_id: string }

const place = (objectId: string, rowId: string): Place => ({
  object_type: 'experiment',
  object_id: objectId,
  row_id: rowId,
})

/** The answer to each case, and where the baseline has the case too, both as a pair; of several trials the first. */
export function toReview(
  { experiment, baseline }: Pick<Comparison, 'experiment' | 'baseline'>,
  cases: readonly Case[],
): { rows: Place[]; pairs: [Place, Place][] } {
  return {
    rows: cases.flatMap(({ row_id: row }) => (row ? [place(experiment.id, row)] : [])),
    pairs: cases.flatMap(({ row_id: row, baseline: other }): [Place, Place][] =>
      row && baseline && other?.row_id ? [[place(experiment.id, row), place(baseline.id, other.row_id)]] : [],
    ),
  }
}
