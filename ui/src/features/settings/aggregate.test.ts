import { describe, expect, it } from 'vitest'
import { kindOf, madeOf, partsOf, problemOf, readAggregate, type Aggregate } from './aggregate'

const stored = (score_type: string, categories: unknown) => ({
  id: 's',
  name: 'Overall',
  score_type,
  categories,
})

describe('an aggregate that is stored', () => {
  it('has its parts as weights, or as names', () => {
    expect(partsOf(stored('weighted', { A: 2, B: 0.5 }))).toEqual([
      { name: 'A', weight: '2' },
      { name: 'B', weight: '0.5' },
    ])
    expect(partsOf(stored('minimum', ['A']))).toEqual([{ name: 'A', weight: '1' }])
    expect(partsOf(stored('maximum', null))).toEqual([])
  })
  it('is told in a list', () => {
    expect(madeOf(stored('weighted', { A: 2, B: 1 }))).toBe('A × 2, B × 1')
    expect(madeOf(stored('minimum', ['A', 'B']))).toBe('A, B')
    expect(madeOf(stored('maximum', null))).toBe('nothing yet')
    expect(madeOf(stored('slider', null))).toBeNull()
    expect(kindOf(stored('online', null))).toBeNull()
  })
  it('is read for a form, its direction from the configuration', () => {
    const read = readAggregate({ ...stored('minimum', ['A']), config: { direction: 'lower', margin: 1 } })
    expect(read).toMatchObject({ name: 'Overall', kind: 'minimum', lower: true })
    expect(readAggregate(null)).toMatchObject({ name: '', kind: 'weighted', lower: false, parts: [] })
  })
})

const made = (changes: Partial<Aggregate>): Aggregate => ({
  ...readAggregate(stored('weighted', { A: 1, B: 2 })),
  ...changes,
})

describe('an aggregate that is written', () => {
  it.each([
    [{}, null],
    [{ name: ' ' }, 'Give it a name.'],
    [{ name: 'Taken' }, 'There is a score called Taken already.'],
    [{ parts: [{ name: '', weight: '1' }] }, 'Name at least one score it is made of.'],
    [
      {
        parts: [
          { name: 'A', weight: '1' },
          { name: ' ', weight: '1' },
        ],
      },
      'Name every score, or take its line away.',
    ],
    [{ parts: [{ name: 'Overall', weight: '1' }] }, 'It cannot be made of itself.'],
    [{ parts: [{ name: 'Taken', weight: '1' }] }, null],
    [{ parts: [{ name: 'Least', weight: '1' }] }, null],
    [
      { parts: [{ name: 'Far', weight: '1' }] },
      'Far is made of Overall: one cannot be made of the other both ways.',
    ],
    [
      {
        parts: [
          { name: 'A', weight: '1' },
          { name: 'A ', weight: '1' },
        ],
      },
      'Name every score once.',
    ],
    [{ parts: [{ name: 'A', weight: '' }] }, 'A weight is a number of 0 or more.'],
    [{ parts: [{ name: 'A', weight: '-1' }] }, 'A weight is a number of 0 or more.'],
    [{ parts: [{ name: 'A', weight: '0' }] }, 'One weight must be above 0.'],
    [{ kind: 'minimum' as const, parts: [{ name: 'A', weight: '' }] }, null],
  ])('says what is wrong: %o', (changes, problem) => {
    expect(
      problemOf(made(changes), [
        { ...stored('slider', null), name: 'Taken' },
        { ...stored('minimum', ['A']), name: 'Least' },
        { ...stored('minimum', ['Near']), name: 'Far' },
        { ...stored('weighted', { Overall: 1 }), name: 'Near' },
      ]),
    ).toBe(problem)
  })
})
