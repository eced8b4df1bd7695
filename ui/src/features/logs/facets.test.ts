import { describe, expect, it } from 'vitest'
import type { Row } from '@/api/types'
import { facetsOf, isAbout, isChosen, toggled, type Facet } from './facets'

const tier: Facet = { field: 'metadata.tier', label: 'metadata.tier', kind: 'values' }
const quality: Facet = { field: 'scores."Good Food"', label: 'Good Food', kind: 'score' }
const tags: Facet = { field: 'tags', label: 'Tags', kind: 'tags' }
const error: Facet = { field: 'error', label: 'Error', kind: 'error' }
const pro = "metadata.tier = 'pro'"
const odd = "metadata.tier = 'it''s, (odd)'"

describe('a click on a value', () => {
  it('asks of a trace that one of its spans has it, of a span that it has it itself', () => {
    expect(toggled([], tier, pro, undefined)).toEqual([`any_span(${pro})`])
    expect(toggled([], tier, pro, 'spans')).toEqual([pro])
  })

  it('adds values of one field up, and takes them back one by one, in place', () => {
    const both = toggled(['a = 1', `any_span(${pro})`, 'b = 2'], tier, odd, undefined)
    expect(both).toEqual(['a = 1', "any_span(metadata.tier IN ('pro', 'it''s, (odd)'))", 'b = 2'])
    expect(isChosen(both, tier, pro)).toBe(true)
    expect(isChosen(both, tier, odd)).toBe(true)
    expect(toggled(both, tier, pro, undefined)).toEqual(['a = 1', `any_span(${odd})`, 'b = 2'])
    expect(toggled([`any_span(${pro})`], tier, pro, undefined)).toEqual([])
  })

  it('knows a filter that was written by hand', () => {
    expect(isChosen([pro], tier, pro)).toBe(true)
    expect(toggled([pro], tier, pro, undefined)).toEqual([])
    expect(isAbout("metadata.tier = 'a' or metadata.x = 1", tier)).toBe(false)
  })
})

describe('a click on a range, a tag or the errors', () => {
  const low = 'scores."Good Food" >= 0 AND scores."Good Food" < 0.2'
  const high = 'scores."Good Food" >= 0.8 AND scores."Good Food" <= 1'

  it('replaces the range before, and goes again', () => {
    const filters = toggled([`any_span(${low})`, 'a = 1'], quality, high, undefined)
    expect(filters).toEqual(['a = 1', `any_span(${high})`])
    expect(isChosen(filters, quality, high)).toBe(true)
    expect(toggled(filters, quality, high, undefined)).toEqual(['a = 1'])
  })

  it('adds tags to each other', () => {
    expect(toggled(["any_span(tags INCLUDES 'a')"], tags, "tags INCLUDES 'b'", undefined)).toEqual([
      "any_span(tags INCLUDES 'a')",
      "any_span(tags INCLUDES 'b')",
    ])
  })

  it('asks for traces without any error, not for a span without', () => {
    const fine = toggled(['any_span(error IS NOT NULL)'], error, 'NOT error IS NOT NULL', undefined)
    expect(fine).toEqual(['NOT any_span(error IS NOT NULL)'])
    expect(isChosen(fine, error, 'NOT error IS NOT NULL')).toBe(true)
  })
})

const row = (i: number): Pick<Row, 'metadata' | 'scores' | 'tags'> => ({
  metadata: { id: `id-${i}`, tier: i % 2 ? 'pro' : 'free', model: 'm', user: { plan: 'team' } },
  scores: i === 0 ? { Quality: 1 } : null,
  tags: i === 1 ? ['x'] : null,
})

it('finds fields, of metadata first those with few values, then those with one, ids last', () => {
  expect(facetsOf(Array.from({ length: 8 }, (_, i) => row(i))).map((facet) => facet.label)).toEqual([
    'Error',
    'Name',
    'Type',
    'Model',
    'Tags',
    'Quality',
    'metadata.tier',
    'metadata.user.plan',
    'metadata.id',
  ])
  expect(facetsOf([]).map((facet) => facet.label)).toEqual(['Error', 'Name', 'Type'])
})
