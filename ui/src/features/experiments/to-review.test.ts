import { describe, expect, it } from 'vitest'
import type { Case, Comparison } from '@/api/types'
import { toReview } from './to-review'

const sides = { experiment: { id: 'new' }, baseline: { id: 'old' } } as unknown as Comparison
const item = (row: string | null, other: string | null) =>
  ({ row_id: row, baseline: other ? { row_id: other } : null }) as unknown as Case

describe('cases for review', () => {
  it('are answers, and pairs where the baseline has the case', () => {
    const { rows, pairs } = toReview(sides, [item('a', 'x'), item('b', null)])
    expect(rows.map((row) => [row.object_type, row.object_id, row.row_id])).toEqual([
      ['experiment', 'new', 'a'],
      ['experiment', 'new', 'b'],
    ])
    expect(pairs.map((pair) => pair.map((row) => [row.object_id, row.row_id]))).toEqual([
      [
        ['new', 'a'],
        ['old', 'x'],
      ],
    ])
  })
  it('have no pairs without a baseline', () => {
    expect(toReview({ ...sides, baseline: null }, [item('a', 'x')]).pairs).toEqual([])
  })
})
