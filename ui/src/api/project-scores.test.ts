import { describe, expect, it } from 'vitest'
import { aggregateSqls, lowerIsBetter, type ProjectScore } from './project-scores'

const score = (name: string, score_type: string, categories: unknown = null): ProjectScore => ({
  name,
  score_type,
  categories,
})
const sqls = (...scores: ProjectScore[]): Record<string, string> =>
  Object.fromEntries(aggregateSqls(scores).map(({ name, sql }) => [name, sql]))

describe('aggregates in SQL', () => {
  it('weigh the parts, those without weight left out', () => {
    expect(sqls(score('Q', 'weighted', { A: 3, B: 1, C: 0 }))).toEqual({
      Q: '((3 * scores.A + 1 * scores.B) / 4)',
    })
  })

  it('are null where a part is', () => {
    expect(sqls(score('Q', 'minimum', ['A', 'B b']))).toEqual({
      Q: '(CASE WHEN scores.A IS NULL OR scores."B b" IS NULL THEN NULL ELSE least(scores.A, scores."B b") END)',
    })
    expect(sqls(score('Q', 'maximum', { A: 0, B: 2 })).Q).toContain('greatest(scores.A, scores.B)')
    expect(sqls(score('Q', 'maximum', ['A'])).Q).toBe('scores.A')
  })

  it('are parts of others, whichever comes first, but not of themselves', () => {
    const found = sqls(score('Top', 'weighted', { Q: 1 }), score('Q', 'weighted', { A: 1, B: 1 }))
    expect(found.Top).toBe('((1 * ((1 * scores.A + 1 * scores.B) / 2)) / 1)')
    expect(sqls(score('X', 'minimum', ['Y']), score('Y', 'minimum', ['X']))).toEqual({})
  })

  it('are none of what people are asked, nor of what has no parts yet', () => {
    expect(sqls(score('S', 'slider'), score('Q', 'weighted'), score('R', 'minimum', []))).toEqual({})
  })
})

it('knows of which scores less is better', () => {
  const lower = { ...score('L', 'slider'), config: { direction: 'lower' as const } }
  expect([...lowerIsBetter([lower, score('H', 'slider')])]).toEqual(['L'])
})
